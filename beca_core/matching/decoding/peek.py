"""A peek of what digits decode to, before all of their run is read and decoded.

Encoded forms of short strings turn up in random data by chance: in the base64 of an image about every 100 KB. To read
the run around such a place takes a hundred times as long as to decode the few digits next to it, which show that the
string is not there, or that what a rule wants to follow does not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.matching.decoding.decoded import Decoding
    from beca_core.matching.decoding.digit_runs import DigitBlock, DigitRunReader

_STILL_ENCODED: Final = re.compile(rb"(?:[^\0]\0){3}|%[0-9A-Fa-f]{2}|\\[ux]")
"""UTF-16, of which decoding does not show the characters where there is little of it; and escapes."""


class Digits(NamedTuple):
    """One kind of digits.

    Args:
        reader: Reads runs of them.
        decode: Yields what a block decodes to, without so many digits at its beginning.
        phases: So many digits are decoded together.
    """

    reader: DigitRunReader
    decode: Callable[[DigitBlock, int], Iterator[Decoding]]
    phases: int

    def skipped(self, block: DigitBlock, at: int, phase: int) -> int:
        """Return how many digits at the beginning of a block are not decoded.

        Args:
            block: The block.
            at: Byte offset behind a digit in it.
            phase: How many digits stand before that offset, counted from where a group begins.
        """
        return (block.digits_before(at) - phase) % self.phases


class Peek:
    """Tells whether a run of digits is worth decoding. Shared between threads.

    Args:
        sees: Says whether anything that is looked for may be in a text, or in what that decodes to.
        enough: So many digits show any of that.
    """

    def __init__(self, sees: Callable[[bytes], bool], enough: int) -> None:
        self._sees = sees
        self._enough = enough

    def may_hold(self, data: bytes, at: int, phase: int, digits: Digits) -> bool:
        """Say whether what was seen of something encoded may be just that.

        Args:
            data: The text.
            at: Byte offset behind the digits that were seen.
            phase: As for `Digits.skipped`.
            digits: The kind of digits.
        """
        block = digits.reader.close_to(data, at, self._enough)
        return block is None or any(
            self._sees(decoding.data) or _STILL_ENCODED.search(decoding.data)
            for decoding in digits.decode(block, digits.skipped(block, at, phase))
        )
