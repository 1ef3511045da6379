"""Hexadecimal digits (RFC 4648, section 8), all in lower or all in upper case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.matching.decoding.decoded import Decoding, DigitAlignment
from beca_core.matching.decoding.digit_runs import DigitRunReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.matching.decoding.digit_runs import DigitBlock

NAME: Final = "hex"
PHASES: Final = 2
READER: Final = DigitRunReader("A-Fa-f0-9")

_LEAST_DIGITS: Final = 24


def hex_forms(text: bytes) -> frozenset[bytes]:
    """Return a text in hexadecimal digits."""
    return frozenset({text.hex().encode(), text.hex().upper().encode()})


def decode_hex(block: DigitBlock, skipped: int) -> Iterator[Decoding]:
    """Yield what digits decode to.

    Args:
        block: The digits.
        skipped: How many of them precede the first pair; 0 or 1.
    """
    digits = block.digits[skipped:]
    if len(digits) < _LEAST_DIGITS:
        return
    data = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    alignment = DigitAlignment(4, skipped, block.offsets, block.counts)
    yield Decoding(NAME, block.offsets[0], block.end, data, alignment)
