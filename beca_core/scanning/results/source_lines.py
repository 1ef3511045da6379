"""The line of source around each finding, for people: everything else in it that looks like a secret is masked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from beca_core.findings import Finding, Location
    from beca_core.plugins.contributions.processors import FindingInText

MASK: Final = "***"
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_LONG_TOKEN: Final = 20
"""Letters only are masked from this length, if they are of both cases."""


def source_lines(
    found: Iterable[FindingInText], others: Sequence[Finding]
) -> dict[tuple[Location, str], tuple[str, str]]:
    """Return what is before and after the secret in its line, by the location and the fingerprint of the finding.

    Args:
        found: The findings with the text around them; those without text are left out.
        others: All findings, whose secrets are masked where they are in the same line.
    """
    secrets: dict[tuple[str, int], set[bytes]] = {}
    for other in others:
        at, hidden = other.location, [part.clear.encode() for part in other.parts if not part.public]
        for line in {at.begin.line, at.end.line, *(part.begin.line for part in other.parts)}:
            secrets.setdefault((at.path, line), set()).update(filter(None, (other.secret, *hidden)))
    lines = {}
    for each in filter(lambda each: each.text, found):
        at, text = each.finding.location, each.text
        in_line = secrets.get((at.path, at.begin.line), set()) | secrets.get((at.path, at.end.line), set())
        before, after = text[: each.begin].rpartition(b"\n")[2], text[each.end :].partition(b"\n")[0]
        lines[at, each.finding.fingerprint] = _masked(before, in_line), _masked(after, in_line)
    return lines


def _masked(part: bytes, secrets: Iterable[bytes]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        part = part.replace(secret, MASK.encode())
    return _TOKEN.sub(_mask, part.decode("utf-8", "replace").rstrip("\r"))


def _mask(match: re.Match[str]) -> str:
    token = match[0]
    has_digit, has_letter = (any(map(kind, token)) for kind in (str.isdigit, str.isalpha))
    is_mixed = token.lower() != token != token.upper() and len(token) >= _LONG_TOKEN
    return MASK if (has_digit and has_letter) or is_mixed else token
