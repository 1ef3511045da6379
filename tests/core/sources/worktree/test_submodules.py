"""Submodules: read if they are initialised and stored within the repository, named if not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from beca_core.sources.worktree import submodules
from tests.core.sources.worktree.test_work_tree import SCOPES, found, named, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def library(make_repo: Callable) -> Path:
    """A repository with a secret at HEAD and one in its history."""
    repo = make_repo("library")
    repo.commit({"old": "swordfish-1"})
    repo.commit({"old": None, "new": "swordfish-2"})
    path: Path = repo.path
    return path


def add(repo, library: Path, name: str = "libs/a") -> Path:
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), name)
    repo.commit(message="Add a submodule")
    path: Path = repo.path / name
    return path


def test_an_initialised_submodule_is_read_with_its_history(repo, library: Path) -> None:
    repo.commit({"a": "swordfish-2"})
    submodule = add(repo, library)
    (submodule / "untracked").write_text("swordfish-3")
    report = scan(repo.path)
    assert found(report) == [
        ("a", "swordfish-2", True, False),
        ("libs/a/new", "swordfish-2", True, False),
        ("libs/a/old", "swordfish-1", False, False),
        ("libs/a/untracked", "swordfish-3", True, True),
    ]
    assert report.coverage.read_everything
    assert all(finding.commit for finding in report.findings if not finding.uncommitted)


def test_of_an_initialised_submodule_head_is_read(repo, library: Path) -> None:
    add(repo, library)
    report = scan(repo.path, "head")
    assert found(report) == [("libs/a/new", "swordfish-2", True, False)]
    assert {(item.reason, item.id) for item in report.omitted} == {("history", str(repo.path))}


@SCOPES
@pytest.mark.parametrize("state", ["empty", "removed", "files", "bare"])
def test_a_submodule_that_is_not_initialised_is_named(
    repo, library: Path, tmp_path: Path, scope: str, state: str
) -> None:
    path, target = add(repo, library), repo.path
    shutil.rmtree(path)
    if state != "removed":
        path.mkdir()
    if state == "files":
        (path / "left").write_text("swordfish-3")
    if state == "bare":
        target = tmp_path / "bare.git"
        repo.git("clone", "-q", "--bare", ".", str(target))
    report = scan(target, scope)
    assert found(report) == ([("libs/a/left", "swordfish-3", True, True)] if state == "files" else [])
    assert named(report) == {("submodule", "libs/a")}


def test_a_submodule_in_a_submodule(repo, make_repo: Callable, library: Path) -> None:
    middle = make_repo("middle")
    add(middle, library, "inner")
    submodule = add(repo, middle.path, "outer")
    report = scan(repo.path)
    assert {(item.reason, item.id) for item in report.omitted} == {("submodule", "outer/inner")}
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive")
    assert (submodule / "inner/new").exists()
    report = scan(repo.path)
    assert [(path, secret) for path, secret, _, _ in found(report)] == [
        ("outer/inner/new", "swordfish-2"),
        ("outer/inner/old", "swordfish-1"),
    ]
    assert report.coverage.read_everything


@SCOPES
def test_a_submodule_that_names_another_repository_of_the_user_is_not_read(repo, library: Path, scope: str) -> None:
    path = add(repo, library)
    (path / ".git").unlink()
    (path / ".git").write_text(f"gitdir: {library / '.git'}\n")
    report = scan(repo.path, scope)
    assert "swordfish-1" not in {secret for _, secret, _, _ in found(report)}
    assert named(report) == {("submodule", "libs/a")}


def test_a_submodule_that_is_the_repository_itself_is_read_once(repo, library: Path) -> None:
    path = add(repo, library)
    (path / ".git").write_text("gitdir: ../../.git\n")
    report = scan(repo.path)
    assert {(item.reason, item.id) for item in report.omitted} == {("submodule", "libs/a")}


def test_a_damaged_submodule_makes_the_scan_incomplete(repo, library: Path) -> None:
    path = add(repo, library)
    (path / ".git").write_text("nonsense")
    report = scan(repo.path)
    assert {(item.reason, item.id) for item in report.skipped} == {("unreadable", "./libs/a")}


def test_objects_that_a_submodule_lacks_are_missing(repo, library: Path) -> None:
    add(repo, library)
    objects = repo.git_dir / "modules/libs/a/objects"
    content = repo.git("-C", "libs/a", "rev-parse", "HEAD:new")
    shutil.rmtree(objects / "pack", ignore_errors=True)
    file = objects / content[:2] / content[2:]
    file.unlink()
    report = scan(repo.path)
    assert ("missing", f"libs/a//{content}") in {(item.reason, item.id) for item in report.skipped}
    assert report.exit_code == 2


def test_without_the_work_tree_a_submodule_is_named(repo, library: Path) -> None:
    add(repo, library)
    report = scan(repo.path, worktree=False)
    assert report.coverage.omitted == {"worktree": 1, "submodule": 1}


def test_a_rescan_reads_submodules_again(repo, library: Path) -> None:
    submodule = add(repo, library)
    state = scan(repo.path).state
    for number in (4, 5):
        (submodule / "new").write_text(f"swordfish-{number}")
        repo.git("-C", "libs/a", "commit", "-qam", "x")
        full, rescan = scan(repo.path), scan(repo.path, since=state)
        assert found(rescan) == found(full)
        assert (rescan.coverage.complete, rescan.coverage.omitted) == (True, {})
        state = rescan.state
        assert state is not None
        assert state.checkpoint is not None
        assert not state.checkpoint.has_missing


@SCOPES
def test_a_commit_without_gitmodules_is_named_in_a_bare_repository(
    repo, make_repo: Callable, tmp_path: Path, scope: str
) -> None:
    make_repo("repo/deep/inner").commit({"a": "swordfish-1"})
    repo.git("-c", "advice.addEmbeddedRepo=false", "add", "deep/inner")
    repo.git("commit", "-q", "-m", "inner")
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    assert named(scan(tmp_path / "bare.git", scope)) == {("submodule", "deep/inner")}


def test_a_tree_with_too_many_directories_may_have_submodules(repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({f"d{number}/a": "one" for number in range(9)})
    monkeypatch.setattr(submodules, "_LISTING_BYTES", 100)
    repo.git("config", "core.bare", "true")
    (repo.git_dir / "index").unlink()
    report = scan(repo.git_dir)
    assert named(report) == {("submodule", "HEAD")}
    assert report.coverage.complete


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_files_of_a_work_tree_with_a_submodule_that_is_away(make_repo: Callable, object_format: str) -> None:
    library = make_repo("of-format", f"--object-format={object_format}")
    library.commit({"a": "one"})
    repo = make_repo("with-submodules", f"--object-format={object_format}")
    for path in ("away", "here"):
        repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), path)
    repo.git("submodule", "--quiet", "deinit", "--force", "away")
    assert named(scan(repo.path, "files")) == {("history", "."), ("history", "here"), ("submodule", "away")}
