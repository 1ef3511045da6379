"""The check of words and identifiers: names out of code and natural language are no secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from beca_core.checks.inspection import Inspection
from beca_core.rules.candidate import Dropped

if TYPE_CHECKING:
    from beca_core.checks.inspection import Bounds
    from beca_core.rules.candidate import Candidate

WORD_LIST: Final = "everyday_words.txt"
SHORTEST: Final = 3
_SHORTEST_WITHIN: Final = 4
LONGEST: Final = 14
_READ: Final = 1_024
"""How many bytes of a text are looked at; the others resemble them."""
_LETTERS: Final = re.compile(rb"[A-Za-z]+")
_CAMEL_WORD: Final = re.compile(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NAME: Final = re.compile(rb"[A-Za-z_$][A-Za-z]*+(?:(?:[_.\-/\\:]|->)++[A-Za-z]++)*+(?:\(\))?;?")
_VOWELS: Final = b"aeiouyAEIOUY"
_TWO_WORDS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DictionaryWords(Inspection):
    """Refuse what consists of words, or is an identifier such as `getApiKey`, `api_key_name` or `config.auth.token`.

    A text is divided at digits, symbols and changes of case, and the letters that belong to words of a dictionary are
    counted. The dictionary has the words that are most frequent in the source code of Python's standard library, with
    its comments.

    Example::

        DictionaryWords(max_share=0.6, words=("acme",))

    Args:
        max_share: Greatest share of the text, 0 to 1, that may be letters of such words.
        identifiers: Whether names are refused too that consist of several pronounceable words, in a dictionary or not.
        words: More words, of at least three letters.
    """

    name: ClassVar[str] = "dictionary-words"
    _BOUNDS: ClassVar[Bounds] = {"max_share": (0, 1)}

    max_share: float = 0.5
    identifiers: bool = True
    words: tuple[str, ...] = ()

    def _look(self, text: bytes, candidate: Candidate) -> Dropped | None:
        text = text[:_READ]
        if not text:
            return None
        words, beginnings = _dictionary(self.words)
        split = [word for letters in _LETTERS.findall(text) for word in _CAMEL_WORD.findall(letters)]
        count = sum([_letters_of_words(word.lower(), words, beginnings) for word in split if len(word) >= SHORTEST])
        if count > self.max_share * len(text):
            share = f"{count / len(text):.2f} of at most {self.max_share:g} are letters of words"
            return Dropped("it consists of words", share)
        if self.identifiers and _is_name(text, split):
            return Dropped("it is an identifier", f"{len(split)} words")
        return None

    def _conflict(self) -> str:
        is_right = all(len(word) >= SHORTEST and word.isalpha() and word.isascii() for word in self.words)
        return "" if is_right else f"words has one that is not at least {SHORTEST} letters A to Z."


def _is_name(text: bytes, split: list[bytes]) -> bool:
    """Whether a text is a name of several words, each with a vowel, that have four letters on average, or five."""
    count = len(split)
    least = 5 if text.isalpha() else 4
    if count < _TWO_WORDS or not _NAME.fullmatch(text) or sum(map(len, split)) < least * count:
        return False
    return all(len(word.translate(None, _VOWELS)) < len(word) for word in split)


def _letters_of_words(text: bytes, words: frozenset[bytes], beginnings: frozenset[bytes]) -> int:
    """Return how many letters of a lower-case text are in words, of those divisions that cover the most."""
    size = len(text)
    if text in words or (text[-1:] == b"s" and text[:-1] in words):
        return size
    if size < 2 * _SHORTEST_WITHIN:
        return 0
    covered = [0] * (size + 1)
    for begin in range(size - _SHORTEST_WITHIN, -1, -1):
        best = covered[begin + 1]
        for end in range(begin + _SHORTEST_WITHIN, min(begin + LONGEST, size) + 1):
            word = text[begin:end]
            if word not in beginnings:
                break
            if word in words and (found := end - begin + covered[end]) > best:
                best = found
        covered[begin] = best
    return covered[0]


@cache
def _dictionary(more: tuple[str, ...]) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Return the words, and their beginnings of at least four letters."""
    if more:
        words = _dictionary(())[0] | {word.lower().encode() for word in more}
    else:
        words = frozenset(Path(__file__).with_name(WORD_LIST).read_bytes().split())
    beginnings = {word[:end] for word in words for end in range(_SHORTEST_WITHIN, len(word) + 1)}
    return words, frozenset(beginnings)
