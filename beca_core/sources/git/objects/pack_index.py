"""`PackIndex`: the objects of a pack and their offsets; see "pack-*.idx files" in gitformat-pack(5)."""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from operator import gt, lt
from typing import TYPE_CHECKING, Final

from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_MAGIC_AND_VERSION: Final = b"\xfftOc\0\0\0\2"
_REVERSE_MAGIC_AND_VERSION: Final = b"RIDX\0\0\0\1"
_REVERSE_HEAD: Final = len(_REVERSE_MAGIC_AND_VERSION) + 4
_FAN_OUT: Final = struct.Struct(">256I")
_IDS_AT: Final = len(_MAGIC_AND_VERSION) + _FAN_OUT.size
_LARGE: Final = 1 << 31
_MAX_BYTES: Final = 4 * 1024**3
_PORTION: Final = 256


class UnsupportedPack(Exception):
    """Raised when the index of a pack has another version, or is too large."""


class DamagedPack(UnsupportedPack):
    """Raised when a pack or its index does not follow the format."""


@dataclass(frozen=True, slots=True)
class PackIndex:
    """The index of a pack, version 2. A position is an object's number in the order of ids, from 0.

    Args:
        ids: All object ids, concatenated.
        id_bytes: Length of an id, in bytes.
        offsets: Offset of each object's entry in the pack, by position.
        crcs: CRC-32 of each entry as stored in the pack, by position.
        checksum: The checksum at the end of the pack.
    """

    ids: bytes
    id_bytes: int
    offsets: array[int]
    crcs: array[int]
    checksum: bytes

    def __len__(self) -> int:
        return len(self.offsets)

    def __iter__(self) -> Iterator[bytes]:
        return (self.ids[at : at + self.id_bytes] for at in range(0, len(self.ids), self.id_bytes))

    def id(self, position: int) -> bytes:
        """Return an object's id, in binary."""
        return self.ids[position * self.id_bytes : (position + 1) * self.id_bytes]

    def find(self, object_id: bytes) -> int | None:
        """Return the position of a binary object id, or None if the pack does not have it."""
        position = self.first_from(object_id)
        return position if position < len(self) and self.id(position) == object_id else None

    def first_from(self, object_id: bytes) -> int:
        """Return the position of the first object whose id is not smaller than these bytes."""
        return bisect_left(range(len(self)), object_id, key=self.id)


def read_index(path: Path, id_bytes: int) -> PackIndex:
    """Read the index of a pack.

    Args:
        path: The `.idx` file.
        id_bytes: Length of a binary object id: 20 (SHA-1) or 32 (SHA-256).

    Raises:
        DamagedPack: If it does not follow the format.
        UnsupportedPack: If it is of another version than 2.
        OSError: If it cannot be read.
    """
    data = read_regular(path, _MAX_BYTES)
    if data is None or not data.startswith(_MAGIC_AND_VERSION):
        raise UnsupportedPack
    if len(data) < _IDS_AT + 2 * id_bytes:
        raise DamagedPack
    fan_out = _FAN_OUT.unpack_from(data, len(_MAGIC_AND_VERSION))
    count = fan_out[-1]
    crcs_at = _IDS_AT + count * id_bytes
    offsets_at = crcs_at + 4 * count
    large_at = offsets_at + 4 * count
    trailer_at = len(data) - 2 * id_bytes
    if any(map(gt, fan_out, fan_out[1:])) or trailer_at < large_at:
        raise DamagedPack
    ids = data[_IDS_AT:crcs_at]
    if not is_ascending(ids, id_bytes):
        raise DamagedPack
    large = _numbers("Q", data[large_at : trailer_at - (trailer_at - large_at) % 8])
    return PackIndex(
        ids=ids,
        id_bytes=id_bytes,
        offsets=_resolved(_numbers("I", data[offsets_at:large_at]), large),
        crcs=_numbers("I", data[crcs_at:offsets_at]),
        checksum=data[trailer_at : trailer_at + id_bytes],
    )


def read_reverse_index(path: Path, index: PackIndex) -> array[int] | None:
    """Return the positions of all objects in the order of their offsets, from git's `.rev` file; None: it has none.

    The file is not trusted: the caller has to check that the offsets ascend.

    Args:
        path: The `.rev` file; see "pack-*.rev files" in gitformat-pack(5).
        index: The index of the same pack.
    """
    size = _REVERSE_HEAD + 4 * len(index) + 2 * index.id_bytes
    try:
        data = read_regular(path, size)
    except OSError:  # usually: there is no such file
        return None
    if data is None or len(data) != size or not data.startswith(_REVERSE_MAGIC_AND_VERSION):
        return None
    positions = _numbers("I", data[_REVERSE_HEAD : -2 * index.id_bytes])
    return positions if not positions or max(positions) < len(index) else None


def by_offset(index: PackIndex) -> array[int]:
    """Return the positions of all objects in the order of their offsets."""
    return array("I", sorted(range(len(index)), key=index.offsets.tolist().__getitem__))


def duplicates(indexes: Sequence[PackIndex]) -> list[bytearray]:
    """Mark the objects of each pack that an earlier pack has too.

    Returns:
        For each index one byte for each position; for a single index no bytes.
    """
    if len(indexes) == 1:
        return [bytearray()]
    marks = [bytearray(len(index)) for index in indexes]
    for first in range(256):
        seen: set[bytes] = set()
        for index, mark in zip(indexes, marks, strict=True):
            end = index.first_from(bytes((first + 1,))) if first < 255 else len(index)
            for position in range(index.first_from(bytes((first,))), end):
                object_id = index.id(position)
                mark[position] = object_id in seen
                seen.add(object_id)
    return marks


def is_ascending(ids: bytes, id_bytes: int) -> bool:
    """Return whether ids, concatenated, are in ascending order, each once; `id_bytes` is the length of one."""
    last = b""
    for some in _in_portions(ids, id_bytes):
        if some[0] <= last or not all(map(lt, some, some[1:])):
            return False
        last = some[-1]
    return True


def _in_portions(ids: bytes, id_bytes: int) -> Iterator[tuple[bytes, ...]]:
    """Yield ids in portions; a pack has millions, and slicing each takes twice as long."""
    each = f"{id_bytes}s"
    beyond = len(ids) - len(ids) % (_PORTION * id_bytes)
    yield from struct.iter_unpack(each * _PORTION, memoryview(ids)[:beyond])
    if beyond < len(ids):
        yield struct.unpack(each * ((len(ids) - beyond) // id_bytes), memoryview(ids)[beyond:])


def _numbers(code: str, data: bytes) -> array[int]:
    numbers = array(code, data)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _resolved(offsets: array[int], large: array[int]) -> array[int]:
    """Replace numbers with the highest bit set by the 64-bit offsets to which they refer."""
    if not large:
        if offsets and max(offsets) >= _LARGE:
            raise DamagedPack
        return offsets
    try:
        return array("Q", (large[offset - _LARGE] if offset >= _LARGE else offset for offset in offsets))
    except IndexError:
        raise DamagedPack from None
