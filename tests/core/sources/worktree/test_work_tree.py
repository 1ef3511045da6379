"""What is not committed is read too: changed, staged and untracked files, and nothing twice."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from beca_core import Confidence, Engine, Limits, Rule, Severity, open_source
from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from beca_core import Finding, Report, State

SCOPES = pytest.mark.parametrize("scope", ["history", "head"])
FISH = Rule(
    id="fish",
    version=1,
    description="A fish",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    pattern=r"\b(?P<secret>swordfish-[0-9]+)",
)
ENGINE = Engine(rules=[FISH], cache_dir=False)


def scan(path: Path, scope: str = "history", since: State | None = None, **options: bool) -> Report:
    with open_source(path, scope=scope, **options) as source:
        return ENGINE.scan(source, since=since)


def found(report: Report) -> list[tuple[str, str, bool, bool]]:
    """Return path, secret, whether it is current and whether it is not committed, sorted."""
    assert report.coverage.complete, report.skipped
    return sorted((f.location.path, f.secret.decode(), f.in_head, f.uncommitted) for f in report.findings)


def named(report: Report) -> set[tuple[str, str]]:
    """Return kind and id of what is omitted, without the history that a scan of HEAD always omits."""
    omitted = {(item.reason, item.id) for item in report.omitted}
    if report.scope == "head":
        assert "history" in {kind for kind, _ in omitted}
        omitted = {(kind, path) for kind, path in omitted if kind != "history" or not path.startswith("/")}
    return omitted


def settle(repo) -> None:
    """Let git compare all files again once they are older than the index, so that no hash is needed."""
    time.sleep(0.02)
    repo.git("update-index", "--refresh")
    (repo.git_dir / "index").touch()


@SCOPES
def test_a_clean_work_tree_adds_nothing(repo, scope: str) -> None:
    repo.commit({"a": "swordfish-1", "d/b": "two"})
    report = scan(repo.path, scope)
    assert found(report) == [("a", "swordfish-1", True, False)]
    left_out = scan(repo.path, scope, worktree=False).coverage
    assert (left_out.blobs, report.coverage.blobs, named(report)) == (2, 2, set())


@SCOPES
def test_a_clean_file_is_not_opened(repo, scope: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a": "one"})
    settle(repo)
    monkeypatch.setattr("beca_core.sources.worktree.changed_files.open_regular", None)
    assert found(scan(repo.path, scope)) == []


@SCOPES
def test_changed_staged_and_untracked_files_are_read(repo, scope: str) -> None:
    repo.commit({"changed": "one", "staged": "one", "d/both": "one", "removed": "swordfish-9"})
    (repo.path / "changed").write_text("\nswordfish-1")
    (repo.path / "staged").write_text("swordfish-2")
    (repo.path / "d/both").write_text("swordfish-3")
    repo.git("add", "staged", "d/both")
    (repo.path / "d/both").write_text("swordfish-4")
    (repo.path / "new/deep").mkdir(parents=True)
    (repo.path / "new/deep/er").write_text("swordfish-5")
    (repo.path / "added").write_text("swordfish-6")
    repo.git("add", "added")
    (repo.path / "removed").unlink()
    report = scan(repo.path, scope)
    assert found(report) == [
        ("added", "swordfish-6", True, True),
        ("changed", "swordfish-1", True, True),
        ("d/both", "swordfish-3", True, True),
        ("d/both", "swordfish-4", True, True),
        ("new/deep/er", "swordfish-5", True, True),
        ("removed", "swordfish-9", True, False),
        ("staged", "swordfish-2", True, True),
    ]
    assert [f.commit for f in report.findings if f.uncommitted] == [None] * 6
    assert report.findings[1].location.begin.line == 2
    assert report.findings[1].to_dict()["uncommitted"] is True
    assert "uncommitted" not in report.findings[5].to_dict()


def test_a_part_of_head_that_is_missing_does_not_end_the_scan(repo) -> None:
    repo.commit({"a": "one", "d/b": "swordfish-1"})
    repo.damage(repo.id("HEAD:d"))
    (repo.path / "a").write_text("swordfish-2")
    repo.git("add", "a")
    report = scan(repo.path, "head")
    assert {finding.secret for finding in report.findings} == {b"swordfish-1", b"swordfish-2"}
    assert "missing" in {item.reason for item in report.skipped}


def test_what_is_too_large_at_head_is_counted_once(repo) -> None:
    repo.commit({"a": "x" * 100})
    with open_source(repo.path, scope="head") as source:
        report = Engine(rules=[FISH], cache_dir=False, limits=Limits(max_blob_bytes=50)).scan(source)
    assert {item.id for item in report.skipped if ".git/" not in item.id} == {repo.id("HEAD:a")}


@SCOPES
def test_before_the_first_commit(repo, scope: str) -> None:
    (repo.path / "a").write_text("swordfish-1")
    repo.git("add", "a")
    (repo.path / "b").write_text("swordfish-2")
    assert found(scan(repo.path, scope)) == [("a", "swordfish-1", True, True), ("b", "swordfish-2", True, True)]


@SCOPES
def test_a_secret_at_head_is_not_reported_again_from_the_disk(repo, scope: str) -> None:
    repo.commit({"a": "swordfish-1"})
    (repo.path / "a").write_text("moved down\nswordfish-1\nswordfish-2")
    report = scan(repo.path, scope)
    assert found(report) == [("a", "swordfish-1", True, False), ("a", "swordfish-2", True, True)]
    assert report.findings[0].location.begin.line == 1


def test_a_secret_that_is_back_on_disk_is_current(repo) -> None:
    """Its commit is the one that first had it there."""
    first = repo.commit({"a": "swordfish-1", "b": "swordfish-2"})
    repo.commit({"a": "clean", "b": "clean"})
    (repo.path / "a").write_text("swordfish-1")
    (repo.path / "b").write_text("swordfish-2")
    repo.git("add", "b")
    report = scan(repo.path)
    assert found(report) == [("a", "swordfish-1", True, True), ("b", "swordfish-2", True, True)]
    assert [f.commit.id for f in report.findings if f.commit] == [first, first]


def test_a_file_whose_content_is_in_the_store_is_reported_once(repo) -> None:
    repo.commit({"a": "swordfish-1"})
    (repo.path / "copy").write_text("swordfish-1")
    (repo.path / "b").write_text("swordfish-2")
    repo.store(b"swordfish-2")
    report = scan(repo.path)
    assert found(report) == [
        ("a", "swordfish-1", True, False),
        ("b", "swordfish-2", True, True),
        ("copy", "swordfish-1", True, True),
    ]
    assert [finding.occurrences for finding in report.findings] == [1, 1, 1]


def test_an_unresolved_merge(repo) -> None:
    repo.commit({"a": "base"})
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"a": "swordfish-1"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a": "swordfish-2"})
    repo.git("merge", "side", check=False)
    report = scan(repo.path)
    assert {finding.secret for finding in report.findings} == {b"swordfish-1", b"swordfish-2"}
    assert {(path, in_head) for path, _, in_head, _ in found(report)} == {("a", True)}


@SCOPES
def test_ignored_files_are_omitted(repo, scope: str) -> None:
    repo.commit({".gitignore": "*.log\nbuild/\n", "a": "one"})
    (repo.path / "x.log").write_text("swordfish-1")
    (repo.path / "build").mkdir()
    (repo.path / "build/x").write_text("swordfish-2")
    (repo.path / "other").mkdir()
    (repo.path / "other/y.log").write_text("swordfish-3")
    (repo.path / "other/z").write_text("swordfish-4")
    report = scan(repo.path, scope)
    assert found(report) == [("other/z", "swordfish-4", True, True)]
    assert named(report) == {("gitignored", path) for path in ("x.log", "build/", "other/y.log")}
    assert not report.coverage.read_everything


@SCOPES
def test_a_repository_within_that_is_no_submodule(repo, make_repo: Callable, scope: str) -> None:
    repo.commit({"a": "one"})
    inner = make_repo("repo/vendor/inner")
    inner.commit({"a": "swordfish-1"})
    inner.commit({"a": "swordfish-2"})
    report = scan(repo.path, scope)
    assert found(report) == [("vendor/inner/a", "swordfish-2", True, True)]
    assert named(report) == {("history", "vendor/inner")}


@SCOPES
def test_links_are_never_followed(repo, tmp_path: Path, scope: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/b").write_text("swordfish-1")
    repo.commit({"d/b": "one", "e": "x"})
    shutil.rmtree(repo.path / "d")
    (repo.path / "d").symlink_to(tmp_path / "outside")
    (repo.path / "e").unlink()
    (repo.path / "e").symlink_to("swordfish-2")
    os.mkfifo(repo.path / "fifo")
    assert found(scan(repo.path, scope)) == [("e", "swordfish-2", True, True)]


@SCOPES
def test_the_work_tree_can_be_left_out(repo, scope: str) -> None:
    repo.commit({"a": "one"})
    (repo.path / "a").write_text("swordfish-1")
    report = scan(repo.path, scope, worktree=False)
    assert found(report) == []
    assert named(report) == {("worktree", str(repo.path))}
    assert not report.coverage.read_everything
    assert named(scan(repo.git_dir, scope)) == {("worktree", str(repo.git_dir))}
    with pytest.raises(InvalidInput, match="--no-worktree"), open_source(repo.path, scope="files", worktree=False):
        pass


def test_a_linked_work_tree_has_an_index_of_its_own(repo, tmp_path: Path) -> None:
    repo.commit({"a": "one"})
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    (tmp_path / "linked/a").write_text("swordfish-1")
    (repo.path / "b").write_text("swordfish-2")
    assert found(scan(tmp_path / "linked")) == [("a", "swordfish-1", True, True)]
    assert found(scan(repo.path)) == [("b", "swordfish-2", True, True)]


def test_a_bare_repository_has_no_work_tree(repo, tmp_path: Path) -> None:
    repo.commit({"a": "swordfish-1"})
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    report = scan(tmp_path / "bare.git")
    assert found(report) == [("a", "swordfish-1", True, False)]
    assert report.coverage.read_everything


@pytest.mark.parametrize("damage", ["cut", "garbage", "split", "version"])
def test_with_an_index_that_is_not_understood_every_file_is_read(repo, damage: str) -> None:
    """More is read than needed, and nothing less."""
    repo.commit({"a": "swordfish-1", "d/b": "two"})
    (repo.path / "d/b").write_text("swordfish-2")
    index = repo.git_dir / "index"
    content = index.read_bytes()
    if damage == "split":
        repo.git("update-index", "--split-index")
    else:
        index.write_bytes({"cut": content[:90], "garbage": b"x" * 99, "version": content[:7] + b"\5"}[damage])
    assert found(scan(repo.path)) == [("a", "swordfish-1", True, False), ("d/b", "swordfish-2", True, True)]


@pytest.mark.parametrize("version", ["2", "3", "4"])
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_every_version_of_an_index(make_repo: Callable, version: str, object_format: str) -> None:
    repo = make_repo("of-version", f"--object-format={object_format}")
    repo.commit({f"d{n % 3}/file{n}": f"{n}" for n in range(30)})
    (repo.path / "intended").write_text("swordfish-2")
    repo.git("add", "--intent-to-add", "intended")  # needs version 3 at least
    repo.git("update-index", "--index-version", version)
    (repo.path / "d1/file7").write_text("swordfish-1")
    report = scan(repo.path)
    assert found(report) == [("d1/file7", "swordfish-1", True, True), ("intended", "swordfish-2", True, True)]
    assert report.coverage.blobs == 33  # git stores an empty blob for the intended one


def test_a_change_that_keeps_size_and_time_is_seen(repo) -> None:
    repo.commit({"a": "swordfisk-1"})
    settle(repo)
    before = (repo.path / "a").stat()
    (repo.path / "a").write_text("swordfish-1")
    os.utime(repo.path / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert found(scan(repo.path)) == [("a", "swordfish-1", True, True)]


def test_the_repository_cannot_run_anything(repo, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    for key in ("filter.x.clean", "filter.x.process", "core.fsmonitor", "diff.x.textconv"):
        repo.git("config", key, f"touch {trap}")
    repo.commit({"a": "one"})
    trap.unlink(missing_ok=True)
    (repo.path / ".gitattributes").write_text("* filter=x diff=x\n")
    (repo.path / "a").write_text("swordfish-1")
    for scope in ("history", "head"):
        assert ("a", "swordfish-1", True, True) in found(scan(repo.path, scope))
    assert not trap.exists()


def test_a_directory_that_cannot_be_listed_is_skipped(repo) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may list everything")
    repo.commit({"d/a": "one"})
    (repo.path / "d").chmod(0)
    try:
        assert [(item.id, item.reason) for item in scan(repo.path).skipped] == [("./d", "unreadable")]
    finally:
        (repo.path / "d").chmod(0o755)


def test_without_time_the_work_tree_is_skipped(repo) -> None:
    repo.commit({"a": "one"})
    engine = Engine(rules=[FISH], cache_dir=False, limits=Limits(scan_seconds=0))
    assert ("./", "timeout") in {(item.id, item.reason) for item in engine.scan(repo.path).skipped}


def without_change(findings: tuple[Finding, ...]) -> list[dict[str, object]]:
    return [{**finding.to_dict(), "change": None} for finding in findings]


def test_a_rescan_reads_the_work_tree_again_and_equals_a_full_scan(repo) -> None:
    repo.commit({"a": "one", "b": "two"})
    steps: list[Callable[[], object]] = [
        lambda: (repo.path / "a").write_text("swordfish-1"),
        lambda: repo.git("add", "a"),
        lambda: (repo.path / "a").write_text("swordfish-1 swordfish-2"),
        lambda: repo.commit({"c": "swordfish-3"}),
        lambda: (repo.path / "a").write_text("clean again"),
        lambda: (repo.path / "new").write_text("swordfish-4"),
        lambda: (repo.path / "new").unlink(),
        lambda: repo.git("checkout", "--", "a"),
        lambda: None,
    ]
    state = scan(repo.path).state
    for number, step in enumerate(steps):
        step()
        full, rescan = scan(repo.path), scan(repo.path, since=state)
        assert without_change(rescan.findings) == without_change(full.findings), number
        assert rescan.coverage.omitted == full.coverage.omitted
        assert rescan.coverage.complete
        state = rescan.state


def test_a_state_holds_nothing_of_the_work_tree(repo) -> None:
    repo.commit({"a": "one"})
    (repo.path / "a").write_text("swordfish-1")
    state = scan(repo.path).state
    assert state is not None
    assert state.checkpoint is not None
    assert not state.checkpoint.has_missing
    assert (state.hits, state.skipped) == ({}, ())
