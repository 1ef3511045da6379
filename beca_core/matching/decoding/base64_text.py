"""Base64 (RFC 4648): the standard and the URL-safe alphabet, padded or not, in one line or wrapped.

Base64 of UTF-16, which PowerShell uses, is decoded to text too.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final

from beca_core.matching.decoding.decoded import Decoding, DigitAlignment
from beca_core.matching.decoding.digit_runs import DigitRunReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.matching.decoding.digit_runs import DigitBlock

NAME: Final = "base64"
PHASES: Final = 4
READER: Final = DigitRunReader("A-Za-z0-9+/_-")

LEAST_DIGITS: Final = 16
_SHORTEST_FORM: Final = 4
_UTF16_SHARE: Final = 0.5
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")


def base64_forms(text: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the digits that a text has in any context, for each offset that it may have within a group of three bytes.

    Args:
        text: At least three bytes.

    Yields:
        Digits, and the offset of their end, in digits from the beginning of a group of four.
    """
    for before in range(3):
        first, stop = -(-8 * before // 6), 8 * (before + len(text)) // 6
        if stop - first >= _SHORTEST_FORM:
            yield from _in_both_alphabets(binascii.b2a_base64(bytes(before) + text + bytes(2))[first:stop], stop)
        elif before == 1:
            for digits in sorted({binascii.b2a_base64(bytes([byte]) + text)[first - 1 : stop] for byte in range(256)}):
                yield from _in_both_alphabets(digits, stop)
        else:
            heads = {binascii.b2a_base64(bytes(before) + text + bytes([byte])) for byte in range(256)}
            for digits in sorted({head[first : stop + 1] for head in heads}):
                yield from _in_both_alphabets(digits, stop + 1)


def _in_both_alphabets(digits: bytes, stop: int) -> Iterator[tuple[bytes, int]]:
    yield digits, stop
    if (for_url := digits.translate(_TO_URL)) != digits:
        yield for_url, stop


def decode_base64(block: DigitBlock, skipped: int) -> Iterator[Decoding]:
    """Yield what digits decode to; if that is UTF-16, also the low bytes of its characters.

    Args:
        block: The digits.
        skipped: How many of them precede the first group of four; less than four.
    """
    digits = block.digits[skipped:]
    if len(digits) < LEAST_DIGITS:
        return
    digits = digits[: len(digits) - (len(digits) % 4 == 1)].translate(_TO_STANDARD)
    data = binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
    yield _decoding(block, skipped, data)
    for shift in (0, 1):
        high = data[shift + 1 :: 2]
        if high and high.count(0) > len(high) * _UTF16_SHARE:
            yield _decoding(block, skipped, data[shift::2][: len(high)], 2, shift)


def _decoding(block: DigitBlock, skipped: int, data: bytes, unit: int = 1, shift: int = 0) -> Decoding:
    alignment = DigitAlignment(6, skipped, block.offsets, block.counts, unit, shift)
    return Decoding(NAME, block.offsets[0], block.end, data, alignment)
