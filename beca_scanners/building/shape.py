"""The shape of a token: fixed texts, random characters and choices, one after the other.

From a shape come the pattern that finds such a token, the characters that may not adjoin it, and tokens for examples,
which look random and are always the same. So no token is written down, and examples cannot differ from the pattern::

    shape = TokenShape("acme_", either("live", "test"), "_", base62(40))
    shape.pattern     # acme_(?:live|test)_[0-9A-Za-z]{40}
    shape.samples("acme")
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from beca_core import random_text

if TYPE_CHECKING:
    from collections.abc import Callable

_RANGE: Final = re.compile(r"([0-9A-Za-z])-([0-9A-Za-z])|(.)")
_SPECIAL: Final = frozenset(r"\.^$|?*+()[]{}")
_SYMBOLS: Final = "+./-"
"""Characters that may not adjoin a token which has them, besides letters, digits and `_`; `-` is the last one."""
_WORDS: Final = ("example", "EXAMPLE", "deadbeef", "DEADBEEF")
_PHRASE: Final = (
    "readtextfromfilewithnameofuserandreturntheconfigurationoftheserver"
    "withoutchangingtherecordsofthedatabaseorofotherprojects"
)
_LEAST_WORDY: Final = 16
"""Fewest characters of a run that is filled with words."""
_MOST_REPEATED: Final = 1000
"""How often RE2 repeats a part of a pattern, at most."""
_ATTEMPTS: Final = 8
"""How many placeholders are made, of which the one with the most different characters is taken."""
_LONGER: Final = 24
"""How much longer than the shortest the long sample of a run is, at most, in characters."""


@dataclass(frozen=True, slots=True)
class TokenRun:
    """Random characters.

    Args:
        characters: The inside of a character class, of ranges and single characters: `0-9a-f`, `A-Z2-7_-`.
        least: Fewest characters.
        most: Most characters.
    """

    characters: str
    least: int
    most: int

    @property
    def pattern(self) -> str:
        """The run in the syntax of RE2."""
        parts, rest = [(self.least, min(self.most, _MOST_REPEATED))], self.most - _MOST_REPEATED
        while rest > 0:
            parts.append((0, min(rest, _MOST_REPEATED)))
            rest -= _MOST_REPEATED
        counts = (str(least) if least == most else f"{least},{most}" for least, most in parts)
        return "".join(f"[{self.characters}]{{{count}}}" for count in counts)

    @property
    def alphabet(self) -> str:
        """All characters, in the order of the class."""
        return _alphabet(self.characters)

    def sample(self, seed: str, *, long: bool = False) -> str:
        """Return characters that look random, with one of each range and each single character of the class.

        Args:
            seed: Different seeds give different characters.
            long: Whether there are more than the fewest, if there can be.
        """
        length = min(self.most, self.least + _LONGER) if long else self.least
        text = random_text(self.alphabet, length, seed)
        kinds = _kinds(self.characters)
        if length < 2 * len(kinds) or not any(set(kind).isdisjoint(text) for kind in kinds):
            return text
        characters = list(text)
        for number, kind in enumerate(kinds):  # at places of their own, so that none takes the place of another
            characters[(2 * number + 1) * length // (2 * len(kinds))] = random_text(kind, 1, seed)
        return "".join(characters)

    def with_word(self, seed: str) -> str:
        """Return characters with a word of examples among them, or that count through the alphabet if none fits.

        Args:
            seed: Different seeds give different characters.
        """
        characters = set(self.alphabet)
        word = next((each for each in _WORDS if characters.issuperset(each) and len(each) <= self.least), "")
        text = self.sample(seed)
        return word + text[len(word) :] if word else (self.alphabet * self.least)[: self.least]


@dataclass(frozen=True, slots=True)
class TokenChoice:
    """One of some fixed texts.

    Args:
        texts: The texts; one of them may be empty.
    """

    texts: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """The choice in the syntax of RE2."""
        return f"(?:{'|'.join(map(literal, self.texts))})"


Piece: TypeAlias = str | TokenRun | TokenChoice


class TokenShape:
    """The shape of a token.

    Args:
        pieces: Fixed texts, runs and choices, in order.
    """

    def __init__(self, *pieces: Piece) -> None:
        self.pieces: Final = pieces

    @cached_property
    def pattern(self) -> str:
        """The shape in the syntax of RE2, without a group."""
        return "".join(literal(piece) if isinstance(piece, str) else piece.pattern for piece in self.pieces)

    @property
    def boundary(self) -> str:
        """The characters that may not adjoin the token: those of words, and the symbols of which it consists."""
        return _boundary("".join(piece.characters for piece in self.pieces if isinstance(piece, TokenRun)))

    @property
    def longest(self) -> int:
        """The greatest length of a token, in characters."""
        return sum(
            piece.most
            if isinstance(piece, TokenRun)
            else max(map(len, [piece] if isinstance(piece, str) else piece.texts))
            for piece in self.pieces
        )

    def samples(self, seed: str) -> tuple[str, ...]:
        """Return tokens: one with the first choices and short runs, and one for each choice with long runs.

        Args:
            seed: Different seeds give different tokens.
        """
        choices = max((len(piece.texts) for piece in self.pieces if isinstance(piece, TokenChoice)), default=1)
        return tuple(
            self._text(lambda run, place: run.sample(f"{seed} {number} {place}", long=number > 0), number % choices)  # noqa: B023
            for number in range(choices + 1)
        )

    def worthless(self) -> str:
        """Return a text of this shape that is no token: each run is one character again and again."""
        return self._text(lambda run, _place: run.alphabet[0] * run.least)

    def placeholder(self, seed: str) -> str:
        """Return a text of this shape that looks random and is no token: the longest run has a word of examples.

        Args:
            seed: Different seeds give different texts.
        """
        longest = max((piece for piece in self.pieces if isinstance(piece, TokenRun)), key=lambda piece: piece.least)
        texts = (
            self._text(lambda run, _place: run.with_word(each) if run == longest else run.sample(each))  # noqa: B023
            for each in (f"{seed} {number}" for number in range(_ATTEMPTS))
        )
        return max(texts, key=lambda text: len(set(text)))

    @property
    def takes_words(self) -> bool:
        """Whether a text of this shape may consist of words, as a name in code does."""
        return bool(self._phrase)

    def wordy(self, seed: str) -> str:
        """Return a text of this shape that consists of words, if it takes words.

        Args:
            seed: Different seeds give different texts.
        """
        phrase = self._phrase
        return self._text(lambda run, _: phrase[: run.least] if _takes(run, phrase) else run.sample(seed))

    @cached_property
    def _phrase(self) -> str:
        """Words for a run of 16 to 120 characters, which is three quarters of the shortest text; empty: none."""
        runs = [piece for piece in self.pieces if isinstance(piece, TokenRun)]
        for phrase in (_PHRASE, _PHRASE.upper()):
            filled = [run.least for run in runs if _takes(run, phrase)]
            longest = max(filled, default=0)
            if _LEAST_WORDY <= longest <= len(phrase) and sum(filled) >= self._shortest * 3 // 4:
                return phrase
        return ""

    @property
    def _shortest(self) -> int:
        return sum(
            piece.least
            if isinstance(piece, TokenRun)
            else min(map(len, [piece] if isinstance(piece, str) else piece.texts))
            for piece in self.pieces
        )

    def cut(self, seed: str) -> str:
        """Return what is no token, because its last run is too short by one character.

        Args:
            seed: Different seeds give different texts.
        """
        last = max(place for place, piece in enumerate(self.pieces) if isinstance(piece, TokenRun))
        return self._text(lambda run, place: run.sample(f"{seed} {place}")[: run.least - (place == last)])

    def _text(self, fill: Callable[[TokenRun, int], str], choice: int = 0) -> str:
        """Return a text of this shape.

        Args:
            fill: Returns the characters of a run at a place among the pieces.
            choice: Which of the texts of each choice is taken; beyond the last one they begin anew.
        """
        texts: list[str] = []
        for place, piece in enumerate(self.pieces):
            if isinstance(piece, TokenRun):
                texts.append(fill(piece, place))
            else:
                texts.append(piece if isinstance(piece, str) else piece.texts[choice % len(piece.texts)])
        return "".join(texts)


@lru_cache(maxsize=256)
def _kinds(characters: str) -> tuple[str, ...]:
    """Return the characters of each range and each single character of a class."""
    return tuple(
        single or "".join(map(chr, range(ord(first), ord(last) + 1)))
        for first, last, single in _RANGE.findall(characters)
    )


@lru_cache(maxsize=256)
def _alphabet(characters: str) -> str:
    return "".join(_kinds(characters))


@lru_cache(maxsize=256)
def _boundary(characters: str) -> str:
    symbols = _RANGE.sub(_single, characters)
    return "0-9A-Za-z_" + "".join(symbol for symbol in _SYMBOLS if symbol in symbols)


def _takes(run: TokenRun, phrase: str) -> bool:
    return _has_all(run.characters, phrase)


@lru_cache(maxsize=256)
def _has_all(characters: str, phrase: str) -> bool:
    return set(phrase).issubset(_alphabet(characters))


def literal(text: str) -> str:
    """Return a fixed text in the syntax of RE2."""
    if text.isalnum():
        return text
    return "".join("\\" + character if character in _SPECIAL else character for character in text)


def _single(found: re.Match[str]) -> str:
    return found[3] or ""


def run(characters: str, least: int, most: int | None = None) -> TokenRun:
    """Return a run of any characters.

    Args:
        characters: The inside of a character class.
        least: Fewest characters.
        most: Most characters; None: as many as the fewest.
    """
    return TokenRun(characters, least, least if most is None else most)


def either(*texts: str) -> TokenChoice:
    """Return a choice of fixed texts."""
    return TokenChoice(texts)


def digits(least: int, most: int | None = None) -> TokenRun:
    """Return a run of decimal digits."""
    return run("0-9", least, most)


def hexadecimal(least: int, most: int | None = None) -> TokenRun:
    """Return a run of hexadecimal digits in lower case."""
    return run("0-9a-f", least, most)


def base32(least: int, most: int | None = None) -> TokenRun:
    """Return a run of digits of base 32, in upper case."""
    return run("A-Z2-7", least, most)


def base36(least: int, most: int | None = None) -> TokenRun:
    """Return a run of digits and lower-case letters."""
    return run("0-9a-z", least, most)


def upper36(least: int, most: int | None = None) -> TokenRun:
    """Return a run of digits and upper-case letters."""
    return run("0-9A-Z", least, most)


def base62(least: int, most: int | None = None) -> TokenRun:
    """Return a run of digits and letters."""
    return run("0-9A-Za-z", least, most)


def base64(least: int, most: int | None = None) -> TokenRun:
    """Return a run of digits of base 64, without padding."""
    return run("0-9A-Za-z+/", least, most)


def base64url(least: int, most: int | None = None) -> TokenRun:
    """Return a run of digits of the base 64 for URLs and file names, without padding."""
    return run("0-9A-Za-z_-", least, most)


def uuid() -> tuple[Piece, ...]:
    """Return the pieces of a UUID in lower case."""
    return hexadecimal(8), "-", hexadecimal(4), "-", hexadecimal(4), "-", hexadecimal(4), "-", hexadecimal(12)
