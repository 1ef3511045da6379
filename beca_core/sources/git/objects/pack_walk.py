"""Walking a family of deltas: the base first, then what rests on it, each entry inflated once."""

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
"""An entry, the content on which it rests, and whether no other waits for that."""


class _DamagedEntry(Exception):
    """Raised when an entry is not what its header and the index say, or larger than what may be read."""


class FamilyWalk:
    """Reads families of one pack, one after the other.

    Of a family of n entries at most log2(n) contents wait while one is in use: the heaviest branch comes last, and its
    base is let go then. Together they take at most 64 MiB; a branch whose base would not fit is left to git.

    Args:
        forest: The pack.
        file: Descriptor of the open `.pack` file.
        roots: Entries that rest on no other, from which the families grow.
        max_bytes: Larger objects are left to git.

    Attributes:
        given_up: Entries that are left to git, because they are damaged or too large, or rest on one that is.
    """

    def __init__(self, forest: Forest, file: int, roots: Sequence[int], max_bytes: int) -> None:
        self._forest = forest
        self._file = file
        self._max_bytes = max_bytes
        self._held = 0
        self.given_up: list[int] = []
        self._waiting: list[_Step] = [(root, None, True) for root in reversed(roots)]

    def contents(self) -> Iterator[tuple[int, bytes]]:
        """Yield each entry with its content, but for those that are given up."""
        waiting, child = self._waiting, self._forest.child
        read = self._reader()
        while waiting:
            entry, base, is_last = waiting.pop()
            if is_last and base is not None:
                self._held -= len(base)
            try:
                content = read(entry, base)
            except (_DamagedEntry, WrongSize, InflateError, ApplyDeltaError, IndexError, MemoryError, OSError):
                self.given_up += self._forest.descent(entry)
                continue
            if child[entry] >= 0:
                self._add_children(entry, content)
            yield entry, content

    def left(self) -> list[int]:
        """Return the entries that `contents` has not yet come to."""
        return [member for entry, _, _ in self._waiting for member in self._forest.descent(entry)]

    def _add_children(self, entry: int, content: bytes) -> None:
        """Put what rests on an entry where it waits, and give up what would take too much."""
        forest = self._forest
        children = forest.children(entry)
        if self._held + len(content) > _HELD_BYTES:
            self.given_up += [lost for child in children[1:] for lost in forest.descent(child)]
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
    """Read how large the result of a delta is; that number is the second one at its beginning."""
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
