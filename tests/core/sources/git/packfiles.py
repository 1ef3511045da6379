"""Packs and their indexes, written byte by byte: valid ones, and some that git would never write.

`Pack` accepts any entries, so sizes, types and deltas can be false. `Index` is its index as a value, so a
test replaces the part that shall be false; its own checksum is always right. The formats: gitformat-pack(5).
"""

from __future__ import annotations

import hashlib
import itertools
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

COMMIT, TREE, BLOB, TAG, OFFSET_DELTA, REFERENCE_DELTA = 1, 2, 3, 4, 6, 7
KINDS: Final = {COMMIT: "commit", TREE: "tree", BLOB: "blob", TAG: "tag"}
_LARGE: Final = 1 << 31
_FIRST_ENTRY: Final = 12
_INDEX_MAGIC: Final = b"\xfftOc\0\0\0\2"


def object_id(content: bytes, kind: int = BLOB, algorithm: str = "sha1") -> str:
    """The object id of a content."""
    return hashlib.new(algorithm, b"%s %d\0" % (KINDS[kind].encode(), len(content)) + content).hexdigest()


def entry_header(kind: int, size: int) -> bytes:
    """The header of an entry: type and size."""
    first, size = (kind << 4) | (size & 15), size >> 4
    head = bytearray()
    while size:
        head.append(first | 0x80)
        first, size = size & 0x7F, size >> 7
    return bytes([*head, first])


def varint(number: int) -> bytes:
    """A number as in the header of a delta, which has two of them."""
    head = bytearray()
    while number >= 0x80:
        head.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*head, number])


def distance(number: int) -> bytes:
    """The distance in bytes from an entry back to its base, as OFS_DELTA stores it."""
    head = [number & 0x7F]
    while number := number >> 7:
        number -= 1
        head.append(number & 0x7F | 0x80)
    return bytes(reversed(head))


def copy(offset: int, size: int) -> bytes:
    """A delta instruction that copies from the base; a size of 0 means 65,536."""
    parts = [*offset.to_bytes(4, "little"), *size.to_bytes(3, "little")]
    return bytes([0x80 | sum(1 << n for n, part in enumerate(parts) if part), *filter(None, parts)])


def insert(content: bytes) -> bytes:
    """Delta instructions that insert new bytes."""
    pieces = (content[n : n + 127] for n in range(0, len(content), 127))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)


def delta(base_size: int, result_size: int, *instructions: bytes) -> bytes:
    """A delta; the sizes need not be true."""
    return varint(base_size) + varint(result_size) + b"".join(instructions)


def appending(base: bytes, more: bytes) -> bytes:
    """The delta that appends up to 127 bytes to a base of less than 16 MiB."""
    whole = [copy(0, len(base))] if base else []
    return delta(len(base), len(base) + len(more), *whole, insert(more))


@dataclass(frozen=True)
class Entry:
    """The offset of an entry in a pack, and the id under which the index shall list it."""

    id: str
    offset: int
    crc: int


