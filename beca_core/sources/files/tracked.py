"""Which files git tracks: the paths in the index of a work tree (gitformat-index(5)), and nothing else of it."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_INDEX_BYTES: Final = 256 * 1024 * 1024

_SIGNATURE: Final = b"DIRC"
_VERSIONS: Final = (2, 3, 4)
_HEADER_BYTES: Final = 12
_STAT_BYTES: Final = 40
_EXTENDED: Final = 0x4000
_SPLIT_INDEX: Final = b"link"


class _Unreadable(ValueError):
    """Raised where the index is damaged, or does not hold all paths."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """The paths in an index, relative to the root of the work tree.

    Args:
        files: Those of files, links and submodules.
        directories: Those of the directories around them.
    """

    files: frozenset[bytes]
    directories: frozenset[bytes]

    def has_directory(self, path: bytes) -> bool:
        """Return whether there is anything tracked in a directory, or it is a submodule."""
        return path in self.directories or path in self.files


NOTHING_TRACKED: Final = Tracked(frozenset(), frozenset())


def read_tracked(index: Path) -> Tracked | None:
    """Return what an index names; without a file that is nothing. None: it cannot be read.

    Args:
        index: Path of the file `index` in a repository.
    """
    try:
        data = read_regular(index, MAX_INDEX_BYTES)
    except FileNotFoundError:
        return NOTHING_TRACKED
    except OSError:
        return None
    try:
        files = frozenset(_paths(data or b""))
    except (ValueError, struct.error, IndexError):
        return None
    return Tracked(files, frozenset(_directories(files)))


def _directories(files: frozenset[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for path in files:
        parent = path.rpartition(b"/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition(b"/")[0]
    return found


def _paths(data: bytes) -> Iterator[bytes]:
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != _SIGNATURE or version not in _VERSIONS:
        raise _Unreadable
    id_bytes = _id_bytes(data)
    at, path = _HEADER_BYTES, b""
    for _ in range(count):
        flags_at = at + _STAT_BYTES + id_bytes
        (flags,) = struct.unpack_from(">H", data, flags_at)
        path_at = flags_at + (4 if flags & _EXTENDED else 2)
        kept = 0
        if version == 4:
            dropped, path_at = _number(data, path_at)
            kept = len(path) - dropped
        end = data.index(b"\0", path_at)
        path = path[:kept] + data[path_at:end]
        yield path
        at = end + 1 if version == 4 else at + (end - at) // 8 * 8 + 8
    _refuse_split_index(data, at, len(data) - id_bytes)


def _id_bytes(data: bytes) -> int:
    """Return how long object ids are: the file ends with a hash of all before, by the function that makes these."""
    is_sha256 = hashlib.sha256(data[:-32]).digest() == data[-32:]
    return 32 if is_sha256 else 20


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of variable length, as offsets in packs are written, and return it with the offset behind it."""
    byte = data[at]
    number = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        number = (number + 1) << 7 | byte & 0x7F
    return number, at + 1


def _refuse_split_index(data: bytes, at: int, end: int) -> None:
    while at + 8 <= end:
        name, size = struct.unpack_from(">4sI", data, at)
        if name == _SPLIT_INDEX:
            raise _Unreadable
        at += 8 + size
