"""`Novelty`: what a content has that the content does not have from which git stored it as a difference (delta).

A history holds each file many times over, and two versions of it differ in a few lines. If something is not in one
version, it can only be in the next one where that is new: in what the delta inserts, and where it joins pieces that
were apart. So `Novelty` says where that is, and has a place to note what a version does not hold.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

HAS_NOVELTY: Final = 2048
"""In bytes: how a smaller content differs from its base is not worth remembering."""
WORTH_IT: Final = 16 * 1024
"""In bytes: a smaller content is scanned faster than its delta is parsed."""

_BYTES_A_PIECE: Final = 2048
"""So many bytes are scanned about twice as fast as one instruction of a delta is parsed."""
_BYTES_OF_A_PIECE: Final = 128
"""A delta with more bytes than so many for each piece probably has too many pieces."""
_NEAR: Final = 2048
"""Windows that are so close together become one."""
_BYTES_OF_A_JOINT: Final = 256
"""Where pieces are smaller than this, splitting the whole content into lines takes less time than parsing its delta."""
_FEW_LINES: Final = 128
"""In bytes: with so few between them, two windows of lines become one."""
_COPY: Final = 0x80
_OFFSET_BITS: Final = 0x0F
_WHOLE: Final = 0x10000
"""What a copy without a size copies, in bytes."""
_OFFSET_BYTES: Final = tuple((code & _OFFSET_BITS).bit_count() for code in range(256))
_ARGUMENT_BYTES: Final = tuple((code & ~_COPY).bit_count() for code in range(256))
_SIZE_BITS: Final = tuple(code >> 4 & 7 for code in range(256))


class NewLines(NamedTuple):
    """Which lines of a content are new, and where some lines of its base are in it. A line is without its line ends.

    Args:
        windows: The spans of whole lines in which all is that is new, sorted and disjoint; the first and the last line
            of the content are always among them.
        moved: The number of each of the lines of the base that the content has, as often as it has it, and where it
            begins there, in any order; it may be in a window too.
    """

    windows: list[tuple[int, int]]
    moved: list[tuple[int, int]]


class Verdict:
    """What is known about a content.

    Attributes:
        absent: A set of bits: what is known not to be in it. What each of them means is decided by who looks; none is
            set until somebody has looked.
        lines: What is known about some of its lines: where each begins, where it ends, and something that whoever looks
            knows about it, in order; None: nobody has looked at its lines.
    """

    __slots__ = ("absent", "lines")

    def __init__(self) -> None:
        self.absent = 0
        self.lines: Sequence[tuple[int, int, Any]] | None = None


class Novelty:
    """How a content differs from its base.

    It holds the delta and not the base, so it keeps no content in memory.

    Args:
        base: What is known about the base; None: the content has none.
        delta: The delta, which has been applied without an error; see "Deltified representation" in gitformat-pack(5).

    Attributes:
        verdict: What is known about the content itself; to be filled in by who looks.
        base: As given.
    """

    __slots__ = ("_delta", "base", "verdict")

    def __init__(self, base: Verdict | None = None, delta: bytes = b"") -> None:
        self.verdict = Verdict()
        self.base = base
        self._delta = delta

    def windows(self, data: bytes, margin: int) -> list[tuple[int, int]] | None:
        """Return the spans of a content in which everything is that the base may not have.

        Whatever is in the content and is at most `margin` bytes long is in one of the spans as a whole, or also in the
        base with the same `margin` bytes around it, or with the same end of the content where that is closer.

        Args:
            data: The content.
            margin: How far each span reaches beyond what is new, in bytes. The two ends of the content count as new.

        Returns:
            The spans, sorted and disjoint; None: there is no base, or looking at the whole content takes no longer.
        """
        size, delta = len(data), self._delta
        most = size // _BYTES_A_PIECE
        if self.base is None or size < WORTH_IT or len(delta) > _BYTES_OF_A_PIECE * most:
            return None
        found: list[tuple[int, int]] = []
        begin, end = 0, margin
        at, last = _after_sizes(delta), len(delta)
        offset = pieces = 0
        while at < last:
            code = delta[at]
            at += 1
            pieces += 1
            first = offset
            if code >= _COPY:
                stop = at + _ARGUMENT_BYTES[code]
                offset += _size(_SIZE_BITS[code], delta, at + _OFFSET_BYTES[code], stop)
                at = stop
                first = offset  # only where it ends, since where it begins something else ends
            else:
                offset += code
                at += code
            if first - margin <= end + _NEAR:
                end = offset + margin
            else:
                found.append((begin, end))
                begin, end = first - margin, offset + margin
            if pieces > most:
                return None
        if offset != size:
            return None
        found.append((begin, size))
        return found

    def new_lines(self, data: bytes, known: Sequence[tuple[int, int, object]], longest: int) -> NewLines | None:
        """Return which lines of a content are new, and where it has some lines of its base.

        A line is not new if a piece that the delta copies holds it with the line ends on both sides of it.

        Args:
            data: The content.
            known: Lines of the base: where each begins and ends, in order.
            longest: Return None if a line that is longer, in bytes, is new.

        Returns:
            The lines; None: there is no base, or looking at all lines takes no longer.
        """
        size, delta = len(data), self._delta
        pieces = size // _BYTES_OF_A_JOINT
        if self.base is None or not pieces:
            return None
        windows: list[tuple[int, int]] = []
        moved: list[tuple[int, int]] = []
        begins = [line[0] for line in known]
        count = len(begins)
        find, sizes, arguments = data.find, _OFFSET_BYTES, _ARGUMENT_BYTES
        begin, end = 0, find(b"\n", 0, longest + 1)
        if end < 0 and size <= longest:
            end = size
        at, last, offset = _after_sizes(delta), len(delta), 0
        near = end + _FEW_LINES
        while at < last:
            code = delta[at]
            at += 1
            if code < _COPY:
                first = offset
                offset += code
                at += code
            else:
                after, stop = at + sizes[code], at + arguments[code]
                bits = code >> 4 & 7
                if bits == 1:
                    copied = delta[after]
                elif bits == 3:
                    copied = delta[after] | delta[after + 1] << 8
                else:
                    copied = _number(bits, delta, after, stop) or _WHOLE
                if count:
                    source = _number(code & _OFFSET_BITS, delta, at, after)
                    number = bisect_right(begins, source)
                    while number < count and known[number][1] < source + copied:
                        moved.append((number, begins[number] - source + offset))
                        number += 1
                offset += copied
                first, at = offset, stop
            if first > near:
                if end < 0:
                    return None
                windows.append((begin, end))
                pieces -= 1
                lowest = max(first - longest - 1, 0)
                begin = data.rfind(b"\n", lowest, first) + 1
                if not pieces or (begin == 0 and lowest):
                    return None
                end = -1
            if offset > end:
                end = find(b"\n", offset, offset + longest + 1)
                if end < 0:
                    if offset + longest < size:
                        return None
                    end = size
                near = end + _FEW_LINES
        if offset != size or end < 0:
            return None
        windows.append((begin, end))
        return NewLines(windows, moved)


def _after_sizes(delta: bytes) -> int:
    """Return the offset of a delta's first instruction: after the sizes of the base and of the result."""
    at = 0
    for _ in range(2):
        while delta[at] >= _COPY:
            at += 1
        at += 1
    return at


def _size(bits: int, delta: bytes, at: int, stop: int) -> int:
    """Return how many bytes are copied."""
    return _number(bits, delta, at, stop) or _WHOLE


def _number(bits: int, delta: bytes, at: int, stop: int) -> int:
    """Return an argument of a copy: the bits say which of its bytes are given, the lowest first."""
    if not bits & bits + 1:  # all up to the highest one
        return int.from_bytes(delta[at:stop], "little")
    number = shift = 0
    while bits:
        if bits & 1:
            number |= delta[at] << shift
            at += 1
        bits >>= 1
        shift += 8
    return number
