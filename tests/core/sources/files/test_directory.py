"""Reading files as they are on disk."""

from __future__ import annotations

import multiprocessing
import os
import random
import socket
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beca_core import PluginRegistry
from beca_core.findings import Position
from beca_core.report import Skipped
from beca_core.scanning.examiner import Examiner, Outcome
from beca_core.sources.contracts import Blob, Place
from beca_core.sources.files.chunks import ChunkSizes
from beca_core.sources.files.directory import DirectorySource
from beca_core.sources.limits import Limits, Scope, Stop
from beca_core.system.regular_files import read_up_to
from tests.core.sources.reading import omissions, read_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from beca_core.sources.contracts import Share


def read(path: Path, limits: Limits | None = None) -> list[Blob | Skipped]:
    return list(read_all(DirectorySource(path), limits or Limits()))


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
    (blob,) = read_all(source, Limits())
    assert list(source.start(Limits()).finish().places([blob.id])) == [Place(blob.id, b"d\xff/new\nline")]
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
    assert omissions(DirectorySource(tmp_path), Limits()) == {("history", name) for name in (".", "sub", "module")}


def test_the_repository_of_a_subdirectory_is_named(tmp_path: Path) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    (tmp_path / "repo/a/b").mkdir(parents=True)
    (tmp_path / "repo/a/b/file").write_text("x")
    for target in ("repo/a", "repo/a/b", "repo/a/b/file"):
        assert omissions(DirectorySource(tmp_path / target), Limits()) == {("history", str(tmp_path / "repo"))}
    assert omissions(DirectorySource(tmp_path), Limits()) == {("history", "repo")}


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


def test_links_that_lead_out_are_named(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "d").mkdir(parents=True)
    (tmp_path / "outside").write_text("outside")
    (tmp_path / "root-2").mkdir()
    links = {
        "d/file": "../../outside", "directory": "..", "absolute": str(tmp_path / "outside"), "beside": "../root-2",
        "through": "d/file", "within": "d", "d/up": "..", "itself": ".", "loop": "loop", "broken": "../none",
        "device": "/dev/zero",
    }  # fmt: skip
    for name, target in links.items():
        (root / name).symlink_to(target)
    (tmp_path / "link").symlink_to("root")
    out = {("link", name) for name in ("d/file", "directory", "absolute", "beside", "through")}
    for target in (root, tmp_path / "link"):
        assert omissions(DirectorySource(target), Limits()) == out
    assert omissions(DirectorySource(root / "d/file"), Limits()) == set()


def test_bare_repositories_are_named(tmp_path: Path) -> None:
    for name in ("deep/bare.git/objects", "deep/bare.git/refs"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "deep/bare.git/HEAD").write_text("x")
    assert omissions(DirectorySource(tmp_path), Limits()) == {("history", "deep/bare.git")}
    assert omissions(DirectorySource(tmp_path / "deep/bare.git"), Limits()) == {("history", ".")}


def test_what_is_not_a_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        if os.geteuid() == 0:
            os.mknod(tmp_path / "null", 0o20666, os.makedev(1, 3))
        (tmp_path / "file").write_text("x")
        assert read(tmp_path) == [Blob("file", b"x")]


SMALL = ChunkSizes(own=1000, before=100, after=50, grid=300)


def chunked(path: Path, stop: Stop | None = None, **options: bool) -> list[Blob | Skipped]:
    source = DirectorySource(path, sizes=SMALL, **options)
    stop = stop or Stop(60)
    return [item for share in source.start(Limits()).shares for item in share.read(Limits(), stop)]


@pytest.mark.parametrize("size", [0, 1049, 1050, 1051, 5000])
def test_no_file_is_too_large(tmp_path: Path, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    (tmp_path / "a").write_bytes(content)
    items = chunked(tmp_path)
    assert b"".join(item.data[item.own_from : item.own] for item in items if isinstance(item, Blob)) == content
    assert {item.id for item in items} == {"a"}
    assert (len(items) == 1) is (size < SMALL.own + SMALL.after)
    assert read(tmp_path, Limits(max_blob_bytes=10)) == [Blob("a", content)]


@pytest.fixture
def hole(tmp_path: Path) -> tuple[Blob, Iterator[Blob | Skipped], Stop]:
    """The first chunk of a sparse file of one tebibyte, the following items, and a signal that ends reading."""
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    (share,) = DirectorySource(tmp_path).start(Limits()).shares
    stop = Stop(60)
    items = share.read(Limits(), stop)
    first = next(items)
    assert isinstance(first, Blob)
    return first, items, stop


def test_a_large_hole_costs_no_memory(hole) -> None:
    first, items, stop = hole
    assert first.own is not None
    stop.too_many_bytes()
    assert list(items) == [Skipped("sparse", "scan-limit")]


def test_the_search_for_the_end_of_a_long_line_stops(hole) -> None:
    first, _, stop = hole
    assert first.positions is not None
    stop.too_many_bytes()
    assert first.positions.position(1000) == Position(1, 1001)


def test_a_large_file_that_cannot_be_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3000)

    def fail_later(file: BinaryIO, size: int) -> bytes:
        if file.tell():
            raise OSError
        return read_up_to(file, size)

    monkeypatch.setattr("beca_core.sources.files.directory.read_up_to", fail_later)
    first, last = chunked(tmp_path)
    assert isinstance(first, Blob)
    assert last == Skipped("a", "unreadable")


