"""Packs with an entry that is not what it should be: it is named, and costs nothing but what rests on it."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import pytest

from tests.core.sources.git.packfiles import (
    OFFSET_DELTA,
    REFERENCE_DELTA,
    TREE,
    Pack,
    appending,
    copy,
    delta,
    distance,
    entry_header,
    insert,
    object_id,
)
from tests.core.sources.git.stores import Contents, make_bare, read_store, within

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.core.sources.git.packfiles import Entry

    Damage = Callable[[Pack, Entry], None]

BASE = b"a base of some length, from which the others are made\n" * 3
CONTENT = BASE + b"what the damaged entry should hold"
BAD, BAD_TOO, CHILD = object_id(CONTENT), "b" * 40, object_id(CONTENT + b"!")
SIZE = len(BASE)
CHANGE = appending(BASE, CONTENT[SIZE:])
NOWHERE = "d" * 40


def whole(**lies: object) -> Damage:
    return lambda pack, _base: _none(pack.add(CONTENT, **{"name": BAD, **lies}))  # type: ignore[arg-type]


def changed(change: bytes, size: int | None = None) -> Damage:
    return lambda pack, base: _none(pack.offset_delta(base, change, BAD, size))


def back(number: Callable[[Pack, Entry], int]) -> Damage:
    return lambda pack, base: _none(pack.offset_delta(number(pack, base), CHANGE, BAD))


def on(base_id: str) -> Damage:
    return lambda pack, _base: _none(pack.reference_delta(base_id, CHANGE, BAD))


def raw(data: bytes) -> Damage:
    return lambda pack, _base: _none(pack.raw(data, BAD))


def _none(_entry: Entry) -> None:
    return None


STREAM = zlib.compress(CONTENT)
ENTRIES: dict[str, Damage] = {
    "type 0": whole(kind=0),
    "type 5": whole(kind=5),
    "inflates to one byte more": whole(size=len(CONTENT) - 1),
    "inflates to one byte less": whole(size=len(CONTENT) + 1),
    "inflates to far more": whole(size=1, stream=zlib.compress(CONTENT * 100_000)),
    "inflates to something where nothing is announced": whole(size=0),
    "inflates to far less": whole(size=1 << 24),
    "a size of 2**31": whole(size=1 << 31),
    "a size of 2**63": whole(size=1 << 63),
    "a size of 2**64 - 1": whole(size=(1 << 64) - 1),
    "a size of 2**70": whole(size=1 << 70),
    "a size that never ends": raw(b"\xbf" + b"\xff" * 300),
    "no stream": whole(stream=b"\0"),
    "a stream that is cut": whole(stream=STREAM[:-9]),
    "a stream without checksum": whole(stream=STREAM[:-4]),
    "a stream with a wrong checksum": whole(stream=STREAM[:-1] + bytes([STREAM[-1] ^ 1])),
    "a stream without header": whole(stream=STREAM[2:]),
    "a stream that needs a dictionary": whole(stream=b"\x78\xbb" + b"\1\2\3\4" + STREAM[2:]),
    "a stream of nothing but garbage": whole(stream=b"\xff" * 80),
    "a base that is missing": on(NOWHERE),
    "a base that is itself": on(BAD),
    "a base no bytes before": back(lambda _pack, _base: 0),
    "a base in the header of the pack": back(lambda pack, _base: pack.end - 5),
    "a base before the pack": back(lambda pack, _base: pack.end + 1),
    "a base far before the pack": back(lambda _pack, _base: 1 << 40),
    "a base 2**64 before the pack": back(lambda _pack, _base: 1 << 64),
    "a base in the middle of an entry": back(lambda pack, base: pack.end - base.offset - 3),
    "a distance that never ends": raw(entry_header(OFFSET_DELTA, 5) + b"\xff" * 300),
    "a delta for a longer base": changed(delta(SIZE + 1, SIZE, copy(0, SIZE))),
    "a delta for a shorter base": changed(delta(SIZE - 1, SIZE - 1, copy(0, SIZE - 1))),
    "a result that is longer": changed(delta(SIZE, SIZE - 1, copy(0, SIZE))),
    "a result that is shorter": changed(delta(SIZE, SIZE + 1, copy(0, SIZE))),
    "a result of 2**31": changed(delta(SIZE, 1 << 31, copy(0, SIZE))),
    "a result of 2**63": changed(delta(SIZE, 1 << 63, copy(0, SIZE))),
    "a result of 2**70": changed(delta(SIZE, 1 << 70, copy(0, SIZE))),
    "a result size that never ends": changed(delta(SIZE, 0)[:-1] + b"\xff" * 300),
    "a copy from behind the base": changed(delta(SIZE, 10, copy(SIZE, 10))),
    "a copy from far behind the base": changed(delta(SIZE, 10, copy((1 << 32) - 1, 10))),
    "a copy across the end of the base": changed(delta(SIZE, 10, copy(SIZE - 9, 10))),
    "an insertion of nothing": changed(delta(SIZE, SIZE, b"\0", copy(0, SIZE))),
    "an insertion of nothing at the end": changed(delta(SIZE, SIZE, copy(0, SIZE), b"\0")),
    "an insertion that is cut": changed(delta(SIZE, 10, insert(b"0123456789")[:-1])),
    "a copy that is cut": changed(delta(SIZE, SIZE, copy(0, SIZE)[:-1])),
    "a delta of sizes that are cut": changed(b"\xff\xff\xff\xff"),
    "a delta of one byte": changed(b"\0"),
    "a delta of no bytes": changed(b""),
    "a delta that inflates to more": changed(CHANGE, len(CHANGE) - 1),
    "a delta that inflates to less": changed(CHANGE, len(CHANGE) + 1),
    "a delta of 2**63 bytes": changed(CHANGE, 1 << 63),
}
"""Entries that nobody can read."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty bare repository."""
    return make_bare(tmp_path / "r.git")


