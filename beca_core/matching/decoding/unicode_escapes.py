r"""Escapes of JSON, JavaScript, Java, Python, C and others: `\u003d`, `\u{3d}` and `\x3d` for a character.

The backslash may be doubled, as in JSON that is a string in a program. `\x` is a byte, `\u` a character, which becomes
UTF-8.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final

from beca_core.matching.decoding.escapes import escape_forms, unescape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.matching.decoding.decoded import Decoding

NAME: Final = "unicode-escape"

_ESCAPE: Final = re.compile(rb"(\\{1,8}(?:x[0-9A-Fa-f]{2}|u(?:[0-9A-Fa-f]{4}|\{0{0,4}[0-9A-Fa-f]{1,5}\})))")
_RESERVED: Final = re.compile(rb"[\"&'+<=>`]")
_STYLES: Final = ("\\u00{:02x}", "\\x{:02x}")


def unicode_escape_forms(text: bytes) -> Iterator[bytes]:
    """Yield the forms of a text with its characters escaped."""
    return chain.from_iterable(escape_forms(text, style, "\\" + style, _RESERVED) for style in _STYLES)


def decode_unicode_escapes(data: bytes, begin: int, end: int) -> Decoding | None:
    """Decode a part of a text, or return None if nothing in it is escaped."""
    return unescape(NAME, _ESCAPE, _value, data, begin, end)


@lru_cache(maxsize=4096)
def _value(escape: bytes) -> bytes:
    letter_and_digits = escape.lstrip(b"\\")
    value = int(letter_and_digits[1:].strip(b"{}"), 16)
    return bytes([value]) if letter_and_digits.startswith(b"x") else chr(value).encode("utf-8", "surrogatepass")
