"""The common words of source code, which most contents hold: to look for one of them says little."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("everyday_words.txt")
_ENDINGS: Final = frozenset({"pat", "test_", "st.", "re_", "ion_", "ck_", "at_", "key_", "pub", "sec", "sk-", "es_"})
"""What tokens begin with, and what many names end with or hold."""
_SIGNS: Final = " \t\"'`=:.,()/"
"""What is often found next to a word; `pass_` is not as common as `pass`."""

_ITEM: Final = "- "
"""What an item of a list in YAML begins with."""


@lru_cache(maxsize=8192)
def is_everyday(literal: tuple[frozenset[int], ...]) -> bool:
    """Return whether a literal is probably in many contents.

    It is a common word of source code, signs alone, or a part of many words.
    """
    text = bytes(map(max, literal)).decode("latin-1").lower()
    return text in _ENDINGS or is_word(literal)


@lru_cache(maxsize=8192)
def is_word(literal: tuple[frozenset[int], ...]) -> bool:
    """Return whether a literal is a common word of source code, or signs alone."""
    word = bytes(map(max, literal)).decode("latin-1").lower().removeprefix(_ITEM).strip(_SIGNS)
    return not word or word in everyday_words()


@cache
def everyday_words() -> frozenset[str]:
    """Return the common words of source code, in lower case."""
    lines = _FILE.read_text("ascii").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
