"""A peek at what a few digits decode to, before their whole run is read and decoded.

Encoded forms of short strings occur in random data by chance: in the base64 of an image about every 100 KB. Reading the
run around such an offset takes a hundred times as long as decoding the few digits next to it. These show that the
string is not there, or that the bytes which must follow it are not.

The versions of a file share most of their digits. So the digits that were found not to be worth it are remembered with
the bytes around them, and are not decoded again in the next version.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.matching.decoding.decoded import Decoding
    from beca_core.matching.decoding.digit_runs import DigitBlock, DigitRunReader
    from beca_core.matching.lines import Memo

_STILL_ENCODED: Final = re.compile(rb"(?:[^\0]\0){3}|%[0-9A-Fa-f]{2}|\\[ux]")
"""UTF-16, which is too short here for its characters to be decoded, and escapes."""


class DigitEncoding(NamedTuple):
    """An encoding in digits.

    Args:
        reader: Reads runs of its digits.
        decode: Yields what a block decodes to after a number of digits is skipped.
        phases: How many digits form a group.
    """

    reader: DigitRunReader
    decode: Callable[[DigitBlock, int], Iterator[Decoding]]
    phases: int

    def skipped(self, block: DigitBlock, at: int, phase: int) -> int:
        """Return how many digits at the beginning of a block precede its first group.

        Args:
            block: The block.
            at: Byte offset after a digit in it.
            phase: How many digits of a group precede that offset.
        """
        return (block.digits_before(at) - phase) % self.phases


class Peek:
    """Decides whether a run of digits is worth decoding. Shared between threads.

    Args:
        reports_anything: Returns whether the prefilter reports anything in a text.
        enough: How many digits encode any literal in full.
        memo: Remembers the digits that are not worth decoding; None: they are looked at each time.
    """

    def __init__(self, reports_anything: Callable[[bytes], bool], enough: int, memo: Memo | None = None) -> None:
        self._reports_anything = reports_anything
        self._enough = enough
        self._memo = memo

    def is_worth_decoding(self, data: bytes, at: int, phase: int, encoding: DigitEncoding) -> bool:
        """Return whether the digits around a form may encode what is looked for.

        Args:
            data: The text.
            at: Byte offset after the digits of the form.
            phase: As for `DigitEncoding.skipped`.
            encoding: The encoding.
        """
        if self._memo is None:
            return self._is_worth_decoding(data, at, phase, encoding)
        around = encoding.reader.surroundings(data, at, self._enough)
        size, key = len(around[0]), (around, phase, encoding.phases)
        if self._memo.get(key, size) is not None:
            return False
        is_worth_it = self._is_worth_decoding(data, at, phase, encoding)
        if not is_worth_it:
            self._memo.put(key, size, ())
        return is_worth_it

    def _is_worth_decoding(self, data: bytes, at: int, phase: int, encoding: DigitEncoding) -> bool:
        block = encoding.reader.near(data, at, self._enough)
        return block is None or any(
            self._reports_anything(decoding.data) or _STILL_ENCODED.search(decoding.data)
            for decoding in encoding.decode(block, encoding.skipped(block, at, phase))
        )
