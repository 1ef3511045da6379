"""The memo: a cache of the matches in lines, for blobs that hold the same line.

The versions of a file share nearly all of their lines. The memo holds what the pattern matched, before the rule's
checks, since these see the whole blob.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable

    from beca_core.matching.windows import Span

Groups: TypeAlias = "dict[str, Span]"
"""The spans of the named groups of one match."""

LONGEST_LINE: Final = 4096
"""In bytes. Longer lines rarely occur twice, and would evict many short ones."""
DEFAULT_BYTES: Final = 16 * 1024 * 1024

_BYTES_OF_ENTRY: Final = 300
_BYTES_OF_MATCH: Final = 600


class Memo:
    """Cache the matches in lines, within a bound. Shared between threads.

    There are two generations. When the younger one is full, it replaces the older one, whose entries are evicted. An
    entry of the older one that is used moves to the younger one.

    Args:
        max_bytes: About how much memory both generations take together.
    """

    def __init__(self, max_bytes: int = DEFAULT_BYTES) -> None:
        self._max_bytes = max_bytes // 2
        self._young: dict[Hashable, tuple[Groups, ...]] = {}
        self._old: dict[Hashable, tuple[Groups, ...]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, key: Hashable, size: int) -> tuple[Groups, ...] | None:
        """Return the matches under a key, or None if they are not cached.

        Args:
            key: Everything that the matches depend on.
            size: Length of the line in it, in bytes.
        """
        matches = self._young.get(key)
        if matches is None and (matches := self._old.get(key)) is not None:
            self.put(key, size, matches)
        return matches

    def put(self, key: Hashable, size: int, matches: tuple[Groups, ...]) -> None:
        """Cache the matches in a line.

        Args:
            key: Everything that the matches depend on.
            size: Length of the line in it, in bytes.
            matches: The matches; offsets count from the beginning of the line.
        """
        cost = _BYTES_OF_ENTRY + size + _BYTES_OF_MATCH * len(matches)
        with self._lock:
            if self._bytes + cost > self._max_bytes:
                self._old, self._young, self._bytes = self._young, {}, 0
            if cost <= self._max_bytes:
                self._young[key] = matches
                self._bytes += cost
