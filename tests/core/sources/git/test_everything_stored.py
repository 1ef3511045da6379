"""The history of a repository is everything that it stores, wherever it is: none of it is omitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, Engine, Rule, Severity

if TYPE_CHECKING:
    from pathlib import Path

FISH = Rule(
    id="fish",
    version=1,
    description="A fish",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>swordfish-[0-9]+)",
)


def stash(repo, tmp_path: Path) -> None:
    (repo.path / "a").write_text("swordfish-1")
    repo.git("stash", "--quiet")


def untracked_stash(repo, tmp_path: Path) -> None:
    (repo.path / "new").write_text("swordfish-1")
    repo.git("stash", "--quiet", "--include-untracked")


def dropped_stash(repo, tmp_path: Path) -> None:
    stash(repo, tmp_path)
    repo.git("stash", "drop", "--quiet")


def reflog(repo, tmp_path: Path) -> None:
    repo.commit({"a": "swordfish-1"})
    repo.git("reset", "--quiet", "--hard", "HEAD~1")


def dropped_commit(repo, tmp_path: Path) -> None:
    reflog(repo, tmp_path)
    repo.git("reflog", "expire", "--expire=now", "--all")


def amended_message(repo, tmp_path: Path) -> None:
    repo.commit({"a": "b"}, message="swordfish-1")
    repo.git("commit", "--quiet", "--amend", "--message", "clean")


def note(repo, tmp_path: Path) -> None:
    repo.git("notes", "add", "--message", "swordfish-1")


def index(repo, tmp_path: Path) -> None:
    (repo.path / "a").write_text("swordfish-1")
    repo.git("add", "a")
    (repo.path / "a").write_text("one")


def linked_work_tree(repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    (tmp_path / "linked/a").write_text("swordfish-1")
    repo.git("-C", str(tmp_path / "linked"), "commit", "--quiet", "--all", "--message", "there")


def original_refs(repo, tmp_path: Path) -> None:
    repo.commit({"a": "swordfish-1"})
    repo.git("update-ref", "refs/original/refs/heads/main", "HEAD")
    reset(repo)


def pull_request(repo, tmp_path: Path) -> None:
    repo.commit({"a": "swordfish-1"})
    repo.git("update-ref", "refs/pull/7/head", "HEAD")
    reset(repo)


def tag_message(repo, tmp_path: Path) -> None:
    repo.git("tag", "--annotate", "--message", "swordfish-1", "v1")


def reset(repo) -> None:
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "--all")


HIDING = [
    stash, untracked_stash, dropped_stash, reflog, dropped_commit, amended_message, note, index, linked_work_tree,
    original_refs, pull_request, tag_message,
]  # fmt: skip


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
@pytest.mark.parametrize("hide", HIDING, ids=lambda hide: hide.__name__)
def test_a_secret_is_found_wherever_git_keeps_it(repo, tmp_path: Path, hide, packed: bool) -> None:
    repo.commit({"a": "one"})
    hide(repo, tmp_path)
    if packed:
        repo.git("repack", "-a", "-d", "-k", "--quiet")
    report = Engine(rules=[FISH], cache_dir=False).scan(repo.path)
    assert {finding.secret for finding in report.findings} == {b"swordfish-1"}
    assert report.coverage.read_everything
