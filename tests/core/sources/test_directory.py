"""Reading files as they lie on the disk."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beca_core.sources import Blob, Limits, Place, Scope, Skipped
from beca_core.sources.directory import DirectorySource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def read(path: Path, limits: Limits | None = None) -> list[Blob | Skipped]:
    return list(DirectorySource(path).read(limits or Limits()))


def test_all_files_in_order(tmp_path: Path) -> None:
    for name in ("b", "a", "d/x", "d/e/y", "c", "A"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    expected = ["A", "a", "b", "c", "d/x", "d/e/y"]
    assert read(tmp_path) == [Blob(name, name.encode()) for name in expected]
    assert read(tmp_path) == read(tmp_path)


def test_places_are_paths(tmp_path: Path) -> None:
    name = os.fsdecode(b"d\xff/new\nline")
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text("x")
    source = DirectorySource(tmp_path)
    (blob,) = source.read(Limits())
    assert list(source.locate([blob.id], Limits())) == [Place(blob.id, b"d\xff/new\nline")]
    assert source.scope is Scope.FILES
    source.close()


def test_one_file(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("one")
    (tmp_path / "other").write_text("two")
    assert read(file) == [Blob("a", b"one")]
    (tmp_path / "link").symlink_to("a")
    assert read(tmp_path / "link") == [Blob("a", b"one")]


def test_an_empty_directory(tmp_path: Path) -> None:
    assert read(tmp_path) == []


def test_git_directories_are_left_out_but_not_git_files(tmp_path: Path) -> None:
    for name in (".git/config", "sub/.git/config", ".github/x", "sub/a", "module/.git"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert {item.id for item in read(tmp_path)} == {".github/x", "sub/a", "module/.git"}
    assert {item.id for item in read(tmp_path / ".git")} == {"config"}


def test_links_are_texts_and_are_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "outside").write_text("outside")
    (inside / "file").symlink_to("../outside")
    (inside / "directory").symlink_to("..")
    (inside / "loop").symlink_to("loop")
    (inside / "broken").symlink_to(os.fsdecode(b"no\xffwhere"))
    (inside / "device").symlink_to("/dev/zero")
    assert {(item.id, item.data) for item in read(inside) if isinstance(item, Blob)} == {
        ("file", b"../outside"),
        ("directory", b".."),
        ("loop", b"loop"),
        ("broken", b"no\xffwhere"),
        ("device", b"/dev/zero"),
    }


def test_what_is_no_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        if os.geteuid() == 0:
            os.mknod(tmp_path / "null", 0o20666, os.makedev(1, 3))
        (tmp_path / "file").write_text("x")
        assert read(tmp_path) == [Blob("file", b"x")]


@pytest.mark.parametrize(("size", "is_read"), [(0, True), (99, True), (100, True), (101, False), (200_000, False)])
def test_too_large(tmp_path: Path, size: int, is_read: bool) -> None:
    (tmp_path / "a").write_bytes(b"x" * size)
    expected = Blob("a", b"x" * size) if is_read else Skipped("a", "too-large")
    assert read(tmp_path, Limits(max_blob_bytes=100)) == [expected]


def test_a_large_hole_costs_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    assert read(tmp_path) == [Skipped("sparse", "too-large")]


def test_a_file_that_vanishes_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").write_text("two")
    items = DirectorySource(tmp_path).read(Limits())
    assert next(items) == Blob("a", b"one")
    (tmp_path / "b").unlink()
    assert list(items) == [Skipped("b", "unreadable")]


def test_a_directory_that_vanishes_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "d").mkdir()
    items = DirectorySource(tmp_path).read(Limits())
    assert next(items) == Blob("a", b"one")
    (tmp_path / "d").rmdir()
    assert list(items) == [Skipped("d", "unreadable")]


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").symlink_to("/etc/passwd")
    regular = os.lstat(tmp_path / "a")
    source = DirectorySource(tmp_path)
    monkeypatch.setattr(os, "lstat", lambda *_, **__: regular)
    assert list(source.read(Limits()))[1] == Skipped("b", "unreadable")


def test_no_permission(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "a").chmod(0)
    if os.access(tmp_path / "a", os.R_OK):
        pytest.skip("this user can read everything")
    (tmp_path / "d").mkdir(mode=0)
    assert read(tmp_path) == [Skipped("a", "unreadable"), Skipped("d", "unreadable")]


def test_no_permission_seen_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "d").mkdir()

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "open", refuse)
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: refuse() if path.endswith(b"/d") else scandir(path))
    assert read(tmp_path) == [Skipped("a", "unreadable"), Skipped("d", "unreadable")]


@pytest.fixture
def nested(tmp_path: Path) -> Iterator[Callable[[str, int], Path]]:
    """Make directories inside each other, deeper than a path can name; they are removed afterwards, one by one."""
    made = []

    def make(name: str, depth: int) -> Path:
        descriptors = [os.open(tmp_path, os.O_RDONLY)]
        for _ in range(depth):
            os.mkdir(name, dir_fd=descriptors[-1])
            descriptors.append(os.open(name, os.O_RDONLY, dir_fd=descriptors[-1]))
        made.append((name, descriptors))
        return tmp_path

    yield make
    for name, descriptors in made:
        while len(descriptors) > 1:
            os.close(descriptors.pop())
            os.rmdir(name, dir_fd=descriptors[-1])
        os.close(descriptors.pop())


def test_a_tree_deeper_than_any_stack(nested: Callable[[str, int], Path]) -> None:
    root = nested("d", 600)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        assert read(root) == []
    finally:
        sys.setrecursionlimit(limit)


def test_a_path_longer_than_the_system_takes_is_counted(nested: Callable[[str, int], Path]) -> None:
    (item,) = read(nested("n" * 200, 25))
    assert isinstance(item, Skipped)
    assert item.reason == "unreadable"


names = st.binary(min_size=1, max_size=20).filter(lambda n: b"/" not in n and b"\0" not in n and n not in (b".", b".."))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(names, st.binary(max_size=50), max_size=6))
def test_any_names_and_contents(tmp_path_factory: pytest.TempPathFactory, files: dict[bytes, bytes]) -> None:
    directory = tmp_path_factory.mktemp("any")
    for name, content in files.items():
        (directory / os.fsdecode(name)).write_bytes(content)
    source = DirectorySource(directory)
    found = {os.fsencode(item.id): item.data for item in source.read(Limits()) if isinstance(item, Blob)}
    assert found == files
    places = list(source.locate([os.fsdecode(name) for name in files], Limits()))
    assert [place.path for place in places] == list(files)
