"""Kinds of characters: those of alphabets, and those that no token has."""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOWER: Final = frozenset(string.ascii_lowercase.encode())
_UPPER: Final = frozenset(string.ascii_uppercase.encode())
_DIGITS: Final = frozenset(string.digits.encode())

_UNLIKELY: Final = 1e-4
"""Probability below which something is no coincidence: of ten thousand sound rules, one is told to show more."""
_UNLIKELY_OF_ALL: Final = 1e-3
"""The same where the pattern takes punctuation, which no alphabet of tokens has."""

_FEW: Final = 8
_SOME: Final = 16
"""Characters of which one had better be what the pattern allows."""

WORD: Final = _LOWER | _UPPER | _DIGITS | frozenset(b"_")
"""What words are made of."""

CLASSES: Final = {
    "0-9": _DIGITS,
    "a-f": frozenset(b"abcdef"),
    "g-z": _LOWER - frozenset(b"abcdef"),
    "A-F": frozenset(b"ABCDEF"),
    "G-Z": _UPPER - frozenset(b"ABCDEF"),
    "_ and -": frozenset(b"_-"),
    "+ and /": frozenset(b"+/"),
    "quotes": frozenset(b"\"'"),
    "punctuation": frozenset(string.punctuation.encode()) - frozenset(b"_-+/=\"'"),
    "white space": frozenset(b" \t\r\n"),
}
"""Kinds of characters of which a secret has some, if its alphabet has them."""

OF_TOKENS: Final = WORD | frozenset(b"-+/=.~")
"""What tokens are made of; anything else ends them, or is in a password."""

PRINTABLE: Final = frozenset(range(0x20, 0x7F))

_KINDS: Final = (_DIGITS, _LOWER, _UPPER)


def characters_of(members: Iterable[int]) -> list[int]:
    """Return a digit, a lower-case and an upper-case letter out of some bytes, and each other printable character."""
    given = frozenset(members)
    chosen = [max(found) for kind in _KINDS if (found := given & kind)]
    return chosen + sorted(member for member in given.difference(*_KINDS) if 0x20 < member < 0x7F)


def printable_first(members: frozenset[int]) -> int:
    """Return a printable character that no quoting gets in the way of, if there is one."""
    for preferred in (b'~!;x7" ', string.ascii_letters.encode() + string.digits.encode()):
        for member in preferred:
            if member in members:
                return member
    return min(members, key=lambda member: (not 0x20 < member < 0x7F, member))


@lru_cache(maxsize=256)
def boundary_members(boundary: str) -> frozenset[int]:
    """Return the bytes of a boundary."""
    if not boundary:
        return frozenset()
    found = re.compile(f"[{boundary}]")
    return frozenset(byte for byte in range(128) if found.match(chr(byte)))


def unshown(members: frozenset[int], seen: frozenset[int], count: int) -> list[str]:
    """Return the kinds of characters that a pattern allows and that examples, as it seems, have not by chance alone.

    White space and quotes end nearly all secrets, and an underscore belongs to no alphabet but that of names and to
    base64url; so of these, examples have to show one. Otherwise, how many characters there are decides.

    Args:
        members: What the pattern allows.
        seen: What is in the examples.
        count: How many characters these are.
    """
    missing = [name for name, kind in CLASSES.items() if members & kind and not kind & seen]
    shown = frozenset().union(*(kind for kind in CLASSES.values() if kind & seen)) & members
    printable = members & PRINTABLE
    bound = _UNLIKELY_OF_ALL if "punctuation" in missing else _UNLIKELY
    if (len(shown & printable) / max(len(printable), 1)) ** count < bound:
        return sorted(missing, key=lambda name: -len(members & CLASSES[name]))
    return [
        name
        for name in missing
        if (1 - len(members & CLASSES[name]) / len(members)) ** count < _UNLIKELY
        or (count >= _FEW and name == "white space" and members >= frozenset(b" "))
        or (count >= _FEW and name == "quotes" and members >= CLASSES[name])
        or (count >= _SOME and name == "_ and -" and members & PRINTABLE == WORD)
    ]
