"""`Index`: what a repository tracks in its work tree, parsed from the file `.git/index`; see gitformat-index(5).

The file may be damaged or hostile. Paths in it are data: they are compared with what is on disk, and never opened.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

GITLINK: Final = 0o160000
"""Mode of an entry that names the commit of a submodule."""
_GITLINK_MODE: Final = GITLINK.to_bytes(4, "big")
DIRECTORY: Final = 0o040000
"""Mode of an entry that stands for a directory outside of a sparse checkout."""
_MAX_BYTES: Final = 256 * 1024 * 1024
_MAX_ENTRIES: Final = 1_000_000
_MAX_PATH_BYTES: Final = 256 * 1024 * 1024
"""Paths of version 4 share beginnings, so a small index can have long ones."""
_SIGNATURE: Final = b"DIRC"
_HEADER: Final = struct.Struct(">4sII")
_STAT: Final = struct.Struct(">10I")
_VERSIONS: Final = (2, 3, 4)
_EXTENDED: Final = 0x4000
_SPLIT: Final = b"link"
_TREE: Final = b"TREE"
_HASHES: Final = {20: "sha1", 32: "sha256"}


class UnsupportedIndex(Exception):
    """Raised when an index is damaged, too large, or in a format that is not read."""


class IndexEntry(NamedTuple):
    """A path that is tracked.

    Args:
        path: Relative to the root of the work tree.
        id: Binary id of the blob, or of the commit of a submodule.
        mode: As in a tree object.
        stage: 0, or from 1 to 3 for the sides of a merge that is not resolved.
        size: Size of the file in bytes, modulo 2**32, when it was compared with the blob.
        modified: When the file was changed, as seconds and nanoseconds, each modulo 2**32.
        changed: When the file or its attributes were changed, likewise.
    """

    path: bytes
    id: bytes
    mode: int
    stage: int
    size: int
    modified: tuple[int, int]
    changed: tuple[int, int]


class Index(NamedTuple):
    """What a repository tracks.

    Args:
        entries: In the order of their paths.
        tree: Binary id of the tree object that holds exactly these entries; None: not known.
        written: When the index was written, in nanoseconds: a file that was changed later may differ from its entry.
    """

    entries: tuple[IndexEntry, ...] = ()
    tree: bytes | None = None
    written: int = 0


def read_work_tree_index(file: Path, width: int) -> Index:
    """Read an index; a file that does not exist is an empty one.

    Args:
        file: The file `index` in the git directory of a work tree.
        width: Length of an object id, in bytes: 20 or 32.

    Raises:
        UnsupportedIndex: If it cannot be read.
    """
    try:
        data = read_regular(file, _MAX_BYTES)
        written = os.lstat(file).st_mtime_ns
    except FileNotFoundError:
        return Index()
    except OSError as error:
        raise UnsupportedIndex from error
    if data is None:
        raise UnsupportedIndex
    return parse_index(data, width)._replace(written=written)


def staged_paths(file: Path, width: int, wanted: Collection[bytes]) -> dict[bytes, list[bytes]]:
    """Return the paths in an index of each wanted blob that is there, by hexadecimal id.

    A repository without an index, or with one that cannot be read, has none.

    Args:
        file: The file `index` in a git directory.
        width: Length of an object id, in bytes: 20 or 32.
        wanted: Hexadecimal ids.
    """
    found: defaultdict[bytes, list[bytes]] = defaultdict(list)
    if wanted:
        try:
            index = read_work_tree_index(file, width)
        except UnsupportedIndex:
            return {}
        for entry in index.entries:
            blob_id = entry.id.hex().encode()
            if blob_id in wanted:
                found[blob_id].append(entry.path)
    return dict(found)


def gitlinks(file: Path | bytes) -> list[bytes]:
    """Return the paths of the submodules in an index; one that cannot be read has none."""
    try:
        data = read_regular(file, _MAX_BYTES)
    except OSError:
        return []
    if data is None or _GITLINK_MODE not in data:  # the usual case; parsing a large index is slow
        return []
    for width in _HASHES:
        with suppress(UnsupportedIndex):
            return list(
                dict.fromkeys(entry.path for entry in parse_index(data, width).entries if entry.mode == GITLINK)
            )
    return []


def parse_index(data: bytes, width: int) -> Index:
    """Parse the content of an index.

    Raises:
        UnsupportedIndex: If it is damaged, too large, split, or of an unknown version.
    """
    try:
        signature, version, count = _HEADER.unpack_from(data)
        if signature != _SIGNATURE or version not in _VERSIONS or count > _MAX_ENTRIES or not _is_sound(data, width):
            raise UnsupportedIndex
        parser = _Parser(data, width, version)
        entries = tuple(parser.entries(count))
        return Index(entries, parser.tree())
    except (struct.error, ValueError, IndexError) as error:
        raise UnsupportedIndex from error


def _is_sound(data: bytes, width: int) -> bool:
    """Check the hash at the end, which may be zeros."""
    trailer = data[-width:]
    return not any(trailer) or trailer == hashlib.new(_HASHES[width], memoryview(data)[:-width]).digest()


class _Parser:
    def __init__(self, data: bytes, width: int, version: int) -> None:
        self._data = data
        self._width = width
        self._version = version
        self._at = _HEADER.size
        self._end = len(data) - width

    def entries(self, count: int) -> Iterator[IndexEntry]:
        data, width = self._data, self._width
        path, path_bytes = b"", 0
        for _ in range(count):
            begin = self._at
            changed, changed_nanos, modified, nanos, _, _, mode, _, _, size = _STAT.unpack_from(data, begin)
            at = begin + _STAT.size
            object_id = data[at : at + width]
            flags = int.from_bytes(data[at + width : at + width + 2], "big")
            at += width + 2
            if flags & _EXTENDED:
                at += 2
            kept = b""
            if self._version == _VERSIONS[-1]:
                strip, at = _varint(data, at)
                if strip > len(path):
                    raise UnsupportedIndex
                kept = path[: len(path) - strip]
            end = data.index(b"\0", at, self._end)
            path = kept + data[at:end]
            path_bytes += len(path)
            if path_bytes > _MAX_PATH_BYTES:
                raise UnsupportedIndex
            self._at = end + 1
            if self._version != _VERSIONS[-1]:
                self._at = begin + (end - begin + 8) // 8 * 8
            stage = flags >> 12 & 3
            yield IndexEntry(path, object_id, mode, stage, size, (modified, nanos), (changed, changed_nanos))

    def tree(self) -> bytes | None:
        """Read the extensions, and return the id of the root in the cached trees."""
        tree = None
        while self._at < self._end:
            name = self._data[self._at : self._at + 4]
            size = int.from_bytes(self._data[self._at + 4 : self._at + 8], "big")
            content = self._data[self._at + 8 : self._at + 8 + size]
            self._at += 8 + size
            if self._at > self._end or (name == _SPLIT and any(content[: self._width])):
                raise UnsupportedIndex
            if name == _TREE:
                tree = self._root(content)
        return tree

    def _root(self, content: bytes) -> bytes | None:
        path, _, rest = content.partition(b"\0")
        counts, _, rest = rest.partition(b"\n")
        object_id = rest[: self._width]
        is_valid = not path and not counts.startswith(b"-") and len(object_id) == self._width
        return object_id if is_valid else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at an offset, and the offset after it; see "offset encoding" in gitformat-pack(5)."""
    byte = data[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        value = (value + 1) << 7 | byte & 0x7F
        if value > _MAX_PATH_BYTES:
            raise UnsupportedIndex
    return value, at + 1
