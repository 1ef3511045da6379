"""Matches in a decoded text, and where they are in the encoded one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core.rules.scanner import MatchPart

if TYPE_CHECKING:
    from beca_core.matching.decoding.decoded import Decoding
    from beca_core.rules.scanner import Match

_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r")) + b"\x7f"


def relocated(match: Match, decoding: Decoding) -> Match:
    """Return a match in a decoding as one in the text that was decoded."""
    begin, end = decoding.locate(match.begin, match.end)
    parts = tuple(_relocated_part(part, decoding) for part in match.parts)
    names = (decoding.name, *match.decodings)
    return replace(match, begin=begin, end=end, secret=secret_of(match, decoding), decodings=names, parts=parts)


def secret_of(match: Match, decoding: Decoding) -> bytes:
    """Return the secret of a match in a decoding."""
    return decoding.data[match.begin : match.end] if match.secret is None else match.secret


def is_text(secret: bytes) -> bool:
    """Return whether a secret is UTF-8 without control characters; random bytes are not."""
    try:
        secret.decode()
    except UnicodeDecodeError:
        return False
    return len(secret.translate(None, _CONTROLS)) == len(secret)


def _relocated_part(part: MatchPart, decoding: Decoding) -> MatchPart:
    begin, end = decoding.locate(part.begin, part.end)
    text = decoding.data[part.begin : part.end] if part.text is None else part.text
    return MatchPart(part.name, begin, end, text)