@dataclass
class Pack:
    """A pack to which entries are appended.

    Args:
        algorithm: `sha1` or `sha256`.
        entries: What is in it so far.
        count: The number of entries in its header; None: the true one.
    """

    algorithm: str = "sha1"
    entries: list[Entry] = field(default_factory=list)
    count: int | None = None
    _body: bytearray = field(default_factory=bytearray)

    @property
    def end(self) -> int:
        """Offset of the next entry."""
        return _FIRST_ENTRY + len(self._body)

    def add(
        self,
        content: bytes,
        kind: int = BLOB,
        *,
        name: str | None = None,
        size: int | None = None,
        stream: bytes | None = None,
    ) -> Entry:
        """Append an object that is not a delta.

        Args:
            content: Its bytes.
            kind: Type number.
            name: Id in the index; None: the true one.
            size: The size in the header; None: the true one.
            stream: Bytes to use as the compressed content.
        """
        name = name or object_id(content, kind if kind in KINDS else BLOB, self.algorithm)
        return self.append(kind, len(content) if size is None else size, b"", stream or zlib.compress(content), name)

    def offset_delta(self, back: int | Entry, change: bytes, name: str, size: int | None = None) -> Entry:
        """Append a delta on another entry, or on what is so many bytes before this one."""
        gap = self.end - back.offset if isinstance(back, Entry) else back
        size = len(change) if size is None else size
        return self.append(OFFSET_DELTA, size, distance(gap), zlib.compress(change), name)

    def reference_delta(self, base: str, change: bytes, name: str, size: int | None = None) -> Entry:
        """Append a delta on an object, given by its id."""
        size = len(change) if size is None else size
        return self.append(REFERENCE_DELTA, size, bytes.fromhex(base), zlib.compress(change), name)

    def append(self, kind: int, size: int, base: bytes, stream: bytes, name: str) -> Entry:
        """Append an entry of any bytes."""
        return self.raw(entry_header(kind, size) + base + stream, name)

    def raw(self, data: bytes, name: str) -> Entry:
        """Append bytes that the index lists as an entry."""
        entry = Entry(name, self.end, zlib.crc32(data))
        self._body += data
        self.entries.append(entry)
        return entry

    def encode(self) -> bytes:
        """The file."""
        count = len(self.entries) if self.count is None else self.count
        data = b"PACK\0\0\0\2" + count.to_bytes(4, "big") + self._body
        return data + hashlib.new(self.algorithm, data).digest()

    def index(self, *, large: bool = False) -> Index:
        """The true index; `large` makes the offsets of all entries except the first 64-bit numbers."""
        size = hashlib.new(self.algorithm).digest_size
        entries = sorted(self.entries, key=lambda entry: entry.id)
        wide = [entry.offset for entry in entries if large and entry.offset > _FIRST_ENTRY]
        return Index(
            algorithm=self.algorithm,
            ids=tuple(bytes.fromhex(entry.id) for entry in entries),
            crcs=tuple(entry.crc for entry in entries),
            offsets=tuple(_LARGE | wide.index(e.offset) if e.offset in wide else e.offset for e in entries),
            large=tuple(wide),
            pack_checksum=self.encode()[-size:],
        )

    def write(self, repository: Path, index: Index | bytes | None = None, name: str = "pack-test") -> Path:
        """Put the pack and an index into a bare repository, and return the path of the pack."""
        path = repository / "objects" / "pack" / f"{name}.pack"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.encode())
        table = self.index() if index is None else index
        path.with_suffix(".idx").write_bytes(table.encode() if isinstance(table, Index) else table)
        return path


@dataclass(frozen=True)
class Index:
    """An index of version 2.

    Args:
        algorithm: `sha1` or `sha256`.
        ids: Ids as bytes; in a valid index in ascending order.
        crcs: CRC-32 of each entry.
        offsets: Of each entry; above 2**31, the position in `large`.
        large: 64-bit offsets.
        pack_checksum: The last bytes of the pack.
        fan_out: How many ids begin with at most each byte; None: the true numbers.
    """

    algorithm: str
    ids: tuple[bytes, ...]
    crcs: tuple[int, ...]
    offsets: tuple[int, ...]
    large: tuple[int, ...]
    pack_checksum: bytes
    fan_out: tuple[int, ...] | None = None

    @property
    def true_fan_out(self) -> tuple[int, ...]:
        """The fan-out of a valid index."""
        counts = [0] * 256
        for identity in self.ids:
            counts[identity[0]] += 1
        return tuple(itertools.accumulate(counts))

    def encode(self) -> bytes:
        """The file."""
        numbers = (*(self.true_fan_out if self.fan_out is None else self.fan_out),)
        data = _INDEX_MAGIC + _words(numbers) + b"".join(self.ids) + _words(self.crcs) + _words(self.offsets)
        data += _words(self.large, 8) + self.pack_checksum
        return data + hashlib.new(self.algorithm, data).digest()


def _words(numbers: tuple[int, ...], width: int = 4) -> bytes:
    return b"".join(number.to_bytes(width, "big") for number in numbers)
