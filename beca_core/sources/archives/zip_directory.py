"""The central directory of a zip: where its members are (PKWARE's APPNOTE.TXT 6.3.10, 4.3.12 to 4.3.16 and 4.5.3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from beca_core.sources.archives.content import DamagedArchive

if TYPE_CHECKING:
    from collections.abc import Iterator

CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_CENTRAL_MARK: Final = b"PK\1\2"
_END: Final = struct.Struct("<4s4H2LH")
_END_MARK: Final = b"PK\5\6"
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_END64_MARK: Final = b"PK\6\6"
_LOCATOR: Final = struct.Struct("<4sLQL")
_COMMENT_BYTES: Final = 65535
_ZIP64_EXTRA: Final = 1
_IN_EXTRA: Final = 0xFFFFFFFF


class Central(NamedTuple):
    """What the central directory says about a member.

    Args:
        name: Its name.
        flags: General purpose bit flag.
        method: How it is compressed.
        crc: CRC-32 of its content.
        compressed: Compressed size in bytes.
        size: Decompressed size in bytes.
        offset: Offset of its local header in the file.
    """

    name: bytes
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class Directory:
    """Where a central directory is.

    Args:
        begin: Offset of its first entry.
        count: Number of entries; some writers store only the low 16 bits.
        shift: What has to be added to the offsets in it, because other data precedes the zip.
    """

    begin: int
    count: int
    shift: int

    def entries(self, file: BinaryIO) -> Iterator[Central]:
        """Yield the entries.

        Raises:
            DamagedArchive: If there are fewer than there should be.
        """
        position, read = self.begin, 0
        while (found := self._entry(file, position)) is not None:
            central, position = found
            read += 1
            yield central
        if (read - self.count) % (_COMMENT_BYTES + 1):
            raise DamagedArchive

    def _entry(self, file: BinaryIO, position: int) -> tuple[Central, int] | None:
        """Return the entry at a position, and where the next one is."""
        file.seek(position)
        header = file.read(CENTRAL.size)
        if len(header) < CENTRAL.size or not header.startswith(_CENTRAL_MARK):
            return None
        fields = CENTRAL.unpack(header)
        flags, method, crc, compressed, size = *fields[3:5], *fields[7:10]
        name_length, extra_length, comment_length, offset = *fields[10:13], fields[16]
        name, extra = file.read(name_length), file.read(extra_length)
        size, compressed, offset = _with_zip64(extra, size, compressed, offset)
        following = position + CENTRAL.size + name_length + extra_length + comment_length
        return Central(name, flags, method, crc, compressed, size, offset + self.shift), following


def _with_zip64(extra: bytes, *values: int) -> Iterator[int]:
    """Yield the values, in the order of the zip64 extra field, which has those that do not fit into 32 bits."""
    wide = _zip64(extra)
    for value in values:
        if value == _IN_EXTRA and len(wide) >= 8:
            yield int.from_bytes(wide[:8], "little")
            wide = wide[8:]
        else:
            yield value


def _zip64(extra: bytes) -> bytes:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == _ZIP64_EXTRA:
            return extra[4 : 4 + length]
        extra = extra[4 + length :]
    return b""


def find_directory(file: BinaryIO, size: int, *, at_end: bool = False) -> Directory | None:
    """Find the central directory of a zip; None: there is none, or it is not where the zip says.

    Args:
        file: The zip.
        size: Its size in bytes.
        at_end: Whether the zip has to end where the file ends.
    """
    begin = max(0, size - _END.size - _COMMENT_BYTES)
    file.seek(begin)
    tail = file.read(size - begin)
    at = _end_record(tail, at_end=at_end)
    if at is None:
        return None
    _, _, _, _, count, length, offset, _ = _END.unpack_from(tail, at)
    end = begin + at
    wide = _end64(file, end)
    if wide is not None:
        end, count, length, offset = wide
    for start in (end - length, offset):
        if _is_entry(file, start):
            return Directory(start, count, start - offset)
    return None


def _end_record(tail: bytes, *, at_end: bool) -> int | None:
    """Return the offset of the last end record, or of the last whose comment ends where the file ends."""
    at = len(tail)
    while (at := tail.rfind(_END_MARK, 0, at)) >= 0:
        if len(tail) - at >= _END.size:
            *_, comment = _END.unpack_from(tail, at)
            if not at_end or at + _END.size + comment == len(tail):
                return at
        elif not at_end:
            return None
    return None


def _end64(file: BinaryIO, end: int) -> tuple[int, int, int, int] | None:
    """Read the zip64 record before the end record: its offset, number of entries, directory size and offset."""
    position = end - _LOCATOR.size - _END64.size
    if position < 0:
        return None
    file.seek(position)
    record = file.read(_END64.size)
    if len(record) < _END64.size or not record.startswith(_END64_MARK):
        return None
    *_, count, length, offset = _END64.unpack(record)
    return position, count, length, offset


def _is_entry(file: BinaryIO, position: int) -> bool:
    if position < 0:
        return False
    file.seek(position)
    return file.read(len(_CENTRAL_MARK)) == _CENTRAL_MARK
