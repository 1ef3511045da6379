"""Patterns and locations of rules as data, which a cache keeps: so a later process need not parse the patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beca_core.matching.patterns.everyday_words import is_everyday
from beca_core.matching.patterns.follow_sets import FollowSet, follow_set
from beca_core.matching.patterns.literals import literal_from, text_of
from beca_core.matching.patterns.pattern import Pattern
from beca_core.matching.steps.boundary import BoundedPattern, boundary_members

if TYPE_CHECKING:
    from beca_core.matching.patterns.pattern import PatternKind


def pattern_row(pattern: Pattern) -> object:
    """Return what is known of a pattern beside its text and its kind, for JSON.

    The tail is long, and of most patterns it is never asked for: then it is left out.
    """
    from beca_core.matching.index.tails import tail
    from beca_core.matching.patterns.pattern_parser import parse

    tree, bounded = parse(pattern.text), pattern.bounded
    follows = follow_set(tree, pattern.literals)
    members = None if follows is None else (follows.members.decode("latin-1"), follows.length)
    needs_tail = follows is None or any(map(is_everyday, pattern.literals))
    return (
        sorted(map(text_of, pattern.literals)),
        (bounded.text, bool(bounded.before), bool(bounded.after), bounded.leads),
        members,
        *([tail(tree, pattern.literals)] if needs_tail else []),
    )


def pattern_from(row: Any, text: str, kind: PatternKind) -> Pattern:
    """Return the pattern of a row.

    Args:
        row: What `pattern_row` has returned.
        text: The pattern itself.
        kind: How it is matched.
    """
    literals, (bounded, has_before, has_after, leads), follows, *tail = row
    members = boundary_members(kind.boundary) if has_before or has_after else frozenset()
    nothing: frozenset[int] = frozenset()
    known: dict[str, object] = {
        "bounded": BoundedPattern(
            bounded, members if has_before else nothing, members if has_after else nothing, leads
        ),
        "follow_set": None if follows is None else FollowSet(follows[0].encode("latin-1"), follows[1]),
    }
    if tail:
        known["tail"] = tail[0]
    return Pattern(text, frozenset(map(literal_from, literals)), kind, known)