class Surroundings:
    """A pack with sound entries on all sides of a damaged one, some of them in its base's family."""

    def __init__(self) -> None:
        self.pack = Pack()
        self.sound: Contents = {}
        self.base = self._keep(self.pack.add(BASE), BASE)
        self._delta(b"before")

    def close(self) -> Pack:
        """Append what comes behind the damage."""
        self._delta(b"behind")
        self._keep(self.pack.add(b"alone"), b"alone")
        return self.pack

    def _delta(self, more: bytes) -> None:
        entry = self.pack.offset_delta(self.base, appending(BASE, more), object_id(BASE + more))
        self._keep(entry, BASE + more)

    def _keep(self, entry: Entry, content: bytes) -> Entry:
        self.sound[entry.id] = ("blob", content)
        return entry


def _check(repository: Path, around: Surroundings, bad: set[str]) -> None:
    """All that is sound is read, all else is named, and nothing hangs."""
    with within(10):
        found = read_store(repository)
    assert found.contents == around.sound
    assert found.named == bad


@pytest.mark.parametrize("damage", ENTRIES.values(), ids=ENTRIES)
def test_a_damaged_entry_costs_itself(repository: Path, damage: Damage) -> None:
    around = Surroundings()
    damage(around.pack, around.base)
    around.close().write(repository)
    _check(repository, around, {BAD})


@pytest.mark.parametrize("name", ["type 5", "inflates to one byte less", "a base that is missing", "a result of 2**63"])
def test_a_damaged_entry_costs_what_rests_on_it(repository: Path, name: str) -> None:
    around = Surroundings()
    ENTRIES[name](around.pack, around.base)
    around.pack.reference_delta(BAD, appending(CONTENT, b"!"), CHILD)
    around.close().write(repository)
    _check(repository, around, {BAD, CHILD})


@pytest.mark.parametrize("length", [2, 3, 500])
def test_deltas_that_rest_on_each_other(repository: Path, length: int) -> None:
    around = Surroundings()
    ids = [f"{number:040x}" for number in range(length)]
    for number, name in enumerate(ids):
        around.pack.reference_delta(ids[number - 1], CHANGE, name)
    around.pack.reference_delta(ids[0], CHANGE, CHILD)
    around.close().write(repository)
    _check(repository, around, {*ids, CHILD})


