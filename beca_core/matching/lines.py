"""Lines: the parts of a blob that RE2 searches, around what the prefilter reported, and the matches in them.

A rule is matched in *lines*: between two line ends, or in the whole blob if the rule is `multiline`. A long line is
searched in *pieces* that overlap by the longest match that is found whole. Lines and pieces depend on the blob alone;
the prefilter only decides which of them can be left out.

The versions of a file share nearly all of their lines, so a memo caches the matches in lines. It holds what the pattern
matched, before the rule's checks, since these see the whole blob.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from beca_core.rules.rule import WHOLE_IN_MATCHES

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

Span: TypeAlias = tuple[int, int]
"""Two byte offsets; the second one is exclusive."""

Ranges: TypeAlias = "list[Span]"
"""What the prefilter reported: ranges of offsets, sorted and disjoint, both ends included. Of the offsets from the one
after the first byte of a match to the one after its last byte, at least one is in a range."""

PIECE_IN_MATCHES: Final = 2 * WHOLE_IN_MATCHES
"""Size of a piece, in `max_bytes` of the rule. A line that is not longer is searched at once."""

Groups: TypeAlias = "dict[str, Span]"
"""The spans of the named groups of one match."""

CUT: Final = ""
"""Name of an empty group at the end of a match that was cut, because it is too long; no group of a pattern has it."""

WINDOW_BYTES: Final = 1024 * 1024
"""How much of a whole content is searched at once, beside an overlap."""

LONGEST_LINE: Final = 4096
"""In bytes. Longer lines rarely occur twice, and would evict many short ones."""
MEMO_BYTES: Final = 16 * 1024 * 1024

_BYTES_OF_ENTRY: Final = 300
_BYTES_OF_MATCH: Final = 600


class Line(NamedTuple):
    """A stretch of a blob, line ends not included."""

    begin: int
    end: int


class Piece(NamedTuple):
    """A part of a line that is searched at once.

    Args:
        begin: Where it begins.
        end: Where it ends.
        stop: Matches that begin here or later belong to the next piece.
    """

    begin: int
    end: int
    stop: int


def lines(data: bytes, ranges: Ranges) -> Iterator[tuple[Line, Ranges]]:
    """Yield the lines that some ranges touch, each with its ranges.

    A line end belongs to both of its lines.
    """
    begin, end = 0, -1
    in_line: Ranges = []
    for span in ranges:
        first, last = span
        if first - 1 > end:
            if in_line:
                yield Line(begin, end), in_line
            begin = data.rfind(b"\n", max(end, 0), first - 1) + 1
            end, in_line = _line_end(data, first - 1), []
        in_line.append(span)
        while end < last:
            yield Line(begin, end), in_line
            begin, end, in_line = end + 1, _line_end(data, end + 1), [span]
    if in_line:
        yield Line(begin, end), in_line


def _line_end(data: bytes, begin: int) -> int:
    end = data.find(b"\n", begin)
    return end if end >= 0 else len(data)


def pieces(begin: int, end: int, ranges: Ranges, max_bytes: int) -> Iterator[Piece]:
    """Yield the pieces of a line that some ranges touch.

    Args:
        begin: Where the line begins.
        end: Where it ends.
        ranges: Ranges in the line.
        max_bytes: That of the rule.
    """
    size = PIECE_IN_MATCHES * max_bytes
    if ranges and begin + size >= end:
        yield Piece(begin, end, end)
        return
    overlap = WHOLE_IN_MATCHES * max_bytes
    step = size - overlap
    next_piece = 0
    for first, last in ranges:
        earliest = -((begin + size - first) // step)
        for number in range(max(next_piece, earliest), (last - 1 - begin) // step + 1):
            piece_begin = begin + number * step
            piece_end = piece_begin + size
            if piece_end >= end:
                yield Piece(piece_begin, end, end)
                return
            yield Piece(piece_begin, piece_end, piece_end - overlap)
            next_piece = number + 1


def pieces_cut_short(data: bytes, max_bytes: int, *, multiline: bool) -> Iterator[Piece]:
    """Yield the pieces of all lines that end before their line does: there a pattern may see an end that is none.

    Args:
        data: The blob.
        max_bytes: That of the rule.
        multiline: Whether the whole blob is one line.
    """
    size = PIECE_IN_MATCHES * max_bytes
    begin = 0
    while begin + size <= len(data):
        last = -1 if multiline else data.rfind(b"\n", begin, begin + size)
        if last >= 0:
            begin = last + 1
            continue
        end = len(data) if multiline else _line_end(data, begin)
        line_end = min(end + 1, len(data))
        yield from (
            piece for piece in pieces(begin - 1, line_end, [(begin + 1, line_end)], max_bytes) if piece.end < line_end
        )
        begin = end + 1


class Memo:
    """Cache the matches in lines, within a bound. Shared between threads.

    There are two generations. When the younger one is full, it replaces the older one, whose entries are evicted. An
    entry of the older one that is used moves to the younger one.

    Args:
        max_bytes: About how much memory both generations take together.
    """

    def __init__(self, max_bytes: int = MEMO_BYTES) -> None:
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
