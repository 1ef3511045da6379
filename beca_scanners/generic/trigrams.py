"""How much a text looks like words: the probabilities of its trigrams in words of source code and prose.

The table is counted by `tests/benchmarks/fitting/count_trigrams.py` in the words of Python's standard library. It has a
byte for each trigram of 28 symbols: the letters without their case, one symbol for all digits, one for everything else.
A byte is the logarithm of a probability: that of the third symbol after the two before it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

TABLE_NAME: Final = "trigrams.bin"
SYMBOLS: Final = 28
STEPS_A_BIT: Final = 16
"""A byte of the table counts so many steps to a bit of information."""
OTHER: Final = 0
DIGIT: Final = 1
_FIRST_LETTER: Final = 2

TO_SYMBOL: Final = bytes(
    byte - 97 + _FIRST_LETTER
    if 97 <= byte <= 122
    else byte - 65 + _FIRST_LETTER
    if 65 <= byte <= 90
    else DIGIT
    if 48 <= byte <= 57
    else OTHER
    for byte in range(256)
)
"""The symbol of each byte."""


def surprise(text: bytes) -> float:
    """Return how surprising a text is, in bits per character: about 3 for words, about 5 for random letters.

    Args:
        text: The text; it counts as surrounded by something that is neither a letter nor a digit.
    """
    if not text:
        return 0.0
    table = _table()
    symbols = bytes((OTHER, *text.translate(TO_SYMBOL), OTHER))
    pair = symbols[0] * SYMBOLS + symbols[1]
    total = 0
    for symbol in symbols[2:]:
        total += table[pair * SYMBOLS + symbol]
        pair = pair % SYMBOLS * SYMBOLS + symbol
    return total / (len(symbols) - 2) / STEPS_A_BIT


@cache
def _table() -> bytes:
    return Path(__file__).with_name(TABLE_NAME).read_bytes()
