"""`Decoding`: a decoded part of a text, and the span of each decoded byte in the text."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.matching.lines import Span


class Alignment(Protocol):
    """Maps decoded bytes to the encoded text."""

    def locate(self, begin: int, end: int) -> Span:
        """Return the smallest span of the encoded text that encodes some decoded bytes."""


class Decoding(NamedTuple):
    """A part of a text, decoded.

    Args:
        name: Name of the encoding, as findings show it.
        begin: Byte offset of the encoded part in the text.
        end: Byte offset after it.
        data: The decoded bytes.
        alignment: Maps the decoded bytes to the text.
    """

    name: str
    begin: int
    end: int
    data: bytes
    alignment: Alignment

    def locate(self, begin: int, end: int) -> Span:
        """Return the smallest span of the text that encodes some decoded bytes.

        Args:
            begin: Offset of the first one in `data`.
            end: Offset after the last one, greater than `begin`.
        """
        return self.alignment.locate(begin, end)


class DigitAlignment(NamedTuple):
    """Digits of a fixed number of bits each, in stretches that other bytes separate.

    Args:
        bits: Bits of one digit.
        skipped: Digits before the first decoded byte.
        offsets: Byte offset of each stretch in the text.
        counts: How many digits precede each stretch.
        unit: Size of a unit in bytes, of which the first is kept: 1, or 2 for UTF-16.
        shift: Bytes that are dropped before the first unit.
    """

    bits: int
    skipped: int
    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    unit: int = 1
    shift: int = 0

    def locate(self, begin: int, end: int) -> Span:
        """Return the span from the digit of the first bit to the digit of the last bit."""
        first_bit = 8 * (begin * self.unit + self.shift)
        last_bit = 8 * (end * self.unit + self.shift) - 1
        return self._offset(first_bit // self.bits), self._offset(last_bit // self.bits) + 1

    def _offset(self, digit: int) -> int:
        digit += self.skipped
        stretch = bisect_right(self.counts, digit) - 1
        return self.offsets[stretch] + digit - self.counts[stretch]


class EscapeAlignment:
    """Text in which some characters are written as escapes: pieces of plain text alternate with escapes.

    Args:
        begin: Byte offset of the first piece in the text.
        encoded: The pieces as they are in the text: plain text at even indexes, escapes at odd ones.
        decoded: What each piece decodes to; not empty for an escape.
    """

    def __init__(self, begin: int, encoded: Sequence[bytes], decoded: Sequence[bytes]) -> None:
        self._begin = begin
        self._encoded = encoded
        self._decoded = decoded

    def locate(self, begin: int, end: int) -> Span:
        """Return the span, which never splits an escape."""
        return self._span(begin)[0], self._span(end - 1)[1]

    def _span(self, offset: int) -> Span:
        decoded, encoded = self._offsets
        piece = bisect_right(decoded, offset) - 1
        if piece % 2:
            return encoded[piece], encoded[piece + 1]
        at = encoded[piece] + offset - decoded[piece]
        return at, at + 1

    @cached_property
    def _offsets(self) -> tuple[list[int], list[int]]:
        """Where each piece begins, decoded and in the text; computed on demand, since most texts hold no secret."""
        return (
            list(accumulate(map(len, self._decoded), initial=0)),
            list(accumulate(map(len, self._encoded), initial=self._begin)),
        )
