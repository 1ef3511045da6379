"""Percent encoding (RFC 3986, section 2.1): `%3D` for a byte, as in URLs and forms."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from beca_core.matching.decoding.escapes import escape_forms, unescape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.matching.decoding.decoded import Decoding

NAME: Final = "percent"

_ESCAPE: Final = re.compile(rb"(%[0-9A-Fa-f]{2})")
_RESERVED: Final = re.compile(rb"[^A-Za-z0-9_.~-]")


def percent_forms(text: bytes) -> Iterator[bytes]:
    """Yield the percent-encoded forms of a text."""
    return escape_forms(text, "%{:02x}", "%25{:02x}", _RESERVED)


def decode_percent(data: bytes, begin: int, end: int) -> Decoding | None:
    """Decode a part of a text, or return None if nothing in it is encoded."""
    return unescape(NAME, _ESCAPE, _value, data, begin, end)


@lru_cache(maxsize=1024)
def _value(escape: bytes) -> bytes:
    return bytes([int(escape[1:], 16)])
