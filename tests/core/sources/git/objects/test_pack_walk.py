"""Sound packs that git seldom writes: long chains, bases that come later, duplicates, large offsets."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest

from beca_core.report import Skipped
from beca_core.sources.limits import Limits
from tests.core.sources.git.packfiles import (
    BLOB,
    COMMIT,
    REFERENCE_DELTA,
    TAG,
    TREE,
    Pack,
    appending,
    copy,
    delta,
    insert,
    object_id,
)
from tests.core.sources.git.stores import according_to_git, git, make_bare, read_store, within

if TYPE_CHECKING:
    from pathlib import Path

BASE = b"a base of some length, from which the others are made\n" * 3
ALGORITHMS = ["sha1", "sha256"]
TREE_CONTENT = b"100644 a\0" + b"\1" * 20


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty bare repository."""
    return make_bare(tmp_path / "r.git")


def chain(length: int, algorithm: str, *, by_offset: bool) -> tuple[Pack, list[bytes]]:
    """A pack of one base and deltas that each rest on the one before, and all contents."""
    pack, contents = Pack(algorithm), [BASE]
    entry = pack.add(BASE)
    for number in range(length):
        before, more = contents[-1] if number % 100 else b"", b"%d\n" % number
        change = appending(before, more) if before else delta(len(contents[-1]), len(more), insert(more))
        contents.append(before + more)
        name = object_id(contents[-1], BLOB, algorithm)
        entry = pack.offset_delta(entry, change, name) if by_offset else pack.reference_delta(entry.id, change, name)
    return pack, contents


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("by_offset", [True, False])
def test_a_chain_of_4000_deltas(tmp_path: Path, algorithm: str, by_offset: bool) -> None:
    repository = make_bare(tmp_path / "r.git", algorithm)
    pack, contents = chain(4000, algorithm, by_offset=by_offset)
    pack.write(repository)
    with within(60):
        found = read_store(repository)
    assert found.skipped == []
    assert found.contents == {object_id(content, BLOB, algorithm): ("blob", content) for content in contents}


def test_a_base_that_comes_later(repository: Path) -> None:
    pack = Pack()
    for more in (b"two", b"one"):
        pack.reference_delta(object_id(BASE), appending(BASE, more), object_id(BASE + more))
    pack.add(BASE)
    pack.write(repository)
    _check(repository, [BASE, BASE + b"one", BASE + b"two"])


def test_a_delta_on_a_delta_that_comes_later(repository: Path) -> None:
    pack = Pack()
    middle, last = BASE + b"middle", BASE + b"middle and end"
    pack.reference_delta(object_id(middle), appending(middle, b" and end"), object_id(last))
    base = pack.add(BASE)
    pack.offset_delta(base, appending(BASE, b"middle"), object_id(middle))
    pack.write(repository)
    _check(repository, [BASE, middle, last])


@pytest.mark.parametrize("kind", [COMMIT, TREE, BLOB, TAG])
def test_deltas_have_the_kind_of_their_base(repository: Path, kind: int) -> None:
    pack = Pack()
    base = pack.add(BASE, kind)
    for number in range(3):
        content = BASE + b"%d" % number
        pack.offset_delta(base, appending(BASE, b"%d" % number), object_id(content, kind))
    pack.write(repository)
    found = read_store(repository)
    assert found.contents == according_to_git(repository)
    assert found.skipped == []
    assert len(found.contents) == (0 if kind == TREE else 4)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 127, 128, 2047, 2048, 65_535, 65_536, 65_537, 300_000])
