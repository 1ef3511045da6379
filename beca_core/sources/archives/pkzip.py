"""Zip archives, and the formats that are zip archives: jar, whl, docx, xlsx, apk.

Layout: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 and 4.4. The central directory is read entry by entry, since it may
have millions. Sizes locate the bytes of a member. They are not trusted as bounds of its content.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from beca_core.sources.archives import codecs
from beca_core.sources.archives.compressed import streams_of
from beca_core.sources.archives.content import DamagedArchive, Entry, FileWindow, NotAnArchive, Section, read_exactly
from beca_core.sources.archives.streams import Checked, Inflated
from beca_core.sources.archives.zip_directory import find_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.archives.content import Allowance, Content
    from beca_core.sources.archives.zip_directory import Directory

MAGIC: Final = b"PK\3\4"
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_MARKS: Final = (MAGIC, b"PK\1\2", b"PK\7\x08")
_SEARCH_BYTES: Final = 64 * 1024
_ENCRYPTED, _LZMA_HAS_END_MARK, _SIZES_AFTER_DATA = 1, 2, 8
_LZMA_HEADER: Final = 9
_METHODS: Final = frozenset((*range(15), 16, *range(18, 21), *range(92, 100)))


class _Member(NamedTuple):
    """Where a member's bytes are.

    Args:
        name: Its name.
        flags: General purpose bit flag.
        method: How it is compressed.
        begin: Offset of its first compressed byte.
        end: Offset after the last one.
        size: Decompressed size in bytes, as the archive has it.
        crc: CRC-32 of its content; None: it is not known.
    """

    name: bytes
    flags: int
    method: int
    begin: int
    end: int
    size: int
    crc: int | None


def entries(file: BinaryIO, size: int, allowance: Allowance) -> Iterator[Entry]:
    """Yield the files of a zip in the order of its central directory or, without one, of their local headers.

    Args:
        file: The zip.
        size: Its size in bytes.
        allowance: Bounds what is read.

    Raises:
        NotAnArchive: If it is not a zip.
        DamagedArchive: If it cannot be read further, or has lost its central directory.
    """
    directory = find_directory(file, size)
    if directory is not None:
        yield from listed(file, size, directory, allowance)
        return
    if not _is_sound(_local(file, size, 0)):
        raise NotAnArchive
    yield from _unlisted(file, size, allowance)
    raise DamagedArchive


def listed(file: BinaryIO, size: int, directory: Directory, allowance: Allowance, begin: int = 0) -> Iterator[Entry]:
    """Yield the files of a zip in the order of its central directory, then those that it does not list.

    Args:
        file: The zip.
        size: Its size in bytes.
        directory: Its central directory.
        allowance: Bounds what is read.
        begin: Where members begin that are not listed.

    Raises:
        DamagedArchive: If the directory cannot be read further.
    """
    spans: list[tuple[int, int]] = []
    for central in directory.entries(file):
        if central.name.endswith(b"/") and not central.compressed:
            allowance.take_member()
            spans.append((central.offset, central.offset + _LOCAL.size + len(central.name)))
            continue
        local = _local(file, size, central.offset)
        if local is None:
            yield Entry(central.name, None, "unreadable")
            continue
        end = local.begin + central.compressed
        member = _Member(central.name, central.flags, central.method, local.begin, end, central.size, central.crc)
        source = FileWindow(file, member.begin, member.end)
        yield _entry(file, member, source, allowance)
        spans.append((central.offset, source.position if source.position > member.begin else end))
    for first, last in _gaps(spans, begin, directory.begin):
        yield from _hidden(file, first, last, allowance)


def _gaps(spans: list[tuple[int, int]], begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield what is between two offsets and in none of the spans, where a member could be."""
    for first, last in (*sorted(spans), (end, end)):
        if first - begin > _LOCAL.size:
            yield begin, first
        begin = max(begin, last)


