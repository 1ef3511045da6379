"""`Decoding`: a decoded part of a text, and where each decoded byte stands in it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.matching.windows import Span


class Alignment(Protocol):
    """How decoded bytes and encoded text belong together."""

    def locate(self, begin: int, end: int) -> Span:
        """Return the smallest span of the encoded text that holds all of some decoded bytes."""


class Decoding(NamedTuple):
    """A part of a text, decoded.

    Args:
        name: Of the encoding, as findings show it.
        begin: Byte offset of the encoded part in the text.
        end: Byte offset behind it.
        data: What it decodes to.
        alignment: Where each byte of it comes from.
    """

    name: str
    begin: int
    end: int
    data: bytes
    alignment: Alignment

    def locate(self, begin: int, end: int) -> Span:
        """Return the smallest span of the text that holds all of some decoded bytes.

        Args:
            begin: Offset of the first one in `data`.
            end: Offset behind the last one, greater than `begin`.
        """
        return self.alignment.locate(begin, end)


class DigitAlignment(NamedTuple):
    """Digits that stand for a fixed number of bits each, in stretches with something else between them.

    Args:
        bits: Of one digit.
        skipped: Digits before the first decoded byte.
        offsets: Where each stretch begins in the text.
        counts: How many digits stand before each stretch.
        unit: Bytes, of which only the first one is kept: 1, or 2 for UTF-16.
        shift: Bytes left out before the first unit.
    """

    bits: int
    skipped: int
    offsets: tuple[int, ...]
    counts: tuple[int, ...]
    unit: int = 1
    shift: int = 0

    def locate(self, begin: int, end: int) -> Span:
        """Return the span from the first bit's digit to the last bit's."""
        first_bit = 8 * (begin * self.unit + self.shift)
        last_bit = 8 * (end * self.unit + self.shift) - 1
        return self._offset(first_bit // self.bits), self._offset(last_bit // self.bits) + 1

    def _offset(self, digit: int) -> int:
        digit += self.skipped
        stretch = bisect_right(self.counts, digit) - 1
        return self.offsets[stretch] + digit - self.counts[stretch]


class EscapeAlignment:
    """Text in which some characters are written as escapes: pieces of plain text and escapes in turn.

    Args:
        begin: Offset of the first piece in the text.
        encoded: The pieces as they stand in the text: plain text at even indexes, escapes at odd ones.
        decoded: What each of them decodes to; what an escape decodes to is not empty.
    """

    def __init__(self, begin: int, encoded: Sequence[bytes], decoded: Sequence[bytes]) -> None:
        self._begin = begin
        self._encoded = encoded
        self._decoded = decoded

    def locate(self, begin: int, end: int) -> Span:
        """Return the span; an escape counts as a whole."""
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
        """Where each piece begins, decoded and in the text; seldom needed, since most texts hold no secret."""
        return (
            list(accumulate(map(len, self._decoded), initial=0)),
            list(accumulate(map(len, self._encoded), initial=self._begin)),
        )
