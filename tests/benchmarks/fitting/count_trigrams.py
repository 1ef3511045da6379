"""Counts the table of trigrams that `beca_scanners.generic.trigrams` reads: `python count_trigrams.py`.

It reads the sources of the standard library of the Python that runs it, and the word lists of `beca_core`. A word
counts by the logarithm of how often it occurs, so that a frequent one does not decide alone.
"""

from __future__ import annotations

import math
import re
import sysconfig
from collections import Counter
from pathlib import Path

import beca_core
from beca_scanners.generic.trigrams import OTHER, STEPS_A_BIT, SYMBOLS, TABLE_NAME, TO_SYMBOL
from beca_scanners.generic.trigrams import __file__ as module

_WORD = re.compile(rb"[0-9A-Za-z]+")
_CAMEL = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST = 24
_UNSEEN = 0.02
_MOST_BITS = 15.9


def words_of(paths: list[Path]) -> Counter[bytes]:
    """Count the words of some files, in lower case; what is long is data."""
    counts: Counter[bytes] = Counter()
    for path in paths:
        for found in _WORD.findall(path.read_bytes()):
            if len(found) <= _LONGEST:
                pieces = _CAMEL.findall(found)
                counts.update(piece.lower() for piece in pieces)
                if len(pieces) > 1:
                    counts[found.lower()] += 1
    return counts


def table_of(counts: Counter[bytes]) -> bytes:
    """Return the table of some words."""
    trigrams = [_UNSEEN] * SYMBOLS**3
    for word, count in counts.items():
        if len(word) < 2 or (word.isdigit() and count < 50):
            continue
        weight = math.log2(1 + count)
        symbols = bytes((OTHER, *word.translate(TO_SYMBOL), OTHER))
        for first, second, third in zip(symbols, symbols[1:], symbols[2:], strict=False):
            trigrams[(first * SYMBOLS + second) * SYMBOLS + third] += weight
    table = bytearray()
    for begin in range(0, len(trigrams), SYMBOLS):
        row = trigrams[begin : begin + SYMBOLS]
        table += bytes(round(min(-math.log2(cell / sum(row)), _MOST_BITS) * STEPS_A_BIT) for cell in row)
    return bytes(table)


def main() -> None:
    """Write the table beside its module."""
    library = sorted(Path(sysconfig.get_paths()["stdlib"]).rglob("*.py"))
    library = [path for path in library if not {"test", "tests", "site-packages", "lib2to3"} & set(path.parts)]
    lists = sorted(Path(beca_core.__file__).parent.rglob("everyday_words.txt"))
    Path(module).with_name(TABLE_NAME).write_bytes(table_of(words_of([*library, *lists])))


if __name__ == "__main__":
    main()
