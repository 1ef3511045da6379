"""Incomplete and corrupt repositories: the rest is read, and what is lost is counted."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import SourceError
from beca_core.report import Skipped
from beca_core.sources.contracts import Place
from beca_core.sources.git.history.queries import HistoryQueries
from beca_core.sources.git.layout import find_repository
from beca_core.sources.git.view import RepositoryView
from beca_core.sources.limits import Deadline, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GARBAGE = b"not zlib"
EMPTY = b""
NO_HEADER = zlib.compress(b"nonsense")
BAD_TYPE = zlib.compress(b"thing 3\0abc")


def cut(content: bytes) -> bytes:
    """A loose object whose header can be read, but whose data ends early."""
    return zlib.compress(b"blob %d\0" % len(content) + content, 0)[:-20]


@pytest.mark.parametrize("scope", [Scope.HISTORY, Scope.HEAD])
@pytest.mark.parametrize("damage", [GARBAGE, EMPTY, NO_HEADER, BAD_TYPE, cut(b"x" * 1000)], ids=range(5))
def test_only_a_corrupt_blob_is_lost(repo, read, scope: Scope, damage: bytes) -> None:
    repo.commit({f"f{n}": f"content {n}" for n in range(30)})
    lost = repo.id("HEAD:f7")
    repo.damage(lost, damage)
    found = read(repo.path, scope)
    assert found.skipped == [Skipped(lost, "unreadable")]
    assert found.contents == {f"content {n}".encode() for n in range(30) if n != 7}


def test_many_corrupt_blobs(repo, read) -> None:
    repo.commit({f"f{n}": f"content {n}" for n in range(30)})
    lost = {repo.id(f"HEAD:f{n}") for n in range(0, 30, 2)}
    for number, blob in enumerate(sorted(lost)):
        repo.damage(blob, cut(b"x" * 1000) if number % 2 else GARBAGE)
    found = read(repo.path)
    assert {item.id for item in found.skipped} == lost
    assert set(found.reasons) == {"unreadable"}
    assert len(found.contents) == 15


def test_only_the_damaged_part_of_a_pack_is_lost(repo, read) -> None:
    contents = {f"f{n}": bytes((n * i * 7919) % 251 for i in range(3000)) for n in range(1, 40)}
    repo.commit(contents)
    repo.git("repack", "-a", "-d", "--quiet", "--depth=0", "--window=0")
    (pack,) = (repo.git_dir / "objects" / "pack").glob("*.pack")
    data = bytearray(pack.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 60] = b"\xff" * 60
    pack.chmod(0o644)
    pack.write_bytes(data)
    found = read(repo.path)
    assert found.skipped
    assert set(found.reasons) == {"unreadable"}
    assert found.contents < set(contents.values())
    assert len(found.contents) + len(found.skipped) >= len(contents)
    assert len(found.contents) > 30


@pytest.mark.parametrize("end", ["pack", "idx"])
@pytest.mark.parametrize("how", ["lost", "cut", "emptied", "without permission"])
def test_a_pack_that_git_ignores(repo, read, end: str, how: str) -> None:
    repo.commit({"a": "one"})
    repo.git("repack", "-a", "-d", "--quiet")
    repo.commit({"a": "two"})
    (file,) = (repo.git_dir / "objects" / "pack").glob(f"*.{end}")
    if how == "without permission":
        file.chmod(0)
        if os.access(file, os.R_OK):
            pytest.skip("this user can read everything")
    else:
        file.chmod(0o644)
        content = file.read_bytes()
        file.unlink() if how == "lost" else file.write_bytes(content[:60] if how == "cut" else b"")
    found = read(repo.path)
    assert b"two" in found.contents
    assert found.reasons
    assert set(found.reasons) <= {"unreadable", "missing"}


@pytest.fixture
def forbid(repo) -> Iterator[Callable[[Path], None]]:
    """Take all permissions from a directory until the end of the test."""
    forbidden = []

    def take(directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        directory.chmod(0)
        forbidden.append(directory)
        if os.access(directory, os.R_OK):
            pytest.skip("this user can read everything")

    yield take
    for directory in forbidden:
        directory.chmod(0o755)


@pytest.mark.parametrize("name", ["pack", "fan-out"])
def test_a_directory_of_the_store_without_permission(repo, read, forbid: Callable[[Path], None], name: str) -> None:
    repo.commit({"a": "one"})
    forbid(repo.git_dir / "objects" / (repo.id("HEAD:a")[:2] if name == "fan-out" else name))
    assert "unreadable" in read(repo.path).reasons


def test_a_store_without_permission(repo, read, forbid: Callable[[Path], None]) -> None:
    repo.commit({"a": "one"})
    forbid(repo.git_dir / "objects")
    with pytest.raises(SourceError, match="cannot be read: Permission denied"):
        read(repo.path)


def test_a_missing_alternate(repo, read) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / "objects" / "info").mkdir(exist_ok=True)
    (repo.git_dir / "objects" / "info" / "alternates").write_text("/no/such/store\n")
    assert read(repo.path).skipped == [Skipped("objects", "unreadable")]


@pytest.mark.parametrize("scope", [Scope.HISTORY, Scope.HEAD])
def test_a_missing_blob(repo, read, scope: Scope) -> None:
    repo.commit({"a": "one", "b": "two"})
    lost = repo.id("HEAD:a")
    repo.damage(lost)
    found = read(repo.path, scope)
    assert found.contents == {b"two"}
    if scope is Scope.HEAD:  # nothing in the object store shows that an object is missing
        assert found.skipped == [Skipped(lost, "missing")]


@pytest.mark.parametrize("damage", [None, GARBAGE])
def test_a_missing_tree_at_head(repo, read, damage: bytes | None) -> None:
    repo.commit({"a": "one", "d/b": "two"})
    repo.damage(repo.id("HEAD:d"), damage)
    found = read(repo.path, Scope.HEAD)
    assert found.contents == {b"one"}
    assert found.reasons == ["missing" if damage is None else "unreadable"]
    assert read(repo.path).contents == {b"one", b"two"}


@pytest.mark.parametrize("damage", [None, GARBAGE])
@pytest.mark.parametrize("name", ["HEAD", "HEAD^{tree}"])
def test_a_head_that_names_no_commit(repo, read, damage: bytes | None, name: str) -> None:
    repo.commit({"a": "one"})
    repo.damage(repo.id(name), damage)
    with pytest.raises(SourceError, match="missing or unreadable"):
        read(repo.path, Scope.HEAD)
    assert read(repo.path).contents == {b"one"}


def test_a_ref_to_a_missing_object_is_counted(repo, read, locate) -> None:
    commit = repo.commit({"a": "one"})
    (repo.git_dir / "refs" / "heads" / "lost").write_text("1" * 40 + "\n")
    found = read(repo.path)
    assert found.skipped == [Skipped("1" * 40, "missing")]
    assert found.contents == {b"one"}
    (place,), _ = locate(repo.path, [repo.id("HEAD:a")])
    assert place.commit.id == commit


@pytest.mark.parametrize("content", [b"garbage\n", b"", b"ref: refs/heads/lost\n", b"--all\n", b"\xff" * 5000])
def test_a_broken_ref_is_ignored(repo, read, locate, content: bytes) -> None:
    repo.commit({"a": "one"})
    (repo.git_dir / "refs" / "heads" / "broken").write_bytes(content)
    (repo.git_dir / "refs" / "heads" / "--output=x").write_bytes(repo.id("HEAD").encode())
    assert read(repo.path).contents == {b"one"}
    places, skipped = locate(repo.path, [repo.id("HEAD:a")])
    assert (len(places), skipped) == (1, [])


def test_broken_packed_refs_are_an_error(repo, locate) -> None:
    repo.commit({"a": "one"})
    blob = repo.id("HEAD:a")
    (repo.git_dir / "packed-refs").write_text("not a ref at all\n")
    with pytest.raises(SourceError, match="packed-refs"):
        locate(repo.path, [blob])


def test_only_ancestors_of_a_missing_parent_are_lost(repo, locate) -> None:
    repo.commit({"a": "one"})
    lost = repo.commit({"b": "two"})
    repo.commit({"c": "three"})
    last = repo.commit({"d": "four"})
    a, d = repo.id("HEAD:a"), repo.id("HEAD:d")
    repo.damage(lost)
    places, skipped = locate(repo.path, [a, d])
    assert [(place.path, place.in_head) for place in places if place.blob_id == a] == [(b"a", True)]
    assert [place.commit.id for place in places if place.blob_id == d] == [last]
    assert {item.reason for item in skipped} == {"unattributed"}


@pytest.mark.parametrize("damage", [None, GARBAGE])
def test_only_the_commits_of_a_missing_tree_are_lost(repo, locate, damage: bytes | None) -> None:
    first = repo.commit({"a": "one"})
    middle = repo.commit({"d/x": "lost"})
    repo.commit({"d/x": None})
    last = repo.commit({"b": "two"})
    a, b = repo.id("HEAD:a"), repo.id("HEAD:b")
    repo.damage(repo.id(f"{middle}:d"), damage)
    places, skipped = locate(repo.path, [a, b])
    assert [(place.path, place.commit.id) for place in places] == [(b"a", first), (b"b", last)]
    assert skipped == [Skipped(blob, "unattributed") for blob in sorted((a, b))]


def test_a_corrupt_commit(repo, read, locate) -> None:
    repo.commit({"a": "one"})
    lost = repo.commit({"b": "two"})
    repo.git("update-ref", "refs/heads/side", "HEAD~1")
    repo.damage(lost, GARBAGE)
    found = read(repo.path)
    assert found.skipped == [Skipped(lost, "unreadable")]
    assert found.contents == {b"one", b"two"}
    places, _ = locate(repo.path, list(found.blobs))
    assert {place.path for place in places} >= {b"a"}


@pytest.mark.slow
def test_a_shallow_clone_is_not_a_complete_history(repo, read, locate) -> None:
    repo.commit({"a": "one"})
    boundary = repo.commit({"a": "two"})
    last = repo.commit({"b": "three"})
    shallow = repo.path.parent / "shallow"
    repo.git("clone", "--quiet", "--depth=2", f"file://{repo.path}", str(shallow))
    found = read(shallow)
    assert found.skipped == [Skipped(boundary, "shallow")]
    assert found.contents == {b"two", b"three"}
    assert read(shallow, Scope.HEAD).skipped == []
    places, skipped = locate(shallow, [repo.id("HEAD:a"), repo.id("HEAD:b")])
    assert [(place.path, place.commit.id) for place in places] == [(b"a", boundary), (b"b", last)]
    assert skipped == []


def test_odd_lines_in_the_list_of_shallow_commits(repo, read) -> None:
    commit = repo.commit({"a": "one"})
    (repo.git_dir / "shallow").write_bytes(b"--all\nxyz\n" + commit.encode() + b"\n\xff\n")
    assert read(repo.path).skipped == [Skipped(commit, "shallow")]


def test_a_partial_clone_is_not_a_complete_history(repo, read) -> None:
    repo.commit({"small": "one", "large": "x" * 10_000})
    repo.git("config", "uploadpack.allowFilter", "true")
    partial = repo.path.parent / "partial"
    repo.git("clone", "--quiet", "--bare", "--filter=blob:limit=1k", f"file://{repo.path}", str(partial))
    found = read(partial)
    assert found.skipped == [Skipped(repo.id("HEAD:large"), "missing")]
    assert found.contents == {b"one"}
    assert read(partial, Scope.HEAD).skipped == found.skipped


def test_a_missing_blob_in_the_middle_of_history_is_noticed(repo, read) -> None:
    repo.commit({"a": "one"})
    lost = repo.id("HEAD:a")
    repo.commit({"a": "two"})
    (repo.git_dir / "objects" / lost[:2] / lost[2:]).unlink()
    found = read(repo.path)
    assert found.skipped == [Skipped(lost, "missing")]
    assert found.contents == {b"two"}
    assert read(repo.path, Scope.HEAD).skipped == []


def test_a_corrupt_tree_hides_what_is_reachable_from_it(repo, read) -> None:
    repo.commit({"a/b": "one"})
    repo.damage(repo.id("HEAD:a"), GARBAGE)
    assert "unreadable" in read(repo.path).reasons


@pytest.mark.slow
def test_changes_continue_after_each_commit_that_fails(repo, tmp_path: Path) -> None:
    commits = [repo.commit({f"d{n}/x": f"content {n}"}) for n in range(12)]
    lost = (3, 4, 8)
    for number in lost:
        repo.damage(repo.id(f"{commits[number]}^{{tree}}"))
    layout = find_repository(repo.path)
    assert layout is not None
    view = RepositoryView(layout)
    history = HistoryQueries(view, Deadline(60))
    seen = {change.commit.decode() for change in history.changes(history.commits([commits[-1].encode()]))}
    view.close()
    compared = {commit for n, commit in enumerate(commits) if not {n, n - 1} & set(lost)}
    assert compared <= seen
    assert not history.is_complete


def test_places_are_found_without_head(repo, locate) -> None:
    commit = repo.commit({"a": "one"})
    blob = repo.id("HEAD:a")
    (repo.git_dir / "HEAD").write_text("garbage")
    places, _ = locate(repo.path, [blob])
    assert [(place.path, place.in_head, place.commit.id) for place in places] == [(b"a", False, commit)]
    assert isinstance(places[0], Place)
