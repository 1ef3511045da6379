"""Repositories that try to make git run programs: nothing runs, and only regular files are opened."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import SourceError
from beca_core.report import Skipped
from beca_core.sources.limits import Scope

if TYPE_CHECKING:
    from pathlib import Path

HOOKS = ("post-checkout", "post-index-change", "pre-auto-gc", "reference-transaction", "fsmonitor-watchman", "update")


@pytest.fixture
def sentinel(tmp_path: Path) -> Path:
    """A file that exists once the repository has made something run."""
    return tmp_path / "executed"


@pytest.fixture
def trap(tmp_path: Path, sentinel: Path) -> str:
    """A program that creates the sentinel."""
    program = tmp_path / "trap.sh"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> '{sentinel}'\ncat\n")
    program.chmod(0o755)
    return str(program)


def configurations(trap: str) -> dict[str, str]:
    return {
        "core.fsmonitor": trap,
        "core.sshCommand": trap,
        "core.gitProxy": trap,
        "core.askPass": trap,
        "core.pager": trap,
        "core.editor": trap,
        "core.hooksPath": os.path.dirname(trap),  # noqa: PTH120
        "core.alternateRefsCommand": trap,
        "core.attributesFile": "/dev/stdin",
        "pager.log": trap,
        "credential.helper": trap,
        "diff.external": trap,
        "diff.evil.command": trap,
        "diff.evil.textconv": trap,
        "filter.evil.clean": trap,
        "filter.evil.smudge": trap,
        "filter.evil.process": trap,
        "filter.evil.required": "true",
        "gpg.program": trap,
        "log.showSignature": "true",
        "uploadpack.packObjectsHook": trap,
        "alias.cat-file": f"!{trap}",
        "alias.rev-list": f"!{trap}",
        "alias.diff-tree": f"!{trap}",
        "extensions.partialClone": "evil",
        "remote.evil.promisor": "true",
        "remote.evil.url": f"ext::{trap} %S",
        "remote.evil.vcs": "evil",
        "protocol.ext.allow": "always",
        "trace2.eventTarget": f"{trap}.trace",
        "include.path": f"{trap}.config",
    }


@pytest.fixture
def hostile(repo, trap: str) -> object:
    """A repository whose configuration has every key that could run a program, and with a missing object."""
    repo.commit({"a": "one", ".gitattributes": "* filter=evil diff=evil\n", "lost": "not there"})
    lost = repo.id("HEAD:lost")
    for key, value in configurations(trap).items():
        repo.git("config", key, value)
    hooks = repo.git_dir / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in HOOKS:
        (hooks / name).write_text(f"#!/bin/sh\nexec '{trap}'\n")
        (hooks / name).chmod(0o755)
    (repo.git_dir / "info").mkdir(exist_ok=True)
    (repo.git_dir / "info" / "attributes").write_text("* filter=evil diff=evil\n")
    repo.damage(lost)
    repo.lost = lost
    return repo


def test_the_trap_works(hostile, sentinel: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent"}
    subprocess.run(["git", "status"], cwd=hostile.path, env=environment, capture_output=True, timeout=30, check=False)
    assert sentinel.exists()


@pytest.mark.slow
@pytest.mark.parametrize("scope", [Scope.HISTORY, Scope.HEAD])
def test_nothing_runs(hostile, sentinel: Path, read, locate, scope: Scope) -> None:
    found = read(hostile.path, scope)
    assert b"one" in found.contents
    assert found.skipped == [Skipped(hostile.lost, "missing")]
    locate(hostile.path, list(found.blobs), scope)
    assert not sentinel.exists()
    assert not list(sentinel.parent.glob("*.trace"))


def test_the_environment_of_the_caller_is_ignored(
    repo, read, trap: str, sentinel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"a": "one"})
    for name, value in {
        "GIT_DIR": "/nonexistent",
        "GIT_OBJECT_DIRECTORY": "/nonexistent",
        "GIT_EXTERNAL_DIFF": trap,
        "GIT_SSH_COMMAND": trap,
        "GIT_TRACE": f"{trap}.trace",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": trap,
        "GIT_CONFIG_PARAMETERS": "'core.abbrev'='bad'",
    }.items():
        monkeypatch.setenv(name, value)
    assert read(repo.path).contents == {b"one"}
    assert not sentinel.exists()
    assert not list(sentinel.parent.glob("*.trace"))


def test_replacements_and_grafts_hide_nothing(repo, read, locate) -> None:
    first = repo.commit({"a": "one"})
    second = repo.commit({"a": "two"})
    repo.git("replace", second, first)
    repo.git("replace", "-f", repo.id(f"{first}:a"), repo.store(b"harmless"))
    (repo.git_dir / "info").mkdir(exist_ok=True)
    (repo.git_dir / "info" / "grafts").write_text(f"{second}\n")
    assert read(repo.path).contents == {b"one", b"two", b"harmless"}
    assert read(repo.path, Scope.HEAD).contents == {b"two"}
    one = repo.git("--no-replace-objects", "rev-parse", f"{first}:a")
    places, _ = locate(repo.path, [one])
    assert [(place.path, place.in_head) for place in places] == [(b"a", False)]


def test_a_false_commit_graph_is_not_used(repo, locate) -> None:
    repo.commit({"a": "one"})
    commit = repo.commit({"a": "two"})
    repo.git("commit-graph", "write", "--reachable")
    graph = repo.git_dir / "objects" / "info" / "commit-graph"
    graph.chmod(0o644)
    graph.write_bytes(graph.read_bytes()[:-40] + b"\xff" * 40)
    places, skipped = locate(repo.path, [repo.id("HEAD:a")])
    assert [place.commit.id for place in places] == [commit]
    assert skipped == []


@pytest.mark.parametrize("name", ["HEAD", "packed-refs", "commondir", "refs/heads/pipe"])
def test_fifos_do_not_block(repo, read, name: str) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / name).unlink(missing_ok=True)
    os.mkfifo(repo.git_dir / name)
    assert read(repo.path).contents == {b"one"}


@pytest.mark.parametrize("name", ["ab/" + "c" * 38, "pack/pack-1.pack", "pack/pack-1.idx", "pack/odd"])
@pytest.mark.parametrize("scope", [Scope.HISTORY, Scope.HEAD])
def test_a_fifo_among_the_objects_is_refused(repo, read, name: str, scope: Scope) -> None:
    repo.commit({"a": "one"})
    path = repo.git_dir / "objects" / name
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)
    with pytest.raises(SourceError, match="FIFO"):
        read(repo.path, scope)


def test_a_fifo_in_an_alternate_is_refused(repo, make_repo, read) -> None:
    repo.commit({"a": "one"})
    os.mkfifo(make_repo("other").git_dir / "objects" / "pack" / "pack-1.pack")
    (repo.git_dir / "objects" / "info").mkdir(exist_ok=True)
    (repo.git_dir / "objects" / "info" / "alternates").write_text("# a comment\n../../../other/.git/objects\n/no\n")
    with pytest.raises(SourceError, match="FIFO"):
        read(repo.path)


@pytest.mark.parametrize("name", ["config", "shallow"])
def test_a_fifo_in_place_of_a_required_file_is_refused(repo, read, name: str) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / name).unlink(missing_ok=True)
    os.mkfifo(repo.git_dir / name)
    with pytest.raises(SourceError, match="cannot be read"):
        read(repo.path)


@pytest.mark.parametrize("target", ["/etc/passwd", "/dev/zero", "/dev", "/"])
def test_links_out_of_the_repository_are_not_followed(repo, read, locate, target: str) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / "refs" / "heads" / "out").symlink_to(target)
    (repo.git_dir / "refs" / "out").symlink_to(target)
    assert read(repo.path).contents == {b"one"}
    places, skipped = locate(repo.path, [repo.id("HEAD:a")])
    assert (len(places), skipped) == (1, [])


@pytest.mark.parametrize("name", ["config", "shallow"])
def test_a_link_in_place_of_a_required_file_is_refused(repo, read, name: str) -> None:
    repo.commit({"a": "one"})
    file = repo.git_dir / name
    file.unlink(missing_ok=True)
    file.symlink_to("/dev/zero")
    with pytest.raises(SourceError, match="cannot be read"):
        read(repo.path)


@pytest.mark.parametrize("name", ["config", "objects"])
def test_unreadable_parts(repo, read, name: str) -> None:
    repo.commit({"a": "one"})
    part = repo.git_dir / name
    part.chmod(0)
    if os.access(part, os.R_OK):
        pytest.skip("this user can read everything")
    try:
        with pytest.raises(SourceError):
            read(repo.path)
    finally:
        part.chmod(0o755)


def test_a_repository_that_cannot_be_written_to(repo, read, locate) -> None:
    repo.commit({"a": "one"})
    directories = [path for path in (repo.path, *repo.path.rglob("*")) if path.is_dir()]
    for directory in directories:
        directory.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert read(repo.path).contents == {b"one"}
        assert len(locate(repo.path, [repo.id("HEAD:a")])[0]) == 1
    finally:
        for directory in directories:
            directory.chmod(0o755)


def test_enormous_refs_are_not_copied(repo, read) -> None:
    repo.commit({"a": "one"})
    with (repo.git_dir / "refs" / "heads" / "huge").open("wb") as file:
        file.truncate(1 << 40)
    assert read(repo.path).contents == {b"one"}
    with (repo.git_dir / "packed-refs").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SourceError, match=r"The packed refs '.*packed-refs' take more than"):
        read(repo.path)
