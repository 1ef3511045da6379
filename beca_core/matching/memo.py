"""The memo: what a pattern matched in a line is looked up when another blob holds the same line.

The history of a file is the same lines again and again. Only what the pattern matched is kept here, never what a rule's
checks made of it: these see the whole blob.
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
"""Longer lines, in bytes, are seldom seen twice and would push out many short ones."""
DEFAULT_BYTES: Final = 16 * 1024 * 1024

_BYTES_OF_ENTRY: Final = 300
_BYTES_OF_MATCH: Final = 600


class Memo:
    """Remember the matches in lines, within a bound. Shared between threads.

    Two generations: when the younger one is full, it becomes the older one, and what that held is forgotten. What is
    looked up in the older one is taken over into the younger one.

    Args:
        max_bytes: About how much memory both take together.
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
        """Return what was kept under a key, or None.

        Args:
            key: Whatever the matches depend on.
            size: Length of the line in it, in bytes.
        """
        matches = self._young.get(key)
        if matches is None and (matches := self._old.get(key)) is not None:
            self.put(key, size, matches)
        return matches

    def put(self, key: Hashable, size: int, matches: tuple[Groups, ...]) -> None:
        """Keep the matches in a line.

        Args:
            key: Whatever the matches depend on.
            size: Length of the line in it, in bytes.
            matches: The matches; offsets count from the line's beginning.
        """
        cost = _BYTES_OF_ENTRY + size + _BYTES_OF_MATCH * len(matches)
        with self._lock:
            if self._bytes + cost > self._max_bytes:
                self._old, self._young, self._bytes = self._young, {}, 0
            if cost <= self._max_bytes:
                self._young[key] = matches
                self._bytes += cost
