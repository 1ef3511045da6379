"""`Forest`: the delta families of a pack; see "pack-*.pack files" in gitformat-pack(5).

Each delta has one base. So the entries of a pack form trees, and together a forest. A family is such a tree: an entry
that is not a delta, its root, and all deltas on it, direct and indirect.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from operator import ge
from typing import TYPE_CHECKING, Final

from isal.isal_zlib import crc32

from beca_core.errors import DeadlineExceeded
from beca_core.sources.git.objects.pack_index import DamagedPack, PackIndex, by_offset, read_index, read_reverse_index
from beca_core.system.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from beca_core.sources.limits import Deadline

COMMIT, TREE, BLOB, TAG = 1, 2, 3, 4
_OFS_DELTA, _REF_DELTA = 6, 7
_UNRESOLVED, _UNUSED, _CYCLIC, _PENDING = 0, 5, 8, 9
_DELTAS: Final = frozenset((_OFS_DELTA, _REF_DELTA))
_READ: Final = frozenset((COMMIT, BLOB, TAG))
_NONE: Final = -1
_WINDOW: Final = 1024 * 1024
_HEADER_BYTES: Final = 64
"""More than the longest header of an entry: 10 bytes of size, then 10 of an offset or 32 of an id."""
_FIRST_ENTRY: Final = 12
_NEAR: Final = 4096
_MAX_SHIFT: Final = 60
_MAX_SIZE: Final = 2**62
_MAX_TREE: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Forest:
    """The entries of a pack. An entry is identified by its number in the order of the pack, from 0.

    Args:
        path: The `.pack` file.
        index: Its index.
        positions: Position of each entry in the index.
        starts: Offset at which each entry begins, followed by the offset at which the last one ends.
        headers: Length of each entry's header, in bytes; compressed data follows it.
        sizes: Inflated size of each entry, an object or a delta, in bytes.
        kinds: Type of each object, for a delta that of its family's root; 0 for `unresolved`, 8 for `cyclic`.
        bases: The base of each entry, or -1.
        child: The first delta on each entry, or -1.
        sibling: The next delta on the same base, or -1.
        weights: How many entries the family has from each entry down, including itself.
    """

    path: Path
    index: PackIndex
    positions: array[int]
    starts: array[int]
    headers: array[int]
    sizes: array[int]
    kinds: bytearray
    bases: array[int]
    child: array[int]
    sibling: array[int]
    weights: array[int]

    def __len__(self) -> int:
        return len(self.positions)

    def id(self, entry: int) -> bytes:
        """Return the object id of an entry, in binary."""
        return self.index.id(self.positions[entry])

    def children(self, entry: int) -> list[int]:
        """Return the direct deltas on an entry, the heaviest first."""
        children = []
        child = self.child[entry]
        while child != _NONE:
            children.append(child)
            child = self.sibling[child]
        if len(children) > 1:
            children.sort(key=self.weights.__getitem__, reverse=True)
        return children

    def descent(self, entry: int) -> list[int]:
        """Return an entry and all deltas on it, direct and indirect."""
        found = [entry]
        for member in found:
            found += self.children(member)
        return found

    @property
    def roots(self) -> Iterator[int]:
        """The entries that have no base and are not trees."""
        return (entry for entry, kind in enumerate(self.kinds) if kind in _READ and self.bases[entry] == _NONE)

    @property
    def unresolved(self) -> list[int]:
        """The entries that are damaged, or have a base, direct or indirect, that is damaged or not in the pack."""
        return self._of_kind(_UNRESOLVED)

    @property
    def cyclic(self) -> list[int]:
        """The entries whose chain of bases is a cycle or ends in one; git would never finish reading them."""
        return self._of_kind(_CYCLIC)

    def _of_kind(self, wanted: int) -> list[int]:
        if not self.kinds.count(wanted):  # the usual case, and this is a thousand times faster
            return []
        return [entry for entry, kind in enumerate(self.kinds) if kind == wanted]


def read_forest(pack: Path, id_bytes: int, deadline: Deadline | None = None) -> Forest:
    """Read the headers of all entries of a pack.

    Args:
        pack: The `.pack` file; its index is in the same directory.
        id_bytes: Length of a binary object id.
        deadline: When to stop; None: never.

    Raises:
        DeadlineExceeded: If the deadline passes.
        DamagedPack: If the pack or its index is damaged as a whole, or they do not belong together.
        UnsupportedPack: If the index is of another version than 2.
        OSError: If one of them cannot be read.
    """
    index = read_index(pack.with_suffix(".idx"), id_bytes)
    with open_regular(pack) as file:
        end = os.fstat(file.fileno()).st_size - id_bytes
        _check(file.fileno(), end, index)
        positions, starts = _in_pack_order(pack, index)
        if len(starts) and (starts[0] < _FIRST_ENTRY or starts[-1] >= end):
            raise DamagedPack
        starts.append(end)
        headers, sizes, kinds, bases = _read_headers(file.fileno(), starts, index, positions, deadline)
    return Forest(pack, index, positions, starts, headers, sizes, kinds, bases, *_families(kinds, bases))


def _in_pack_order(pack: Path, index: PackIndex) -> tuple[array[int], array[int]]:
    """Return the positions of all entries in the order of the pack, and the offset at which each begins."""
    positions = read_reverse_index(pack.with_suffix(".rev"), index)
    if positions is not None:
        starts = array("Q", map(index.offsets.__getitem__, positions))
        if _is_ascending(starts):
            return positions, starts
    positions = by_offset(index)
    starts = array("Q", map(index.offsets.__getitem__, positions))
    if not _is_ascending(starts):
        raise DamagedPack
    return positions, starts


def _is_ascending(numbers: array[int]) -> bool:
    return not any(map(ge, numbers, numbers[1:]))


def _check(file: int, end: int, index: PackIndex) -> None:
    head = os.pread(file, _FIRST_ENTRY, 0)
    count = len(index).to_bytes(4, "big")
    if end < _FIRST_ENTRY or head[:4] != b"PACK" or head[4:8] not in (b"\0\0\0\2", b"\0\0\0\3") or head[8:] != count:
        raise DamagedPack
    if os.pread(file, len(index.checksum), end) != index.checksum:
        raise DamagedPack


def _read_headers(
    file: int, starts: array[int], index: PackIndex, positions: array[int], deadline: Deadline | None
) -> tuple[array[int], array[int], bytearray, array[int]]:
    """Return length of header, inflated size, type and base of each entry."""
    count = len(positions)
    headers, sizes = array("B", bytes(count)), array("Q", bytes(8 * count))
    kinds, bases = bytearray(count), array("l", [_NONE]) * count
    references: list[tuple[int, bytes]] = []
    crcs = index.crcs
    first = 0
    while first < count:
        if deadline is not None and not deadline.remaining:
            raise DeadlineExceeded("The pack could not be read in the time allowed for it.")
        origin = starts[first]
        beyond = bisect_left(starts, origin + _WINDOW, first, count)
        window = os.pread(file, _WINDOW + _HEADER_BYTES, origin)
        low = max(0, first - _NEAR)
        near = starts[low:beyond].tolist()
        for entry, start in enumerate(near[first - low :], first):
            at = begin = start - origin
            try:
                byte = window[at]
                kind = byte >> 4 & 7
                size, shift = byte & 15, 4
                at += 1
                while byte > 127 and shift <= _MAX_SHIFT:
                    byte = window[at]
                    at += 1
                    size |= (byte & 127) << shift
                    shift += 7
                if kind == _OFS_DELTA:
                    byte = window[at]
                    at += 1
                    back = byte & 127
                    while byte > 127 and back < _MAX_SIZE:
                        byte = window[at]
                        at += 1
                        back = (back + 1) << 7 | byte & 127
                    target = start - back
                    base = low + bisect_left(near, target) if target >= near[0] else bisect_left(starts, target, 0, low)
                    if base >= entry or starts[base] != target:
                        continue
                    bases[entry] = base
                    if kinds[base] <= TAG:
                        kind = kinds[base]
                elif kind == _REF_DELTA:
                    references.append((entry, window[at : at + index.id_bytes]))
                    at += index.id_bytes
            except IndexError:
                continue
            if kind == TREE:  # trees are not read later, and a damaged type must not hide an object
                end = starts[entry + 1] - origin
                stored = window[begin:end] if end <= len(window) else _stored(file, start, end - begin)
                if crc32(stored) != crcs[positions[entry]]:
                    continue
            if byte < 128 and size < _MAX_SIZE and kind != _UNUSED:
                kinds[entry], sizes[entry], headers[entry] = kind, size, at - begin
        first = beyond
    _resolve(references, bases, index, positions)
    _inherit_kinds(kinds, bases)
    return headers, sizes, kinds, bases


def _stored(file: int, start: int, size: int) -> bytes:
    """Return the bytes of an entry that is not completely in the window."""
    return os.pread(file, size, start) if size <= _MAX_TREE else b""


def _resolve(references: list[tuple[int, bytes]], bases: array[int], index: PackIndex, positions: array[int]) -> None:
    """Find the bases that are given by id."""
    if not references:
        return
    entries = array("I", bytes(4 * len(positions)))
    for entry, position in enumerate(positions):
        entries[position] = entry
    for delta, object_id in references:
        at = index.find(object_id)
        if at is not None:
            bases[delta] = entries[at]


def _inherit_kinds(kinds: bytearray, bases: array[int]) -> None:
    """Give each delta that has no type yet the type of its family's root."""
    if not any(map(kinds.count, _DELTAS)):
        return  # as in most packs
    for start, own in enumerate(kinds):
        if own not in _DELTAS:
            continue
        path, entry = [], start
        while entry != _NONE and kinds[entry] in _DELTAS:
            kinds[entry] = _PENDING
            path.append(entry)
            entry = bases[entry]
        kind = _UNRESOLVED if entry == _NONE else kinds[entry]
        for delta in path:
            kinds[delta] = _CYCLIC if kind == _PENDING else kind