def test_sizes_at_which_the_encoding_changes(repository: Path, size: int) -> None:
    content = (BASE * (size // len(BASE) + 1))[:size]
    result = content + b"!"
    pack = Pack()
    base = pack.add(content)
    pack.offset_delta(base, appending(content, b"!"), object_id(result))
    pack.write(repository)
    _check(repository, [content, result])


@pytest.mark.parametrize(
    ("instructions", "result"),
    [
        ((insert(b"x" * 500),), b"x" * 500),
        ((copy(0, 0),), b"A" * 65_536),
        ((copy(70_000, 10), copy(0, 10)), b"B" * 10 + b"A" * 10),
        ((copy(65_530, 12),), b"A" * 6 + b"B" * 6),
        ((copy(65_536, 0),), b"B" * 65_536),
    ],
)
def test_deltas_of_all_instructions(repository: Path, instructions: tuple[bytes, ...], result: bytes) -> None:
    content = b"A" * 65_536 + b"B" * 65_536
    pack = Pack()
    base = pack.add(content)
    pack.offset_delta(base, delta(len(content), len(result), *instructions), object_id(result))
    pack.write(repository)
    _check(repository, [content, result])


@pytest.mark.parametrize("gap", [0, 100, 16_500, 2_200_000])
def test_bases_that_are_far_away(repository: Path, gap: int) -> None:
    pack = Pack()
    base = pack.add(BASE)
    filling = bytes(range(256)) * (gap // 256)
    if gap:
        pack.add(filling, stream=_stored(filling))
    pack.offset_delta(base, appending(BASE, b"far"), object_id(BASE + b"far"))
    pack.write(repository)
    _check(repository, [BASE, BASE + b"far", *([filling] if gap else [])])


def test_a_family_that_branches(repository: Path) -> None:
    pack, contents = Pack(), [BASE]
    entries = [pack.add(BASE)]
    for number in range(300):
        parent = number * 7919 % len(entries)
        content = contents[parent] + b"%d\n" % number
        change = appending(contents[parent], b"%d\n" % number)
        entries.append(pack.offset_delta(entries[parent], change, object_id(content)))
        contents.append(content)
    pack.write(repository)
    _check(repository, contents)


def test_large_offsets(repository: Path) -> None:
    pack, contents = chain(50, "sha1", by_offset=True)
    pack.write(repository, pack.index(large=True))
    _check(repository, contents)


def test_packs_that_share_objects_are_read_once(repository: Path) -> None:
    whole, contents = chain(20, "sha1", by_offset=True)
    whole.write(repository, name="pack-one")
    other = Pack()
    for content in contents[5:15]:
        other.add(content)
    other.add(b"only here")
    other.write(repository, name="pack-two")
    whole.write(repository, name="pack-three")
    _check(repository, [*contents, b"only here"])


def test_a_base_that_stands_twice_and_deltas_on_either(repository: Path) -> None:
    for name, more in (("pack-one", b"one"), ("pack-two", b"two")):
        pack = Pack()
        base = pack.add(BASE)
        pack.offset_delta(base, appending(BASE, more), object_id(BASE + more))
        pack.write(repository, name=name)
    _check(repository, [BASE, BASE + b"one", BASE + b"two"])


def test_what_is_packed_and_loose_is_read_once(repository: Path) -> None:
    pack = Pack()
    pack.add(TREE_CONTENT, TREE)
    pack.add(BASE)
    pack.write(repository)
    git(repository, "hash-object", "-w", "-t", "blob", "--stdin", data=BASE)
    _check(repository, [BASE])


def test_an_empty_pack(repository: Path) -> None:
    Pack().write(repository)
    _check(repository, [])


def test_a_small_object_on_a_base_that_is_too_large(repository: Path) -> None:
    pack = Pack()
    base = pack.add(BASE * 100)
    pack.offset_delta(base, delta(len(BASE) * 100, 10, copy(5, 10)), object_id(BASE[5:15]))
    pack.write(repository)
    found = read_store(repository, Limits(max_blob_bytes=1000))
    assert found.contents == {object_id(BASE[5:15]): ("blob", BASE[5:15])}
    assert found.skipped == [Skipped(object_id(BASE * 100), "too-large")]


@pytest.mark.parametrize("limit", [len(BASE) + 3, len(BASE) + 2])
def test_the_limit_is_that_of_the_object_and_not_of_its_delta(repository: Path, limit: int) -> None:
    pack = Pack()
    base = pack.add(BASE)
    pack.offset_delta(base, appending(BASE, b"end"), object_id(BASE + b"end"))
    pack.write(repository)
    found = read_store(repository, Limits(max_blob_bytes=limit))
    assert object_id(BASE) in found.contents
    assert (object_id(BASE + b"end") in found.contents) == (limit == len(BASE) + 3)
    assert len(found.contents) + len(found.skipped) == 2


@pytest.mark.parametrize("by_id", [True, False])
def test_kinds_of_headers_that_are_longer_than_they_need_be(repository: Path, by_id: bool) -> None:
    """A size may be followed by empty groups of bits; git reads it."""
    pack = Pack()
    pack.raw(bytes([0x80 | BLOB << 4 | 3, 0x80, 0x80, 0]) + _stored(b"abc"), object_id(b"abc"))
    if by_id:
        change = appending(b"abc", b"d")
        header = bytes([0x80 | REFERENCE_DELTA << 4 | len(change), 0]) + bytes.fromhex(object_id(b"abc"))
        pack.raw(header + _stored(change), object_id(b"abcd"))
    pack.write(repository)
    found = read_store(repository)
    assert found.contents == according_to_git(repository)


def _stored(content: bytes) -> bytes:
    return zlib.compress(content, 0)


def _check(repository: Path, contents: list[bytes]) -> None:
    """All blobs are read, and git reads the same."""
    with within(60):
        found = read_store(repository)
    assert found.contents == {object_id(content): ("blob", content) for content in contents}
    assert found.contents == according_to_git(repository)
    assert found.skipped == []
