"""Alphabets by name, or by the inside of a character class such as `0-9A-Za-z_`."""

from __future__ import annotations

import re
import string
from functools import cache
from typing import Final

_BASE64_LETTERS: Final = string.ascii_uppercase + string.ascii_lowercase + string.digits
ALPHABETS: Final = {
    "digits": string.digits,
    "hex": string.digits + "abcdef" + "ABCDEF",
    "hex-lower": string.digits + "abcdef",
    "hex-upper": string.digits + "ABCDEF",
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
    "letters": string.ascii_letters,
    "base32": string.ascii_uppercase + "234567",
    "base32-lower": string.ascii_lowercase + "234567",
    "base36": string.digits + string.ascii_lowercase,
    "base36-upper": string.digits + string.ascii_uppercase,
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "base62": string.digits + string.ascii_uppercase + string.ascii_lowercase,
    "base62-lower": string.digits + string.ascii_lowercase + string.ascii_uppercase,
    "base64": _BASE64_LETTERS + "+/",
    "base64url": _BASE64_LETTERS + "-_",
    "printable": "".join(map(chr, range(0x21, 0x7F))),
    "text": "".join(map(chr, range(0x20, 0x7F))),
}
"""The characters of each alphabet, in the order of their values."""

DECODED: Final = ("hex", "base32", "base58", "base62", "base64", "base64url", "base64-any")
"""The encodings that can be decoded."""
UPPER: Final = string.ascii_uppercase.encode()
LOWER: Final = string.ascii_lowercase.encode()
DIGITS: Final = string.digits.encode()
_GUESSED: Final = (
    "digits",
    "hex-lower",
    "hex-upper",
    "lower",
    "upper",
    "base32",
    "base36",
    "base36-upper",
    "base62",
    "base64",
    "base64url",
    "printable",
    "text",
)
"""The alphabets of which a text may be, from the smallest on."""
_MOST: Final = 10_000
_ESCAPE: Final = re.compile(rb"\\(x[0-9A-Fa-f]{2}|\\)?")


@cache
def alphabet_bytes(alphabet: str) -> bytes:
    """Return the characters of an alphabet in their order, each once.

    Args:
        alphabet: A name of `ALPHABETS`, or the inside of a character class: characters, ranges such as `a-z`, and
            `\\xNN`. A hyphen at the beginning or the end and a character after a backslash stand for themselves.

    Raises:
        ValueError: If it is not such a text.
    """
    if alphabet in ALPHABETS:
        return ALPHABETS[alphabet].encode()
    items = _class_items(alphabet)
    found: dict[int, None] = {}
    at = 0
    while at < len(items):
        first, _ = items[at]
        if at + 2 < len(items) and items[at + 1] == (ord("-"), False):
            last, _ = items[at + 2]
            if last < first:
                raise ValueError("has a range that ends before it begins.")
            found.update(dict.fromkeys(range(first, last + 1)))
            at += 3
        else:
            found[first] = None
            at += 1
    return bytes(found)


def alphabet_problem(alphabet: str) -> str:
    """Return what is wrong with the text of an alphabet; empty: nothing."""
    try:
        return "" if alphabet_bytes(alphabet) else "is empty."
    except ValueError as error:
        return str(error)


def bytes_of(text: str) -> bytes:
    """Return a text as bytes, UTF-8, in which `\\xNN` is a byte and `\\\\` is a backslash.

    Raises:
        ValueError: If something else follows a backslash.
    """
    return _ESCAPE.sub(_unescaped, text.encode())


def smallest_alphabet(text: bytes) -> int:
    """Return the size of the smallest common alphabet of which a text can be; 256 if it is of none."""
    for name in _GUESSED:
        if not text.translate(None, alphabet_bytes(name)):
            return len(ALPHABETS[name])
    return 256


def _class_items(alphabet: str) -> list[tuple[int, bool]]:
    """Return the characters of a class, and of each whether it was escaped."""
    if len(alphabet) > _MOST or not alphabet.isascii():
        raise ValueError("has characters outside ASCII; write bytes as \\xNN.")
    items = []
    at = 0
    while at < len(alphabet):
        if alphabet[at] != "\\":
            items.append((ord(alphabet[at]), False))
            at += 1
        elif alphabet[at + 1 : at + 2] == "x":
            items.append((_hex_byte(alphabet[at + 2 : at + 4])[0], True))
            at += 4
        elif at + 1 < len(alphabet) and not alphabet[at + 1].isalnum():
            items.append((ord(alphabet[at + 1]), True))
            at += 2
        else:
            raise ValueError("has an escape that is not \\xNN or a backslash before a symbol.")
    return items


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if not escape:
        raise ValueError("has a backslash that is not \\xNN or \\\\.")
    return bytes.fromhex(escape[1:].decode()) if escape[:1] == b"x" else escape


def _hex_byte(digits: str) -> bytes:
    if len(digits) != 2 or digits.strip(ALPHABETS["hex"]):
        raise ValueError("has \\x that two hexadecimal digits do not follow.")
    return bytes.fromhex(digits)
