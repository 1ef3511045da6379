"""Boundaries: characters that may not adjoin a secret.

RE2 has no lookaround. Where the group is at the very beginning or end of its pattern, the boundary becomes a part of
the pattern, which then takes one more byte there; so RE2 tries other lengths of the secret, as with lookaround.
Elsewhere the adjoining byte is looked at after the match.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from beca_core.matching.lines import Span

_NEWLINE: Final = 0x0A
_ALL: Final = frozenset(range(256))


class BoundedPattern(NamedTuple):
    """A pattern with its boundary.

    Args:
        text: What RE2 compiles.
        before: The bytes that may not be before the group, if the pattern does not say so itself.
        after: The bytes that may not be after it, likewise.
        leads: Whether a match begins a byte before the group, for the boundary.
    """

    text: str
    before: frozenset[int] = frozenset()
    after: frozenset[int] = frozenset()
    leads: bool = False

    def adjoining(self, data: bytes, span: Span) -> str:
        """Return the side on which a byte adjoins a span that may not: `before` or `after`; empty: neither."""
        return _side(data, span, self.before, self.after)


def bounded(pattern: str, boundary: str, group: str) -> BoundedPattern:
    """Make a boundary a part of a pattern, as far as that is possible.

    Args:
        pattern: RE2 syntax, ASCII.
        boundary: The inside of a character class.
        group: Name of the group that nothing of it may adjoin.

    Raises:
        PatternRefused: As `portable` does.
    """
    from beca_core.matching.patterns.pattern_parser import PatternParser

    parser = PatternParser(pattern, group)
    parser.parse()
    members = boundary_members(boundary)
    before = _before(members) if parser.group_leads else ""
    after = _after(members) if parser.group_trails else ""
    return BoundedPattern(
        parser.with_portable_anchors(before, after),
        frozenset() if before else members,
        frozenset() if after else members,
        leads=bool(before),
    )


def adjoining(data: bytes, span: Span, boundary: str) -> str:
    """Return the side on which a byte of a boundary adjoins a span: `before` or `after`; empty: neither."""
    members = boundary_members(boundary)
    return _side(data, span, members, members)


def _side(data: bytes, span: Span, before: frozenset[int], after: frozenset[int]) -> str:
    begin, end = span
    if begin and data[begin - 1] in before:
        return "before"
    return "after" if end < len(data) and data[end] in after else ""


@lru_cache(maxsize=256)
def boundary_members(boundary: str) -> frozenset[int]:
    """Return the bytes of a boundary.

    Raises:
        PatternRefused: If it is not the inside of a character class of RE2, or has no byte, or every byte.
    """
    from beca_core.matching.patterns.pattern_parser import members_of_class
    from beca_core.matching.patterns.syntax import PatternRefused

    members = members_of_class(f"[{boundary}]") if boundary else frozenset()
    if members in (frozenset(), _ALL):
        raise PatternRefused("is not the inside of a character class that has some bytes and not all of them")
    return members


def _before(members: frozenset[int]) -> str:
    # Not `^`: after a match, the search begins a byte before its end, where a line may begin.
    return rf"(?:\A(?:\xef\xbb\xbf)?|{_class(_ALL - members)})"


def _after(members: frozenset[int]) -> str:
    end = r"\z" if _NEWLINE in members else "(?m:$)"
    return f"(?:{end}|{_class(_ALL - members)})"


def _class(members: frozenset[int]) -> str:
    """Write a class so that the flags of the pattern do not change it."""
    firsts = sorted(byte for byte in members if byte - 1 not in members)
    lasts = sorted(byte for byte in members if byte + 1 not in members)
    ranges = "".join(f"\\x{first:02x}-\\x{last:02x}" for first, last in zip(firsts, lasts, strict=True))
    return f"(?-i:[{ranges}])"
