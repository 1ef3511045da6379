"""Comments in the line of a secret that allow it.

`beca:allow RULE reason` names the rules, joined by commas, `*` for all. The words of other programs name none. What a
comment says is a part of the content, so it is recorded with the hit and in states. Whether it holds is decided later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.state.hit import InlineComment
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from beca_core.state.hit import Hit, Surroundings

OWN_MARKER: Final = "beca:allow"
FOREIGN_MARKERS: Final = (
    "gitleaks:allow",
    "betterleaks:allow",
    "trufflehog:ignore",
    "pragma: allowlist secret",
    "nosecret",
)
"""The words of other programs, which hold only if the configuration says so."""
_OWN: Final = lazy(rb"\bbeca:allow[ \t]+([a-z0-9*?,-]{1,500})(?:[ \t]+([^\r\n]*))?")
_FOREIGN: Final = lazy(rb"\b(gitleaks:allow|betterleaks:allow|trufflehog:ignore|pragma: allowlist secret|nosecret)\b")
_ENDS: Final = lazy(r"[\s\"'`)\]}]*(?:\*/|--+>|#\}|%>|\*\)|--\]\])?[\s\"'`)\]};]*$")
_MOST_REASON: Final = 200
"""Characters of a reason that are kept."""


def note_comments(hits: Mapping[str, list[Hit]], *, keep_text: bool) -> None:
    """Record the comment of each hit, out of the text around it.

    Args:
        hits: Hits by blob id; changed.
        keep_text: Whether the text stays.
    """
    for of_blob in hits.values():
        lines: dict[int, int] | None = None
        for number, hit in enumerate(of_blob):
            if hit.around is None:
                continue
            comment = comment_in(hit.around)
            if comment is not None and comment.reason:
                lines = _last_in_line(of_blob) if lines is None else lines
                if lines[hit.end.line] > hit.begin.column:  # the reason might hold a secret
                    comment = comment._replace(reason="")
            of_blob[number] = hit._replace(comment=comment, around=hit.around if keep_text else None)


def comment_in(around: Surroundings) -> InlineComment | None:
    """Return the comment in the lines of a secret, outside the secret itself; one of BECA's own comes first."""
    text, begin, end = around
    if b"allow" not in text and b"nosecret" not in text:
        return None  # as around most secrets
    parts = text[end:], text[:begin]
    for part in parts:
        if found := _OWN.search(part):
            reason = (found[2] or b"") if part is parts[0] else b""  # before a secret, it would end at the secret
            return InlineComment(OWN_MARKER, found[1].decode(), _readable(reason))
    for part in parts:
        if found := _FOREIGN.search(part):
            return InlineComment(found[1].decode(), "", "")
    return None


def allows(comment: InlineComment, rule_ids: tuple[str, ...]) -> bool:
    """Return whether a comment names a rule, by one of its ids."""
    from fnmatch import fnmatchcase

    patterns = _names(comment.rules) if comment.rules else iter("*")
    return any(fnmatchcase(rule_id, pattern) for pattern in patterns for rule_id in rule_ids)


def _names(rules: str) -> Iterator[str]:
    return filter(None, rules.split(","))


def _last_in_line(hits: list[Hit]) -> dict[int, int]:
    """Return the greatest column at which a hit begins in each line in which one ends or begins."""
    last: dict[int, int] = {}
    for hit in hits:
        last[hit.begin.line] = max(last.get(hit.begin.line, 0), hit.begin.column)
        last.setdefault(hit.end.line, 0)
    return last


def _readable(reason: bytes) -> str:
    text = _ENDS.sub("", reason[: 4 * _MOST_REASON].decode("utf-8", "replace"))
    return "".join(char if char.isprintable() else " " for char in text).strip()[:_MOST_REASON]
