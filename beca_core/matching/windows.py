"""Which parts of a blob are read again where the prefilter saw something.

A rule looks for its matches in *lines*: between two line ends, or in the whole blob where the rule is `multiline`.
A line that is long is read in *pieces* which overlap by the greatest length of a match. Lines and pieces depend on
the blob alone; what the prefilter saw only says which of them can be left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Span: TypeAlias = tuple[int, int]
"""Two byte offsets, the second one exclusive."""

Ranges: TypeAlias = "list[Span]"
"""What a prefilter saw: ranges of offsets, sorted and apart, both ends included. Of the offsets from behind a match's
first byte to behind its last, at least one lies in a range."""

_PIECE_IN_MATCHES: Final = 4


class Line(NamedTuple):
    """A stretch of a blob, line ends not included."""

    begin: int
    end: int


class Piece(NamedTuple):
    """A part of a line that is searched at once.

    Args:
        begin: Where it begins.
        end: Where it ends.
        stop: Matches that begin here or later are left to the next piece.
    """

    begin: int
    end: int
    stop: int


def lines(data: bytes, ranges: Ranges) -> Iterator[tuple[Line, Ranges]]:
    """Yield the lines that were seen to hold something, with what was seen in each.

    A line end counts to both of its lines.
    """
    begin, end = 0, -1
    seen: Ranges = []
    for sighting in ranges:
        first, last = sighting
        if first - 1 > end:
            if seen:
                yield Line(begin, end), seen
            begin = data.rfind(b"\n", max(end, 0), first - 1) + 1
            end, seen = _line_end(data, first - 1), []
        seen.append(sighting)
        while end < last:
            yield Line(begin, end), seen
            begin, end, seen = end + 1, _line_end(data, end + 1), [sighting]
    if seen:
        yield Line(begin, end), seen


def _line_end(data: bytes, begin: int) -> int:
    end = data.find(b"\n", begin)
    return end if end >= 0 else len(data)


def pieces(begin: int, end: int, ranges: Ranges, max_bytes: int) -> Iterator[Piece]:
    """Yield the pieces of a line that were seen to hold something.

    Args:
        begin: Where the line begins.
        end: Where it ends.
        ranges: What was seen in the line.
        max_bytes: No match is longer than this.
    """
    size = _PIECE_IN_MATCHES * max_bytes
    if ranges and begin + size >= end:
        yield Piece(begin, end, end)
        return
    step = size - max_bytes
    next_piece = 0
    for first, last in ranges:
        earliest = -((begin + size - first) // step)
        for number in range(max(next_piece, earliest), (last - 1 - begin) // step + 1):
            piece_begin = begin + number * step
            piece_end = piece_begin + size
            if piece_end >= end:
                yield Piece(piece_begin, end, end)
                return
            yield Piece(piece_begin, piece_end, piece_end - max_bytes)
            next_piece = number + 1
