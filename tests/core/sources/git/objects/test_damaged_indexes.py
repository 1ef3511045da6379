"""Packs and indexes that are false or cut: each object is read unchanged or named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import SourceError
from beca_core.sources.git.objects.pack_index import is_ascending
from tests.core.sources.git.packfiles import (
    COMMIT,
    OFFSET_DELTA,
    TAG,
    TREE,
    Index,
    Pack,
    appending,
    distance,
    entry_header,
    object_id,
)
from tests.core.sources.git.stores import (
    Contents,
    Outcome,
    assert_no_silent_loss,
    indexed,
    make_bare,
    read_store,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Falsify = Callable[[Index, Pack], Index | bytes]

BASE = b"a base of some length, from which the others are made\n" * 3


def valid_pack() -> tuple[Pack, Contents]:
    """A pack of some families, and its contents."""
    pack, contents = Pack(), [BASE]
    entry = pack.add(BASE)
    for number in range(6):
        contents.append(contents[-1] + b"%d" % number)
        entry = pack.offset_delta(entry, appending(contents[-2], b"%d" % number), object_id(contents[-1]))
    for number in range(6):
        contents.append(b"alone %d\n" % number)
        pack.add(contents[-1])
    return pack, {object_id(content): ("blob", content) for content in contents}


def check(repository: Path, truth: Contents) -> Outcome | None:
    """Check that no loss is silent and nothing hangs; return what was read, None if the repository is refused."""
    with within(30):
        try:
            found = read_store(repository)
        except SourceError:
            return None
    assert_no_silent_loss(found, truth, indexed(repository, truth))
    return found


def offsets(change: Callable[[list[int], Pack], None]) -> Falsify:
    """Change some offsets."""

    def falsify(index: Index, pack: Pack) -> Index:
        numbers = list(index.offsets)
        change(numbers, pack)
        return replace(index, offsets=tuple(numbers))

    return falsify


def put(position: int, value: Callable[[Pack], int]) -> Falsify:
    return offsets(lambda numbers, pack: numbers.__setitem__(position, value(pack)))


def two_at_one(index: Index, _pack: Pack) -> Index:
    numbers, crcs = list(index.offsets), list(index.crcs)
    numbers[3], crcs[3] = numbers[4], crcs[4]
    return replace(index, offsets=tuple(numbers), crcs=tuple(crcs))


def twice(index: Index, _pack: Pack) -> Index:
    return replace(index, ids=(*index.ids[:4], index.ids[3], *index.ids[5:]))


def one_less(index: Index, _pack: Pack) -> Index:
    return replace(index, ids=index.ids[:-1], crcs=index.crcs[:-1], offsets=index.offsets[:-1])


def one_more(index: Index, pack: Pack) -> Index:
    last, end = index.ids[-1], pack.end
    return replace(index, ids=(*index.ids, last[:-1] + b"\xff"), crcs=(*index.crcs, 0), offsets=(*index.offsets, end))


def fan_out(change: Callable[[list[int]], None]) -> Falsify:
    """Change the fan-out."""

    def falsify(index: Index, _pack: Pack) -> Index:
        counts = list(index.true_fan_out)
        change(counts)
        return replace(index, fan_out=tuple(counts))

    return falsify


def wide(*values: int) -> Falsify:
    """An index with one offset that refers to a table of 64-bit numbers, which holds these."""
    return lambda index, _pack: replace(index, offsets=((1 << 31) + 1, *index.offsets[1:]), large=values)


INDEXES: dict[str, Falsify] = {
    "ids out of order": lambda index, _: replace(
        index, ids=index.ids[::-1], crcs=index.crcs[::-1], offsets=index.offsets[::-1]
    ),
    "two ids at one offset": two_at_one,
    "an id twice": twice,
    "an entry less": one_less,
    "an entry more": one_more,
    "an offset after the pack": put(2, lambda _: 1 << 30),
    "an offset at the checksum": put(2, lambda pack: pack.end),
    "an offset within the checksum": put(2, lambda pack: pack.end + 5),
    "an offset in the header": put(2, lambda _: 4),
    "an offset of 0": put(2, lambda _: 0),
    "an offset in the middle of an entry": put(2, lambda pack: pack.entries[7].offset + 3),
    "offsets that are exchanged": offsets(lambda numbers, _: numbers.__setitem__(slice(2, 4), numbers[3:1:-1])),
    "wrong checksums of entries": lambda index, _: replace(index, crcs=(0,) * len(index.crcs)),
    "a 64-bit offset that is not there": wide(),
    "a 64-bit offset after the pack": wide(0, 1 << 40),
    "a 64-bit offset of 2**63": wide(0, 1 << 63),
    "a 64-bit offset of 2**64 - 1": wide(0, (1 << 64) - 1),
    "a fan-out that decreases": fan_out(lambda counts: counts.__setitem__(100, 255)),
    "a fan-out that ends too high": fan_out(lambda counts: counts.__setitem__(255, counts[255] + 1)),
    "a fan-out that ends far too high": fan_out(lambda counts: counts.__setitem__(255, (1 << 32) - 1)),
    "a fan-out that ends too low": fan_out(lambda counts: counts.__setitem__(slice(200, 256), [counts[200]] * 56)),
    "a fan-out of zeros": fan_out(lambda counts: counts.__setitem__(slice(0, 256), [0] * 256)),
    "a fan-out that puts all at the end": fan_out(lambda counts: counts.__setitem__(slice(0, 255), [0] * 255)),
    "the checksum of another pack": lambda index, _: replace(index, pack_checksum=b"\1" * 20),
    "bytes after the end": lambda index, _: index.encode() + b"\0" * 8,
    "a wrong checksum": lambda index, _: index.encode()[:-1] + b"\0",
    "version 3": lambda index, _: index.encode().replace(b"\xfftOc\0\0\0\2", b"\xfftOc\0\0\0\3", 1),
    "another magic": lambda index, _: index.encode().replace(b"\xfftOc", b"\xfftOd", 1),
    "no bytes at all": lambda _index, _: b"",
    "zeros": lambda index, _: bytes(len(index.encode())),
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty bare repository."""
    return make_bare(tmp_path / "r.git")


