"""Windows: the parts of a blob that RE2 searches, around what the prefilter reported.

A rule is matched in *lines*: between two line ends, or in the whole blob if the rule is `multiline`. A long line is
searched in *pieces* that overlap by the greatest length of a match. Lines and pieces depend on the blob alone; the
prefilter only decides which of them can be left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Span: TypeAlias = tuple[int, int]
"""Two byte offsets; the second one is exclusive."""

Ranges: TypeAlias = "list[Span]"
"""What the prefilter reported: ranges of offsets, sorted and disjoint, both ends included. Of the offsets from the one
after the first byte of a match to the one after its last byte, at least one is in a range."""

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
