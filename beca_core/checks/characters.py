"""Checks of the characters of a text: which there are, how many, and how evenly they are spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core.checks.alphabets import (
    DIGITS,
    LOWER,
    UPPER,
    alphabet_bytes,
    alphabet_problem,
    smallest_alphabet,
)
from beca_core.checks.inspection import Inspection, disordered, within
from beca_core.rules.candidate import Dropped

if TYPE_CHECKING:
    from beca_core.checks.inspection import Bounds
    from beca_core.rules.candidate import Candidate

_LONGEST: Final = 65_536
_COUNT: Final = (0, _LONGEST)
_SHARE: Final = (0, 1)
_CLASSES: Final = (UPPER, LOWER, DIGITS)
_CLASS_NAMES: Final = ("upper", "lower", "digits", "symbols")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Charset(Inspection):
    """Require characters of an alphabet, or some of a kind.

    Example::

        Charset(alphabet="base62", digits=1, classes=2)

    Args:
        alphabet: What the text consists of: a name such as `hex`, `base62` or `base64url`, or the inside of a character
            class such as `0-9a-f_`; empty: anything.
        upper: Least number of upper-case letters A to Z.
        lower: Least number of lower-case letters a to z.
        digits: Least number of digits 0 to 9.
        symbols: Least number of bytes that are neither.
        classes: How many of these four kinds there are at least.
    """

    name: ClassVar[str] = "charset"
    _BOUNDS: ClassVar[Bounds] = {
        "upper": _COUNT,
        "lower": _COUNT,
        "digits": _COUNT,
        "symbols": _COUNT,
        "classes": (0, 4),
    }

    alphabet: str = ""
    upper: int = 0
    lower: int = 0
    digits: int = 0
    symbols: int = 0
    classes: int = 0

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        if self.alphabet and (others := text.translate(None, alphabet_bytes(self.alphabet))):
            return Dropped("it has characters outside the alphabet", f"{len(others)} of {len(text)}")
        if not (self.upper or self.lower or self.digits or self.symbols or self.classes):
            return None
        size = len(text)
        counts = [size - len(text.translate(None, kind)) for kind in _CLASSES]
        counts.append(size - sum(counts))
        required = self.upper, self.lower, self.digits, self.symbols
        for name, count, least in zip(_CLASS_NAMES, counts, required, strict=True):
            if count < least:
                return Dropped(f"it has too few characters of the kind {name}", f"{count} of at least {least}")
        return within(4 - counts.count(0), self.classes, None, "kinds of characters") if self.classes else None

    def _conflict(self) -> str:
        if self.alphabet and (problem := alphabet_problem(self.alphabet)):
            return f"alphabet {problem}"
        is_idle = not (self.alphabet or self.upper or self.lower or self.digits or self.symbols or self.classes)
        return "alphabet is empty, and no kind of character is required." if is_idle else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Length(Inspection):
    """Require a length, in bytes.

    Example::

        Length(min=20, max=40, multiple_of=4)

    Args:
        min: Least length.
        max: Greatest length; nothing: any.
        multiple_of: A number by which the length can be divided.
        one_of: The lengths that are allowed; empty: any.
    """

    name: ClassVar[str] = "length"
    _BOUNDS: ClassVar[Bounds] = {"min": _COUNT, "max": _COUNT, "multiple_of": (1, _LONGEST), "one_of": _COUNT}

    min: int = 0
    max: int | None = None
    multiple_of: int = 1
    one_of: tuple[int, ...] = ()

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        size = len(text)
        if found := within(size, self.min, self.max, "bytes"):
            return found
        if size % self.multiple_of:
            return Dropped(f"its length is not a multiple of {self.multiple_of}", str(size))
        if self.one_of and size not in self.one_of:
            return Dropped("its length is another one", str(size))
        return None

    def _measured(self, text: bytes) -> str:
        return f"{len(text):,} bytes"

    def _conflict(self) -> str:
        if not (self.min or self.max is not None or self.multiple_of > 1 or self.one_of):
            return "min is 0, and nothing else is required."
        return disordered(self.min, self.max)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Entropy(Inspection):
    """Require a Shannon entropy: how evenly the characters of a text are spread.

    The entropy of a short text cannot be high, and that of hexadecimal digits is at most 4. So `min_share` compares the
    entropy with the greatest that a text of its length and alphabet can have. Of 1,000 random texts of 20 characters
    999 reach 0.68 of it, of 32 characters 0.72, of 64 characters 0.8 (measured for alphabets from `digits` to
    `printable`). Names and sentences often reach as much: `dictionary-words` and `placeholder` look for those.

    Example::

        Entropy(min_share=0.65, alphabet="hex-lower")

    Args:
        min_share: Least share of the greatest entropy, 0 to 1.
        min_bits: Least entropy, in bits per byte (0 to 8).
        max_bits: Greatest entropy, in bits per byte; 8: any.
        min_total: Least entropy of the whole text, in bits: bits per byte times length.
        alphabet: The alphabet, as of `charset`; empty: the smallest common alphabet to which the text belongs.
    """

    name: ClassVar[str] = "entropy"
    _BOUNDS: ClassVar[Bounds] = {
        "min_share": _SHARE,
        "min_bits": (0, 8),
        "max_bits": (0, 8),
        "min_total": (0, 8 * _LONGEST),
    }

    min_share: float = 0.0
    min_bits: float = 0.0
    max_bits: float = 8.0
    min_total: float = 0.0
    alphabet: str = ""

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        bits = bits_per_byte(text)
        if bits < self.min_bits:
            return Dropped("its entropy is low", f"{bits:.2f} of at least {self.min_bits:g} bits per byte")
        if bits > self.max_bits:
            return Dropped("its entropy is high", f"{bits:.2f} of at most {self.max_bits:g} bits per byte")
        if (total := bits * len(text)) < self.min_total:
            return Dropped("its entropy is low", f"{total:.1f} of at least {self.min_total:g} bits")
        if self.min_share and (share := self._share(text, bits)) < self.min_share:
            return Dropped("its entropy is low for its alphabet", f"{share:.2f} of at least {self.min_share:g}")
        return None

    def _measured(self, text: bytes) -> str:
        bits = bits_per_byte(text)
        shown = f"{bits:.2f} bits per byte"
        return f"{shown}, share {self._share(text, bits):.2f}" if self.min_share else shown

    def _share(self, text: bytes, bits: float) -> float:
        """Return the share that bits per byte are of the greatest entropy that the text could have."""
        size = len(alphabet_bytes(self.alphabet)) if self.alphabet else smallest_alphabet(text)
        return bits / greatest if (greatest := greatest_bits(len(text), size)) else 0.0

    def _conflict(self) -> str:
        if self.alphabet and (problem := alphabet_problem(self.alphabet)):
            return f"alphabet {problem}"
        if not (self.min_share or self.min_bits or self.max_bits < 8 or self.min_total):
            return "min_share is 0, and nothing else is required."
        return disordered(self.min_bits, self.max_bits, "min_bits is greater than max_bits")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Distinct(Inspection):
    """Require a number of different characters.

    Example::

        Distinct(min=8)

    Args:
        min: Least number of different bytes.
        max: Greatest number; nothing: any.
        min_share: Least share of different bytes among all bytes, 0 to 1; it is lower in long texts.
    """

    name: ClassVar[str] = "distinct"
    _BOUNDS: ClassVar[Bounds] = {"min": (0, 256), "max": (0, 256), "min_share": _SHARE}

    min: int = 0
    max: int | None = None
    min_share: float = 0.0

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        count = len(set(text))
        if found := within(count, self.min, self.max, "different characters"):
            return found
        if count < self.min_share * len(text):
            share = f"{count / len(text):.2f} of at least {self.min_share:g}"
            return Dropped("the share of different characters is low", share)
        return None

    def _measured(self, text: bytes) -> str:
        return f"{len(set(text))} of {len(text):,}"

    def _conflict(self) -> str:
        if not (self.min or self.max is not None or self.min_share):
            return "min is 0, and nothing else is required."
        return disordered(self.min, self.max)


def bits_per_byte(text: bytes) -> float:
    """Return the Shannon entropy of a text, from 0 to 8."""
    size = len(text)
    if size < 2:
        return 0.0
    return math.log2(size) - sum(map(_weighted, map(text.count, set(text)))) / size


@lru_cache(maxsize=1024)
def _weighted(count: int) -> float:
    return count * math.log2(count)


@lru_cache(maxsize=4096)
def greatest_bits(length: int, alphabet: int) -> float:
    """Return the entropy of a text in which the characters of an alphabet are spread as evenly as possible.

    Args:
        length: Length of the text, in characters.
        alphabet: Number of characters in the alphabet.
    """
    if length < 2:
        return 0.0
    often, rest = divmod(length, alphabet)
    total = rest * (often + 1) * math.log2(often + 1)
    if often > 1:
        total += (alphabet - rest) * often * math.log2(often)
    return math.log2(length) - total / length