@pytest.mark.parametrize("falsify", INDEXES.values(), ids=INDEXES)
def test_a_false_index_hides_nothing(repository: Path, falsify: Falsify) -> None:
    pack, contents = valid_pack()
    other = Pack()
    other.add(b"in another pack")
    other.write(repository, name="pack-other")
    pack.write(repository, falsify(pack.index(), pack))
    found = check(repository, contents)
    if found is not None:
        assert object_id(b"in another pack") in found.contents


@pytest.mark.parametrize("falsify", INDEXES.values(), ids=INDEXES)
def test_what_another_pack_has_is_read(repository: Path, falsify: Falsify) -> None:
    pack, contents = valid_pack()
    pack.write(repository, name="pack-valid")
    pack.write(repository, falsify(pack.index(), pack), name="pack-false")
    check(repository, contents)


def test_exchanged_ids_hide_no_content(repository: Path) -> None:
    pack, contents = valid_pack()
    index = pack.index()
    changed = {"crcs": index.crcs, "offsets": index.offsets}
    changed = {name: (*values[:2], values[3], values[2], *values[4:]) for name, values in changed.items()}
    pack.write(repository, replace(index, **changed))  # type: ignore[arg-type]
    with within(30):
        found = read_store(repository)
    read = {content for _, content in found.contents.values()}
    assert read == {content for _, content in contents.values()} or found.skipped


