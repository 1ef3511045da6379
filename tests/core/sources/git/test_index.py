"""The parser of `.git/index` reads what git lists, and refuses everything else in one way."""

from __future__ import annotations

import hashlib
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beca_core.sources.git import index as module
from beca_core.sources.git.index import Index, IndexEntry, UnsupportedIndex, parse_index, read_work_tree_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATHS = st.lists(st.binary(min_size=1, max_size=12).filter(lambda path: b"\0" not in path), max_size=8, unique=True)
NUMBERS = st.integers(0, 2**32 - 1)


@st.composite
def entries(draw: st.DrawFn, width: int) -> list[IndexEntry]:
    return [
        IndexEntry(
            path,
            draw(st.binary(min_size=width, max_size=width)),
            draw(st.sampled_from([0o100644, 0o120000, 0o160000])),
            draw(st.integers(0, 3)),
            draw(NUMBERS),
            (draw(NUMBERS), draw(NUMBERS)),
            (draw(NUMBERS), draw(NUMBERS)),
        )
        for path in sorted(draw(PATHS))
    ]


def number(value: int) -> bytes:
    """Encode a number as version 4 does; see "offset encoding" in gitformat-pack(5)."""
    digits = [value & 0x7F]
    while value := value >> 7:
        value -= 1
        digits.append(0x80 | value & 0x7F)
    return bytes(reversed(digits))


def written(
    entries: list[IndexEntry], version: int, width: int, extensions: bytes = b"", *, hashed: bool = True
) -> bytes:
    """Write an index as gitformat-index(5) describes it."""
    data, before = bytearray(b"DIRC" + struct.pack(">II", version, len(entries))), b""
    for entry in entries:
        begin = len(data)
        stat = (*entry.changed, *entry.modified, 1, 2, entry.mode, 3, 4, entry.size)
        flags = entry.stage << 12 | min(len(entry.path), 0xFFF) | (0x4000 if version > 2 else 0)
        data += struct.pack(">10I", *stat) + entry.id + struct.pack(">H", flags) + (b"\0\0" if version > 2 else b"")
        if version == 4:
            shared = 0
            while shared < min(len(before), len(entry.path)) and before[shared] == entry.path[shared]:
                shared += 1
            data += number(len(before) - shared) + entry.path[shared:] + b"\0"
        else:
            data += entry.path
            data += b"\0" * (8 - (len(data) - begin) % 8)
        before = entry.path
    data += extensions
    digest = hashlib.new({20: "sha1", 32: "sha256"}[width], data).digest()
    return bytes(data) + (digest if hashed else bytes(width))


@given(data=st.data(), version=st.sampled_from([2, 3, 4]), width=st.sampled_from([20, 32]), hashed=st.booleans())
def test_what_was_written_is_read(data: st.DataObject, version: int, width: int, hashed: bool) -> None:
    expected = data.draw(entries(width))
    extensions = data.draw(st.sampled_from([b"", b"UNTR\0\0\0\3abc"]))
    assert parse_index(written(expected, version, width, extensions, hashed=hashed), width) == Index(tuple(expected))


@given(st.binary(max_size=300), st.sampled_from([20, 32]))
def test_any_bytes_are_refused_or_read(data: bytes, width: int) -> None:
    for content in (data, b"DIRC" + struct.pack(">II", 2 + len(data) % 3, len(data) % 4) + data + bytes(width)):
        with suppress(UnsupportedIndex):
            assert isinstance(parse_index(content, width), Index)


@given(data=st.data(), version=st.sampled_from([2, 3, 4]), noise=st.binary(min_size=1, max_size=4))
def test_a_damaged_index_is_refused_or_read(data: st.DataObject, version: int, noise: bytes) -> None:
    content = bytearray(written(data.draw(entries(20)), version, 20, hashed=False))
    at = data.draw(st.integers(0, len(content) - 21))
    content[at : at + len(noise)] = noise
    try:
        index = parse_index(bytes(content), 20)
    except UnsupportedIndex:
        return
    assert sum(len(entry.path) for entry in index.entries) < 10_000


def test_a_wrong_hash_is_refused() -> None:
    content = written([], 2, 20)
    with pytest.raises(UnsupportedIndex):
        parse_index(content[:-1] + b"x", 20)


def test_a_split_index_is_refused() -> None:
    for name, content in ((b"link", b"\1" * 20),):
        extension = name + struct.pack(">I", len(content)) + content
        with pytest.raises(UnsupportedIndex):
            parse_index(written([], 2, 20, extension), 20)
    unused = b"link" + struct.pack(">I", 20) + bytes(20)
    assert parse_index(written([], 2, 20, unused), 20) == Index()


def test_long_paths_that_share_their_beginning_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small index of version 4 could otherwise take any amount of memory."""
    monkeypatch.setattr(module, "_MAX_PATH_BYTES", 10_000)
    entry = IndexEntry(b"p" * 1000, bytes(20), 0o100644, 0, 0, (0, 0), (0, 0))
    many = [entry._replace(path=entry.path + b"%02d" % n) for n in range(20)]
    with pytest.raises(UnsupportedIndex):
        parse_index(written(many, 4, 20), 20)
    assert len(parse_index(written(many[:9], 4, 20), 20).entries) == 9


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
@given(
    names=st.lists(st.text("abcé/ \n", min_size=1, max_size=8), min_size=1, max_size=6), version=st.sampled_from("234")
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_as_git_lists(make_repo: Callable, options: tuple[str, ...], names: list[str], version: str) -> None:
    repo = make_repo(f"r{len(options)}", *options)
    repo.git("read-tree", "--empty")
    blob = repo.store(b"content")
    info = "".join(f"100644 {blob}\t{name}\0" for name in names)
    repo.run("update-index", "-z", "--index-info", data=info.encode(), check=False)
    repo.git("update-index", "--index-version", version)
    listed = repo.run("ls-files", "-s", "-z").split(b"\0")[:-1]
    width = 32 if options else 20
    found = read_work_tree_index(repo.git_dir / "index", width).entries
    assert [b"%o %s %d\t%s" % (e.mode, e.id.hex().encode(), e.stage, e.path) for e in found] == listed


def test_the_tree_of_an_index_is_known_after_a_commit(repo) -> None:
    repo.commit({"a": "one", "d/b": "two"})
    index = read_work_tree_index(repo.git_dir / "index", 20)
    assert index.tree == bytes.fromhex(repo.id("HEAD^{tree}"))
    (repo.path / "a").write_text("changed")
    repo.git("add", "a")
    assert read_work_tree_index(repo.git_dir / "index", 20).tree is None


def test_an_index_that_does_not_exist_is_empty_and_one_that_is_no_file_is_refused(tmp_path: Path) -> None:
    assert read_work_tree_index(tmp_path / "index", 20) == Index()
    (tmp_path / "index").mkdir()
    with pytest.raises(UnsupportedIndex):
        read_work_tree_index(tmp_path / "index", 20)


def test_a_large_index_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_BYTES", 20)
    (tmp_path / "index").write_bytes(written([], 2, 20))
    with pytest.raises(UnsupportedIndex):
        read_work_tree_index(tmp_path / "index", 20)