def _hidden(file: BinaryIO, begin: int, end: int, allowance: Allowance) -> Iterator[Entry]:
    """Yield the files that no directory lists, between two offsets; not what only has the mark of a local header."""
    position = begin
    while (position := _find_mark(file, end, position, (MAGIC,), allowance)) < end:
        member = _local(file, end, position)
        position += len(MAGIC)
        if member is None or not _is_sound(member) or b"\0" in member.name:
            continue
        if member.flags & _SIZES_AFTER_DATA:
            member = member._replace(end=_find_mark(file, end, member.begin, _MARKS, allowance), crc=None)
        member = member._replace(end=min(member.end, end))
        if member.name.endswith(b"/") and member.end <= member.begin:
            allowance.take_member()
        else:
            yield _entry(file, member, FileWindow(file, member.begin, member.end), allowance)
        position = max(position, member.end)


def _unlisted(file: BinaryIO, size: int, allowance: Allowance) -> Iterator[Entry]:
    position = 0
    while (member := _local(file, size, position)) is not None:
        if member.flags & _SIZES_AFTER_DATA:
            member = member._replace(end=_find_mark(file, size, member.begin, _MARKS, allowance), crc=None)
        if member.name.endswith(b"/"):
            allowance.take_member()
        else:
            yield _entry(file, member, FileWindow(file, member.begin, member.end), allowance)
        position = _find_mark(file, size, member.end, (MAGIC,), allowance)


def _local(file: BinaryIO, size: int, position: int) -> _Member | None:
    """Read the local header at a position; None: it is not one."""
    if not 0 <= position < size:
        return None
    source = FileWindow(file, position, size)
    header = source.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(MAGIC):
        return None
    _, _, flags, method, _, _, crc, compressed, inflated, name_length, extra_length = _LOCAL.unpack(header)
    name = source.read(name_length) if name_length else b""
    begin = position + _LOCAL.size + name_length + extra_length
    return _Member(name, flags, method, begin, begin + compressed, inflated, crc)


def _is_sound(member: _Member | None) -> bool:
    return member is not None and member.method in _METHODS and bool(member.name)


def _find_mark(file: BinaryIO, size: int, position: int, marks: tuple[bytes, ...], allowance: Allowance) -> int:
    """Return the offset of the first of some marks of 4 bytes, from a position on; if there is none, the size."""
    while position < size:
        allowance.take(0)
        data = FileWindow(file, position, size).read(_SEARCH_BYTES)
        found = [at for mark in marks if (at := data.find(mark)) >= 0]
        if found:
            return position + min(found)
        if len(data) < 4:
            break
        position += len(data) - 3
    return size


def _entry(file: BinaryIO, member: _Member, source: FileWindow, allowance: Allowance) -> Entry:
    if member.flags & _ENCRYPTED:
        return Entry(member.name, None, "encrypted")
    try:
        content = _content(file, member, source, allowance)
    except DamagedArchive as damage:
        return Entry(member.name, None, damage.reason)
    except NotAnArchive:
        return Entry(member.name, None, DamagedArchive.reason)
    return Entry(member.name, content if member.crc is None else Checked(content, member.crc))


def _content(file: BinaryIO, member: _Member, source: FileWindow, allowance: Allowance) -> Content:
    match member.method:
        case 0:
            return Section(FileWindow(file, member.begin, member.end, allowance), member.end - member.begin)
        case 8:
            return Inflated(source, codecs.DEFLATE, allowance)
        case 12:
            return streams_of(source, codecs.BZ2, allowance)
        case 14:
            return _lzma(source, member, allowance)
        case 93:
            return streams_of(source, codecs.ZST, allowance)
        case 95:
            return streams_of(source, codecs.XZ, allowance)
    raise DamagedArchive


def _lzma(source: FileWindow, member: _Member, allowance: Allowance) -> Content:
    header = read_exactly(source, _LZMA_HEADER)
    content = Inflated(source, codecs.lzma_of_zip(header[4:]), allowance)
    return content if member.flags & _LZMA_HAS_END_MARK else Section(content, member.size)