@pytest.mark.slow
@pytest.mark.parametrize("end", [".pack", ".idx"])
def test_files_that_are_cut(repository: Path, end: str) -> None:
    pack, contents = valid_pack()
    file = pack.write(repository).with_suffix(end)
    data = file.read_bytes()
    step = max(1, len(data) // 12)
    for length in sorted({0, 1, 7, 8, 12, 1031, 1032, len(data) - 21, len(data) - 1, *range(0, len(data), step)}):
        file.write_bytes(data[:length])
        check(repository, contents)


@pytest.mark.parametrize(
    ("position", "data"),
    [
        (0, b"JUNK"),
        (4, b"\0\0\0\1"),
        (4, b"\0\0\0\3"),
        (4, b"\0\0\0\4"),
        (8, b"\0\0\0\0"),
        (8, b"\0\0\0\1"),
        (8, b"\xff" * 4),
    ],
)
def test_a_pack_with_a_false_header(repository: Path, position: int, data: bytes) -> None:
    pack, contents = valid_pack()
    file = pack.write(repository)
    whole = file.read_bytes()
    file.write_bytes(whole[:position] + data + whole[position + len(data) :])
    check(repository, contents)


@pytest.mark.parametrize("kind", [COMMIT, TREE, TAG])
def test_the_type_of_an_entry_was_damaged(repository: Path, kind: int) -> None:
    """Only its checksum in the index shows that."""
    pack, contents = valid_pack()
    file = pack.write(repository)
    data = bytearray(file.read_bytes())
    at = pack.entries[8].offset
    data[at] = data[at] & 0b10001111 | kind << 4
    file.write_bytes(data)
    check(repository, contents)


def test_the_base_of_a_delta_was_damaged_into_a_tree(repository: Path) -> None:
    pack = Pack()
    tree = pack.add(BASE, TREE)
    base = pack.add(BASE)
    filling = bytes(range(256))
    pack.add(filling)
    change = appending(BASE, b"more")
    entry = pack.offset_delta(base, change, object_id(BASE + b"more"))
    file = pack.write(repository)
    data = bytearray(file.read_bytes())
    at = entry.offset + len(entry_header(OFFSET_DELTA, len(change)))
    wrong, right = distance(entry.offset - tree.offset), distance(entry.offset - base.offset)
    assert len(wrong) == len(right)
    data[at : at + len(wrong)] = wrong
    file.write_bytes(data)
    check(repository, {object_id(content): ("blob", content) for content in (BASE, filling, BASE + b"more")})


def test_a_pack_and_an_index_that_do_not_belong_together(repository: Path) -> None:
    pack, contents = valid_pack()
    other = Pack()
    other.add(b"in another pack")
    pack.write(repository, other.index(), name="pack-one")
    other.write(repository, pack.index(), name="pack-two")
    check(repository, {**contents, object_id(b"in another pack"): ("blob", b"in another pack")})


def test_half_of_a_pack(repository: Path) -> None:
    pack, contents = valid_pack()
    pack.write(repository, name="pack-one").unlink()
    pack.write(repository, name="pack-two").with_suffix(".idx").unlink()
    found = check(repository, contents)
    assert found is not None
    assert found.skipped


def test_the_check_fails_for_a_silent_loss(repository: Path) -> None:
    pack, contents = valid_pack()
    pack.write(repository)
    with within(30):
        found = read_store(repository)
    assert found.contents == contents
    assert_no_silent_loss(found, contents, contents.keys())
    first, second, *_ = contents
    for change in ({**contents, "1" * 40: ("blob", b"")}, {**contents, first: contents[second]}):
        with pytest.raises(AssertionError):
            assert_no_silent_loss(found, change, change.keys())


@pytest.mark.parametrize("id_bytes", [20, 32])
@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_ids_out_of_order_are_noticed_wherever_they_are(count: int, id_bytes: int) -> None:
    ids = [number.to_bytes(id_bytes, "big") for number in range(1, count + 1)]
    assert is_ascending(b"".join(ids), id_bytes)
    for at in range(1, count):
        swapped = [*ids[: at - 1], ids[at], ids[at - 1], *ids[at + 1 :]]
        assert not is_ascending(b"".join(swapped), id_bytes)
        twice = [*ids[:at], ids[at - 1], *ids[at + 1 :]]
        assert not is_ascending(b"".join(twice), id_bytes)