def test_a_long_line_whose_end_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise OSError

    (tmp_path / "a").write_bytes(b"x" * 3000)
    (share,) = DirectorySource(tmp_path, sizes=SMALL).start(Limits()).shares
    items = share.read(Limits(), Stop(60))
    first = next(items)
    assert isinstance(first, Blob)
    assert first.positions is not None
    monkeypatch.setattr(os, "pread", fail)
    assert first.positions.position(1000) == Position(1, 1001)


def test_a_large_archive_is_read_in_chunks_and_then_opened(tmp_path: Path) -> None:
    content = random.Random(1).randbytes(4000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inner/b", content)
    items = chunked(tmp_path)
    assert [(item.id, item.member) for item in items if isinstance(item, Blob)][-2:] == [
        ("a.zip", b""),
        ("a.zip", b"inner/b"),
    ]
    assert isinstance(items[-1], Blob)
    assert items[-1].data == content


def test_a_small_archive_is_left_to_the_examiner(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("b", b"x")
    (item,) = chunked(tmp_path)
    assert isinstance(item, Blob)
    assert item.own is None


def test_binary_files_are_read_unless_excluded(tmp_path: Path) -> None:
    contents = {"a": b"text", "b": b"x\0", "c": b"x" * 8191 + b"\0", "d": b"x" * 8192 + b"\0", "e": b""}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link").symlink_to("b")
    assert {item.id for item in read(tmp_path)} == {*contents, "link"}
    source = DirectorySource(tmp_path, exclude_binary=True)
    assert [item.id for item in read_all(source, Limits())] == ["a", "d", "e", "link"]
    assert omissions(source, Limits()) == {("binary", "b"), ("binary", "c")}


def test_a_file_that_vanishes_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").write_text("two")
    items = read_all(DirectorySource(tmp_path), Limits())
    assert next(items) == Blob("a", b"one")
    (tmp_path / "b").unlink()
    assert list(items) == [Skipped("b", "unreadable")]


def test_a_directory_that_vanishes_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "d").mkdir()
    (tmp_path / "d/b").write_text("two")
    items = read_all(DirectorySource(tmp_path), Limits())
    assert next(items) == Blob("a", b"one")
    (tmp_path / "d/b").unlink()
    (tmp_path / "d").rmdir()
    assert list(items) == [Skipped("d/b", "unreadable")]


def test_a_directory_that_vanishes_while_it_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/b").write_text("two")
    scandir = os.scandir

    def scandir_too_late(path: bytes) -> object:
        if path.endswith(b"/d"):
            (tmp_path / "d/b").unlink()
            (tmp_path / "d").rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scandir_too_late)
    assert read(tmp_path) == [Skipped("d", "unreadable")]


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").symlink_to("/etc/passwd")
    regular = os.lstat(tmp_path / "a")
    source = DirectorySource(tmp_path)
    monkeypatch.setattr(os, "lstat", lambda *_, **__: regular)
    assert list(read_all(source, Limits()))[1] == Skipped("b", "unreadable")


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
    """Make nested directories, deeper than a path can name. They are removed one by one afterwards."""
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


@pytest.mark.slow
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(names, st.binary(max_size=50), max_size=6))
def test_any_names_and_contents(tmp_path_factory: pytest.TempPathFactory, files: dict[bytes, bytes]) -> None:
    directory = tmp_path_factory.mktemp("any")
    for name, content in files.items():
        (directory / os.fsdecode(name)).write_bytes(content)
    source = DirectorySource(directory)
    found = {os.fsencode(item.id): item.data for item in read_all(source, Limits()) if isinstance(item, Blob)}
    assert found == files
    places = list(source.start(Limits()).finish().places([os.fsdecode(name) for name in files]))
    assert [place.path for place in places] == list(files)


def test_shares_are_read_in_other_processes_and_in_any_order(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}").write_bytes(b"x" * number)
    shares = DirectorySource(tmp_path).start(Limits()).shares
    assert len(shares) > 2
    with multiprocessing.get_context("fork").Pool(2) as pool:
        parts = pool.map(_sizes, list(shares)[::-1])
    assert sorted(size for part in parts for size in part) == list(range(300))
    assert [share.objects for share in shares][::-1] == [len(part) for part in parts]


def _sizes(share: Share) -> list[int]:
    return [len(item.data) for item in share.read(Limits(), Stop(60)) if isinstance(item, Blob)]


def test_files_that_remain_when_reading_stops_are_skipped(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text("x")
    (share,) = DirectorySource(tmp_path).start(Limits()).shares
    stop = Stop(60)
    items = share.read(Limits(), stop)
    assert next(items) == Blob("a", b"x")
    stop.too_many_bytes()
    assert list(items) == [Skipped("b", "scan-limit"), Skipped("c", "scan-limit")]


def test_listing_stops_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert read(tmp_path, Limits(scan_seconds=0)) == [Skipped(".", "timeout")]


def test_a_file_counts_once_however_many_chunks_it_has(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 4900)
    (tmp_path / "b").write_bytes(b"x" * 90)
    small, large = DirectorySource(tmp_path, sizes=SMALL).start(Limits()).shares
    assert (small.objects, large.objects) == (1, 1)
    assert len(list(large.read(Limits(), Stop(60)))) == 5
    total = Outcome()
    for outcome in Examiner(PluginRegistry().compile(), Limits()).read(large, Stop(60)):
        total.add(outcome)
    assert (total.blobs, total.bytes) == (1, 4900)
