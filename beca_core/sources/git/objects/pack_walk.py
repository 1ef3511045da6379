"""`FamilyWalk`: reading families of deltas, each base before its deltas, each entry inflated once."""

from __future__ import annotations

from os import pread
from typing import TYPE_CHECKING, Final, TypeAlias

from dulwich._pack import apply_delta  # type: ignore[import-not-found]  # `dulwich.pack` takes long to import
from dulwich.errors import ApplyDeltaError
from isal.isal_zlib import crc32

from beca_core.sources.git.objects.inflate import InflateError, WrongSize, inflate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from beca_core.sources.git.objects.pack_forest import Forest

_HELD_BYTES: Final = 64 * 1024 * 1024
_SLACK_BYTES: Final = 1024
_MAX_SHIFT: Final = 60
_Step: TypeAlias = "tuple[int, bytes | None, bool]"
"""An entry, the content of its base, and whether it is the last entry that needs that content."""


class _DamagedEntry(Exception):
    """Raised when an entry does not match its header or the index, or is too large."""


class FamilyWalk:
    """Reads families of one pack, one after the other.

    For a family of n entries, at most log2(n) contents are held in addition to the one in use: the heaviest branch is
    read last, and its base is released then. Together they take at most 64 MiB; a branch whose base would not fit is
    left to git.

    Args:
        forest: The pack.
        file: Descriptor of the open `.pack` file.
        roots: The root entry of each family.
        max_bytes: Larger objects are left to git.

    Attributes:
        left_to_git: Entries that are damaged or too large, or have such a base, direct or indirect.
    """

    def __init__(self, forest: Forest, file: int, roots: Sequence[int], max_bytes: int) -> None:
        self._forest = forest
        self._file = file
        self._max_bytes = max_bytes
        self._held = 0
        self.left_to_git: list[int] = []
        self._waiting: list[_Step] = [(root, None, True) for root in reversed(roots)]

    def contents(self) -> Iterator[tuple[int, bytes]]:
        """Yield each entry with its content, except those that are left to git."""
        waiting, child = self._waiting, self._forest.child
        read = self._reader()
        while waiting:
            entry, base, is_last = waiting.pop()
            if is_last and base is not None:
                self._held -= len(base)
            try:
                content = read(entry, base)
            except (_DamagedEntry, WrongSize, InflateError, ApplyDeltaError, IndexError, MemoryError, OSError):
                self.left_to_git += self._forest.descent(entry)
                continue
            if child[entry] >= 0:
                self._add_children(entry, content)
            yield entry, content

    def remaining(self) -> list[int]:
        """Return the entries that `contents` has not reached yet."""
        return [member for entry, _, _ in self._waiting for member in self._forest.descent(entry)]

    def _add_children(self, entry: int, content: bytes) -> None:
        """Queue the deltas on an entry, and leave to git those for which too much would have to be held."""
        forest = self._forest
        children = forest.children(entry)
        if self._held + len(content) > _HELD_BYTES:
            self.left_to_git += [member for child in children[1:] for member in forest.descent(child)]
            del children[1:]
        self._held += len(content)
        self._waiting += [(child, content, child == children[0]) for child in children]

    def _reader(self) -> Callable[[int, bytes | None], bytes]:
        """Return what reads, checks and inflates an entry, and applies it to its base if it is a delta."""
        starts, sizes, headers = self._forest.starts, self._forest.sizes, self._forest.headers
        crcs, positions = self._forest.index.crcs, self._forest.positions
        file, max_bytes = self._file, self._max_bytes

        def read(entry: int, base: bytes | None) -> bytes:
            size, start = sizes[entry], starts[entry]
            stored = starts[entry + 1] - start
            if size > max_bytes or stored > size + size // 1000 + _SLACK_BYTES:
                raise _DamagedEntry
            data = pread(file, stored, start)
            if crc32(data) != crcs[positions[entry]]:
                raise _DamagedEntry
            inflated = inflate(data[headers[entry] :], size)
            if base is None:
                return inflated
            if _result_size(inflated) > max_bytes:
                raise _DamagedEntry
            parts: list[bytes] = apply_delta(base, inflated)
            return parts[0] if len(parts) == 1 else b"".join(parts)

        return read


def _result_size(delta: bytes) -> int:
    """Return the size of a delta's result: the second number in the delta; see gitformat-pack(5)."""
    at = 0
    while delta[at] & 128:
        at += 1
    at += 1
    size = shift = 0
    while (byte := delta[at]) & 128 and shift < _MAX_SHIFT:
        size |= (byte & 127) << shift
        shift += 7
        at += 1
    return size | (byte & 127) << shift
