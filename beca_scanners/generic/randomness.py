"""How much a value looks as if a machine had made it, whatever is around it."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Final

from beca_core import Candidate, Confidence
from beca_core.checks import DictionaryWords, Placeholder, Repeats, Sequences
from beca_core.checks.shapes import has_shape
from beca_core.rules.candidate import Dropped
from beca_scanners.generic.trigrams import surprise

SHORTEST: Final = 20
LONGEST: Final = 200
"""In bytes: what is longer is a text or a file, encoded."""

UUID: Final = re.compile(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ALPHABET: Final = re.compile(rb"[0-9A-Za-z_+/=.~-]+")
_HEX: Final = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
_HASH_LENGTHS: Final = frozenset((32, 40, 56, 64, 96, 128))
_SURE_HEX: Final = 32
_FEWEST_HEX_DIGITS: Final = 9
"""Of 32 random hexadecimal digits, one in 3,000 has fewer different ones."""
_SURPRISING: Final = 5.8
_SOMEWHAT: Final = 5.0
"""In bits per character; see `surprise`: one in 1,500 texts of 20 random letters and digits has less than 6.1."""
_PUBLIC: Final = re.compile(
    rb"AAAA[BCEI]3NzaC1|AAAAE2VjZHNh|MI[GI][A-Za-z0-9]{2}|MFkw|MCow|pk[._]|Qm[1-9A-HJ-NP-Za-km-z]{44}\Z|baf[ky]|eyJ|0x|h1:"
    rb"|sha\d|SHA\d|md5|xmlns|data:|https?:|UA-|G-|GTM-"
)
"""Public keys and certificates in base64, ids of contents (IPFS), JSON in base64, addresses, hashes that say so."""
_PARTS: Final = re.compile(rb"[-_./]+")
_CHECKS: Final = (
    Placeholder(kinds=("template", "filler", "word", "sequence")),
    DictionaryWords(max_share=0.45),
    Sequences(max_run=6),
    Repeats(max_run=5, max_copies=1),
)
_SHAPES: Final = ("subresource-hash", "version", "timestamp", "path", "file-name", "url", "email", "host", "ip-address")


def is_hash_like(value: bytes) -> bool:
    """Return whether a value may be the hash of something by its length and its alphabet."""
    return len(value) in _HASH_LENGTHS and _HEX.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def randomness(value: bytes) -> Confidence | Dropped:
    """Return how sure a value is to be random: MEDIUM or LOW, or why it is not.

    A UUID is LOW: it is random, and mostly the id of something.

    Args:
        value: The value without its quotes.
    """
    if reason := _refused(value):
        return Dropped(reason)
    if UUID.fullmatch(value):
        return Confidence.LOW
    candidate = Candidate(value, 0, len(value), Confidence.MEDIUM)
    for check in _CHECKS:
        if isinstance(found := check(candidate), Dropped):
            return found
    if any(has_shape(value, shape) for shape in _SHAPES):
        return Dropped("it has the shape of something else")
    return _of_hex(value) if _HEX.fullmatch(value) else _of_text(value)


def _refused(value: bytes) -> str:
    if not SHORTEST <= len(value) <= LONGEST:
        return "it is too short or too long"
    if not _ALPHABET.fullmatch(value):
        return "it has other characters than random values have"
    if value.isdigit() or not re.search(rb"[0-9]", value) or not re.search(rb"[A-Za-z]", value):
        return "it has no letters or no digits"
    return "it is public or the hash of something" if _PUBLIC.match(value) else ""


def _of_hex(value: bytes) -> Confidence | Dropped:
    if len(Counter(value)) < _FEWEST_HEX_DIGITS:
        return Dropped("it has few different digits")
    return Confidence.MEDIUM if len(value) >= _SURE_HEX else Confidence.LOW


def _of_text(value: bytes) -> Confidence | Dropped:
    """Judge the value, and the longest part of it that nothing divides: the rest may be words."""
    whole, longest = surprise(value), max(_PARTS.split(value), key=len)
    found = min(whole, surprise(longest)) if len(longest) >= SHORTEST // 2 else whole
    if found < _SOMEWHAT:
        return Dropped("it looks like words", f"{found:.1f} of at least {_SOMEWHAT:g} bits")
    return Confidence.MEDIUM if found >= _SURPRISING else Confidence.LOW
