"""Tar archives: v7, ustar, GNU and pax, read from start to end.

Layout: the `tar.h` of POSIX.1-1988 (ustar), "pax Interchange Format" of POSIX.1-2001, and "Basic Tar Format" in the
manual of GNU tar. Of sparse files the stored bytes are read, without the holes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.sources.archives.content import DamagedArchive, Entry, Section, Truncated, read_exactly, read_fully

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.archives.content import Allowance, Reader

BLOCK_BYTES: Final = 512
_EMPTY_BLOCK: Final = bytes(BLOCK_BYTES)
_CHECKSUM: Final = slice(148, 156)
_EXTENSION_BYTES: Final = 1024 * 1024
_MAX_EXTENSIONS: Final = 8
_KINDS_WITHOUT_DATA: Final = frozenset(b"123456")  # links, devices, directories, FIFOs
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL, _GNU_SPARSE = b"LKxgS"


def is_header(block: bytes) -> bool:
    """Return whether a block is the header of a member: its checksum has to be right."""
    if len(block) < BLOCK_BYTES or not block.strip(b"\0"):
        return False
    try:
        expected = _number(block[_CHECKSUM])
    except DamagedArchive:
        return False
    without = block[:148] + b" " * 8 + block[156:BLOCK_BYTES]
    return expected == sum(without) or expected == sum(memoryview(without).cast("b"))  # some tars added up signed bytes


def entries(reader: Reader, block: bytes, allowance: Allowance) -> Iterator[Entry]:
    """Yield the regular files of a tar.

    Args:
        reader: The tar, from its second block on.
        block: The first block, for which `is_header` returns True.
        allowance: Charged for members without data; the reader of the others charges it for them.

    Raises:
        DamagedArchive: If it cannot be read further.
    """
    extended: dict[bytes, bytes] = {}
    extensions, at_end = 0, False
    while block:
        if block == _EMPTY_BLOCK:
            at_end = True
        elif is_header(block):
            kind, size = block[156], _size(block, extended)
            if kind in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL):
                extended |= _extension(reader, kind, size)
                extensions += 1
            elif kind in _KINDS_WITHOUT_DATA:
                allowance.take_member()
                extended, extensions = {}, 0
            else:
                yield from _file(reader, block, extended, size)
                extended, extensions = {}, 0
        elif at_end:
            return
        else:
            raise DamagedArchive
        if extensions > _MAX_EXTENSIONS:
            raise DamagedArchive
        block = read_fully(reader, BLOCK_BYTES)
    if 0 < len(block) < BLOCK_BYTES:
        raise Truncated


def _file(reader: Reader, block: bytes, extended: dict[bytes, bytes], size: int) -> Iterator[Entry]:
    if block[156] == _GNU_SPARSE:
        _skip_sparse_map(reader, block[482])
    name = _name(block, extended)
    section = Section(reader, size)
    if not (name.endswith(b"/") and not size):  # a directory, in the first version of the format
        yield Entry(name, section)
    section.skip_rest()
    reader.skip(-size % BLOCK_BYTES)


def _skip_sparse_map(reader: Reader, has_more: int) -> None:
    while has_more:
        has_more = read_exactly(reader, BLOCK_BYTES)[504]


def _name(block: bytes, extended: dict[bytes, bytes]) -> bytes:
    name = extended.get(b"GNU.sparse.name") or extended.get(b"path")
    if name is not None:
        return name
    name = _until_zero(block[:100])
    prefix = _until_zero(block[345:500]) if block[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _size(block: bytes, extended: dict[bytes, bytes]) -> int:
    if block[156] in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL) or b"size" not in extended:
        return _number(block[124:136])
    return _decimal(extended[b"size"])


def _extension(reader: Reader, kind: int, size: int) -> dict[bytes, bytes]:
    """Read what a special member says about the next one; nothing if it is too large."""
    section = Section(reader, size)
    data = read_exactly(section, size) if size <= _EXTENSION_BYTES else b""
    section.skip_rest()
    reader.skip(-size % BLOCK_BYTES)
    if kind == _PAX:
        return dict(_records(data))
    return {b"path": _until_zero(data)} if kind == _LONG_NAME and data else {}


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of pax records: `LENGTH KEY=VALUE` and a newline. LENGTH counts the whole record."""
    at = 0
    while at < len(data):
        length = _decimal(data[at : at + 20].partition(b" ")[0])
        if not 0 < length <= len(data) - at:
            raise DamagedArchive
        key, _, value = data[at : at + length - 1].partition(b" ")[2].partition(b"=")
        yield key, value
        at += length


def _number(field: bytes) -> int:
    """Read a number: octal digits or, if the first bit is set, the bytes of the number (GNU)."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:])
    digits = field.strip(b" \0") or b"0"
    if not digits.isdigit() or max(digits) > ord("7"):
        raise DamagedArchive
    return int(digits, 8)


def _decimal(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 20:
        raise DamagedArchive
    return int(digits)


def _until_zero(field: bytes) -> bytes:
    return field.partition(b"\0")[0]
