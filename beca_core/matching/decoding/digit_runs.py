"""Runs of digits around an offset: where they begin and end, and which of their lines form a block.

A run may span several lines: with line ends, also escaped ones (`\\n`), with indentation, and in quoted strings that a
program concatenates. Lines of the same length form a block; its last line may be shorter.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from beca_core.matching.lines import Span

Surroundings: TypeAlias = "tuple[bytes, int, bool, bool]"

REACH: Final = 64 * 1024
"""Bytes of a run that are read before and after an offset."""

_OVERLAP: Final = 4096
_FIRST_STEP: Final = 256
_LONGEST_JOIN: Final = 128
_LEAST_WIDTH: Final = 32
_WIDTH_UNIT: Final = 4
LEAST_FORM: Final = 4
"""In digits: no encoded form of a literal is shorter."""
_USUAL_WIDTHS: Final = frozenset({64, 76})
"""Line widths of PEM (RFC 7468, section 2) and of MIME (RFC 2045, section 6.8)."""

_JOIN: Final = r"""
      [ \t]{0,8} (?:\\{1,4}r)? (?:\\{1,4}n|\r?\n) [ \t]{0,64}
    | ["'`] [ \t]{0,8} [+.&\\]? [ \t]{0,8} \r?\n [ \t]{0,64} [+.&]? [ \t]{0,8} ["'`]"""
_JOIN_REVERSED: Final = r"""
      [ \t]{0,64} (?:n\\{1,4}(?:r\\{1,4})?|\n\r?) [ \t]{0,8}
    | ["'`] [ \t]{0,8} [+.&]? [ \t]{0,64} \n\r? [ \t]{0,8} [+.&\\]? [ \t]{0,8} ["'`]"""
_LINE_ENDS_HERE: Final = lazy(rb"={0,2}[ \t]*+(?:\Z|[\r\n\"'`<),;]|\\)")


class DigitBlock(NamedTuple):
    """Lines of digits that are decoded together.

    Args:
        offsets: Byte offset of each stretch of digits in the text.
        counts: How many digits precede each stretch.
        digits: All digits.
        end: Byte offset after the last digit.
    """

    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    digits: bytes
    end: int

    def digits_before(self, at: int) -> int:
        """Return how many digits of the block precede an offset, which is just after a digit."""
        stretch = bisect_left(self.offsets, at) - 1
        return self.counts[stretch] + at - self.offsets[stretch]


class DigitRun:
    """A run of digits, read line by line.

    Args:
        data: The text.
        lines: Spans of the lines, in order.
        digits: The pattern of a stretch of digits.
        is_whole: Whether the run ends with the last line; False: it was cut there.
    """

    def __init__(self, data: bytes, lines: list[Span], digits: re.Pattern[bytes], *, is_whole: bool) -> None:
        self._data = data
        self._lines = lines
        self._digits = digits
        self._ends = [end for _, end in lines]
        self._complete_to = self._ends[-1] if is_whole else self._ends[-1] - _OVERLAP
        self._sizes = [end - begin - data.count(b"\\", begin, end) for begin, end in lines]
        self._groups = list(self._grouped())
        self._group_ends = [stop for _, stop in self._groups]
        self._blocks: dict[Span, DigitBlock] = {}

    def contains(self, at: int) -> bool:
        """Return whether an offset is in the run, and far enough from where it was cut."""
        return self._lines[0][0] < at <= self._complete_to

    def blocks(self, at: int) -> Iterator[DigitBlock]:
        """Yield the line at an offset on its own, and the block of several lines around it, if there is one.

        Lines of the same width may also be a list of separate values, so both are yielded. If the width is one at which
        programs wrap, they are not a list.

        Args:
            at: Byte offset after a digit.
        """
        line = bisect_left(self._ends, at)
        if self._lines[line][0] >= at:
            return
        first, stop = self._groups[bisect_left(self._group_ends, line + 1)]
        if stop - first == 1 or self._sizes[first] not in _USUAL_WIDTHS:
            yield self._block(line, line + 1)
        if stop - first > 1:
            yield self._block(first, stop)

    def _block(self, first: int, stop: int) -> DigitBlock:
        block = self._blocks.get((first, stop))
        if block is None:
            block = self._blocks[first, stop] = _read(self._data, self._lines[first:stop], self._digits)
        return block

    def _grouped(self) -> Iterator[Span]:
        """Yield the index ranges of lines that form a block."""
        first = 0
        sizes = self._sizes
        for line in range(1, len(sizes)):
            width = sizes[first]
            is_full = sizes[line - 1] == width and width >= _LEAST_WIDTH and width % _WIDTH_UNIT == 0
            if not (is_full and sizes[line] <= width and _LINE_ENDS_HERE.match(self._data, self._ends[line])):
                yield first, line
                first = line
        yield first, len(sizes)


class DigitRunReader:
    """Read runs of digits of one alphabet.

    Args:
        characters: The digits, as a pattern has them between brackets.
    """

    def __init__(self, characters: str) -> None:
        self._digits = lazy(f"[{characters}]++".encode())
        self._line = lazy(rf"(?x) (?P<join>{_JOIN}) | (?:[{characters}]++|\\(?=/))++".encode())
        self._forward = lazy(rf"(?x) (?: [{characters}]++ | \\(?=/) | {_JOIN} )*+".encode())
        self._tear = lazy(rf"(?<=[{characters}])(?<![\\{characters}]{{{_LEAST_WIDTH}}})\n".encode())
        self._backward = lazy(rf"(?x) (?: (?![nr]\\)[{characters}] | (?<=/)\\ | {_JOIN_REVERSED} )*+".encode())

    def around(self, data: bytes, at: int) -> DigitRun | None:
        """Return the run around an offset, at most `REACH` bytes of it on each side.

        Args:
            data: The text.
            at: Byte offset after a digit.
        """
        begin = self._begin(data, at)
        limit = min(at + REACH, len(data))
        end = self._end(data, at, limit)
        lines = self._lines(data, begin, end)
        if not lines or not lines[0][0] < at <= lines[-1][1]:
            return None
        return DigitRun(data, lines, self._digits, is_whole=end < limit or limit == len(data))

    def is_torn(self, data: bytes, at: int) -> bool:
        """Return whether a form begins in the line before, and that line is too short for this one to continue it.

        Where each line ends with `doc` and the next one begins with `l`, there is a form in each line, and no base64.

        Args:
            data: The text.
            at: Byte offset after the digits of the form.
        """
        return self._tear.search(data, max(at - LEAST_FORM, 0), at) is not None

    def near(self, data: bytes, at: int, enough: int) -> DigitBlock | None:
        """Return the digits near an offset, in whatever lines they are.

        Args:
            data: The text.
            at: Byte offset after a digit.
            enough: How many digits are needed before and after the offset, unless the run has fewer.

        Returns:
            The digits, or None if fewer are close by.
        """
        first, limit = _reach(data, at, enough)
        begin, end = at - self._length_before(data, first, at), self._end(data, at, limit)
        lines = self._lines(data, begin, end)
        if not any(line_begin < at <= line_end for line_begin, line_end in lines):
            return None
        block = _read(data, lines, self._digits)
        before = block.digits_before(at)
        is_cut_before = first > 0 and begin - first < _LONGEST_JOIN
        is_cut_after = limit < len(data) and limit - end < _LONGEST_JOIN
        if (is_cut_before and before < enough) or (is_cut_after and len(block.digits) - before < enough):
            return None
        return block

    def surroundings(self, data: bytes, at: int, enough: int) -> Surroundings:
        """Return the bytes around an offset as far as `near` looks at them: for the same it finds the same digits.

        With them come the offset in them, and whether they begin and end the text.
        """
        first, limit = _reach(data, at, enough)
        return data[first:limit], at - first, not first, limit == len(data)

    def _lines(self, data: bytes, begin: int, end: int) -> list[Span]:
        lines = [found.span() for found in self._line.finditer(data, begin, end) if not found["join"]]
        return [line for line in lines if self._digits.search(data, *line)]

    def _begin(self, data: bytes, at: int) -> int:
        """Search backwards, in steps that grow, so that a short run costs little."""
        size = _FIRST_STEP
        while True:
            begin = max(0, at - size)
            length = self._length_before(data, begin, at)
            if length < at - begin - _LONGEST_JOIN or begin == 0 or size >= REACH:
                return at - length
            size = min(size * 8, REACH)

    def _length_before(self, data: bytes, begin: int, at: int) -> int:
        found = self._backward.match(data[begin:at][::-1])
        return found.end() if found else 0

    def _end(self, data: bytes, at: int, limit: int) -> int:
        found = self._forward.match(data, at, limit)
        return found.end() if found else at


def _reach(data: bytes, at: int, enough: int) -> Span:
    """Return the span in which `DigitRunReader.near` looks for digits."""
    reach = 2 * enough + _LONGEST_JOIN
    return max(0, at - reach), min(at + reach, len(data))


def _read(data: bytes, lines: list[Span], digits: re.Pattern[bytes]) -> DigitBlock:
    stretches = [found.span() for line in lines for found in digits.finditer(data, *line)]
    sizes = [end - begin for begin, end in stretches]
    text = b"".join(data[begin:end] for begin, end in stretches)
    offsets = tuple(begin for begin, _ in stretches)
    return DigitBlock(offsets, tuple(accumulate(sizes[:-1], initial=0)), text, stretches[-1][1])