def test_a_circle_through_two_packs(repository: Path) -> None:
    around, other = Surroundings(), Pack()
    around.pack.reference_delta(BAD_TOO, CHANGE, BAD)
    other.reference_delta(BAD, CHANGE, BAD_TOO)
    around.close().write(repository, name="pack-one")
    other.write(repository, name="pack-two")
    _check(repository, around, {BAD, BAD_TOO})


@pytest.mark.parametrize(
    "name", ["type 0", "inflates to one byte more", "a base that is itself", "a delta of no bytes"]
)
@pytest.mark.parametrize("order", [("pack-one", "pack-two"), ("pack-two", "pack-one")])
def test_a_damaged_entry_that_another_pack_has_in_good_order(
    repository: Path, name: str, order: tuple[str, str]
) -> None:
    around, other = Surroundings(), Pack()
    ENTRIES[name](around.pack, around.base)
    around.close().write(repository, name=order[0])
    other.add(CONTENT)
    other.write(repository, name=order[1])
    _check_leniently(repository, around, {BAD: ("blob", CONTENT)})


def test_the_last_entry_is_cut_within_the_id_of_its_base(repository: Path) -> None:
    around = Surroundings()
    around.close().raw(entry_header(REFERENCE_DELTA, 5) + b"\1" * 7, BAD)
    around.pack.write(repository)
    _check(repository, around, {BAD})


LENIENT: dict[str, Damage] = {
    "garbage behind the stream": whole(stream=STREAM + b"garbage"),
    "a second stream behind the first": whole(stream=STREAM + STREAM),
    "a long gap behind the stream": whole(stream=STREAM + b"\0" * 100_000),
    "an empty stored block": whole(stream=zlib.compress(CONTENT, 0)),
    "a distance with a lie about the size": raw(
        entry_header(OFFSET_DELTA, len(CHANGE)) + b"\x80" + distance(1 << 20) + zlib.compress(CHANGE)
    ),
}
"""Entries that one reader takes and another does not."""


@pytest.mark.parametrize("damage", LENIENT.values(), ids=LENIENT)
def test_what_can_be_read_in_spite_of_all_is_right(repository: Path, damage: Damage) -> None:
    around = Surroundings()
    damage(around.pack, around.base)
    around.close().write(repository)
    _check_leniently(repository, around, {BAD: ("blob", CONTENT)})


def test_a_base_in_another_pack(repository: Path) -> None:
    around, other = Surroundings(), Pack()
    other.reference_delta(object_id(BASE), CHANGE, BAD)
    around.close().write(repository, name="pack-one")
    other.write(repository, name="pack-two")
    _check_leniently(repository, around, {BAD: ("blob", CONTENT)})


def test_a_delta_without_instructions(repository: Path) -> None:
    around = Surroundings()
    around.pack.offset_delta(around.base, delta(SIZE, 0), object_id(b""))
    around.close().write(repository)
    _check_leniently(repository, around, {object_id(b""): ("blob", b"")})


def _check_leniently(repository: Path, around: Surroundings, doubtful: Contents) -> None:
    """What is in doubt is read as it is, or named."""
    with within(10):
        found = read_store(repository)
    assert found.contents.items() <= (around.sound | doubtful).items()
    assert found.contents.keys() >= around.sound.keys()
    assert found.named == doubtful.keys() - found.contents.keys()


def test_a_blob_on_a_tree_is_a_tree(repository: Path) -> None:
    """What rests on a tree is a tree, whatever the damage; nothing has to be read or named."""
    around = Surroundings()
    tree = around.pack.add(b"100644 a\0" + b"\1" * 20, TREE)
    around.pack.offset_delta(tree, appending(b"100644 a\0" + b"\1" * 20, b""), "e" * 40)
    around.close().write(repository)
    with within(10):
        found = read_store(repository)
    assert found.contents == around.sound
    assert found.named <= {"e" * 40}


def test_the_surroundings_are_sound(repository: Path) -> None:
    around = Surroundings()
    around.pack.add(CONTENT)
    around.close().write(repository)
    around.sound[BAD] = ("blob", CONTENT)
    _check(repository, around, set())
