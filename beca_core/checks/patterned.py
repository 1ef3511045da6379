"""Checks of texts that follow a pattern: ascending runs, rows of a keyboard, and repetitions."""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core.checks.inspection import Inspection
from beca_core.rules.candidate import Dropped

if TYPE_CHECKING:
    from beca_core.checks.inspection import Bounds
    from beca_core.rules.candidate import Candidate

_SERIES: Final = (
    string.digits + "0",
    string.ascii_lowercase,
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    string.digits + "abcdef",
)
_LONGEST_PERIOD: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Sequences(Inspection):
    """Refuse a text that holds a long sequence: `123456`, `abcdef`, `fedcba`, `qwerty`.

    Letters are compared in any case, and sequences are recognised in both directions.

    Example::

        Sequences(max_run=6, min_share=0.25)

    Args:
        max_run: Greatest length of a sequence in the text, in characters.
        min_share: Least share of the text that a longer one takes, 0 to 1; in a long random text one can occur.
    """

    name: ClassVar[str] = "sequences"
    _BOUNDS: ClassVar[Bounds] = {"max_run": (2, 25), "min_share": (0, 1)}

    max_run: int = 5
    min_share: float = 0.0

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        run = longest_sequence(text, self.max_run + 1)
        if run and run >= self.min_share * len(text):
            return Dropped("it holds a sequence", f"{run} characters, at most {self.max_run} are allowed")
        return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Repeats(Inspection):
    """Refuse a text that repeats itself: one character many times in a row, or a part again and again.

    Example::

        Repeats(max_run=4, max_copies=1)

    Args:
        max_run: Greatest number of equal characters in a row.
        max_copies: How often a part of up to 64 bytes may be repeated until the text ends; with 1, `abcabc` is refused.
            The last copy need not be whole.
    """

    name: ClassVar[str] = "repeats"
    _BOUNDS: ClassVar[Bounds] = {"max_run": (1, 64), "max_copies": (1, 1_000)}

    max_run: int = 5
    max_copies: int = 1

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        if run := first_run(text, self.max_run + 1):
            return Dropped("it repeats one character", f"{len(run)} times, at most {self.max_run} are allowed")
        if period := period_of(text, self.max_copies + 1):
            return Dropped("it repeats a part of itself", f"{len(text) / period:.1f} times")
        return None


def longest_sequence(text: bytes, least: int) -> int:
    """Return the length of the first sequence of a text that has at least a length; 0 if there is none."""
    lower = text.lower()
    pairs = _sequences(2)
    # A sequence of that length has two neighbours that begin at a multiple of the length minus 1.
    if not any(lower[at : at + 2] in pairs for at in range(0, len(lower) - 1, least - 1)):
        return 0
    known = _sequences(least)
    for at in range(len(lower) - least + 1):
        if lower[at : at + least] in known:
            end = at + least
            while end < len(lower) and lower[end - least + 1 : end + 1] in known:
                end += 1
            return end - at
    return 0


def first_run(text: bytes, least: int) -> bytes:
    """Return the first run of one character that has at least a length of 2; empty if there is none."""
    number = int.from_bytes(text, "big")
    differences = (number ^ (number >> 8)).to_bytes(len(text), "big")
    begin = differences.find(bytes(least - 1), 1) - 1
    if begin < 0:
        return b""
    rest = text[begin:]
    return rest[: len(rest) - len(rest.lstrip(rest[:1]))]


def period_of(text: bytes, copies: int) -> int:
    """Return the least number of bytes, up to 64, after which a text repeats itself to its end; 0 if there is none.

    Args:
        text: The text.
        copies: How many whole copies there are at least, 2 or more.
    """
    longest = min(_LONGEST_PERIOD, len(text) // copies)
    same = text[: len(text) - longest]
    period = text.find(same, 1, longest + len(same)) if longest else -1
    while period > 0:
        if text[period:] == text[:-period]:
            return period
        period = text.find(same, period + 1, longest + len(same))
    return 0


@cache
def _sequences(length: int) -> frozenset[bytes]:
    found: set[bytes] = set()
    for series in _SERIES:
        for one in (series, series[::-1]):
            found.update(one[at : at + length].encode() for at in range(len(one) - length + 1))
    return frozenset(found)