def _families(kinds: bytearray, bases: array[int]) -> tuple[array[int], array[int], array[int]]:
    """Return first child, next sibling and weight of each entry; trees and unreadable entries have no children."""
    child = array("l", [_NONE]) * len(kinds)
    sibling = array("l", [_NONE]) * len(kinds)
    weights = array("L", [1]) * len(kinds)
    comes_later = False
    for entry in range(len(kinds) - 1, -1, -1):
        base = bases[entry]
        if base != _NONE and kinds[entry] in _READ:
            sibling[entry] = child[base]
            child[base] = entry
            weights[base] += weights[entry]
            comes_later |= base > entry
    if comes_later:
        weights = _weights(bases, child, sibling, kinds)
    return child, sibling, weights


def _weights(bases: array[int], child: array[int], sibling: array[int], kinds: bytearray) -> array[int]:
    """Return the weights of a pack in which bases may come after their deltas."""
    weights = array("L", [1]) * len(kinds)
    order = [entry for entry, kind in enumerate(kinds) if kind in _READ and bases[entry] == _NONE]
    for entry in order:
        member = child[entry]
        while member != _NONE:
            order.append(member)
            member = sibling[member]
    for entry in reversed(order):
        if bases[entry] != _NONE:
            weights[bases[entry]] += weights[entry]
    return weights
