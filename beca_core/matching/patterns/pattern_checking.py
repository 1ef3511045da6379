"""Patterns are checked when a rule is registered: once per process, or not at all if an earlier process has done it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidRule
from beca_core.matching.patterns.literals import literals
from beca_core.matching.patterns.pattern import Pattern, PatternKind, compiled_pattern
from beca_core.matching.patterns.syntax import PatternRefused, can_be_empty
from beca_core.matching.rule_cache import MOST_PATTERNS
from beca_core.rules.stored_rule import StoredRule

if TYPE_CHECKING:
    from beca_core.matching.patterns.literals import Literal
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.rules.rule import Rule


def checked_patterns(rule: Rule, cache: RuleCache | None = None) -> tuple[Pattern, ...]:
    """Check a rule's patterns and return them; rules with the same pattern get the same object.

    A pattern is checked once per process, and not at all if an earlier process has checked it.

    Args:
        rule: The rule.
        cache: Patterns that earlier processes have checked, to which these are added; None: no such cache.

    Raises:
        InvalidRule: With the rule's id and the reason.
    """
    return tuple(checked_pattern(rule, cache, number) for number in range(len(rule.patterns)))


def checked_pattern(rule: Rule, cache: RuleCache | None = None, number: int = 0) -> Pattern:
    """Check one of a rule's patterns and return it; see `checked_patterns`.

    Args:
        rule: The rule.
        cache: As for `checked_patterns`.
        number: Index of the pattern.

    Raises:
        InvalidRule: With the rule's id and the reason.
    """
    kind = PatternKind(rule.multiline, rule.max_bytes, rule.boundary)
    if isinstance(rule, StoredRule):
        return _stored_pattern(rule, number, kind)
    try:
        return checked_text(rule.patterns[number], kind, cache)
    except PatternRefused as error:
        name = "its pattern" if len(rule.patterns) == 1 else f"its pattern {number + 1}"
        raise InvalidRule(f"Rule {rule.id!r}: {name} {error}.") from None


def _stored_pattern(rule: StoredRule, number: int, kind: PatternKind) -> Pattern:
    """Return a pattern of a rule out of a cache, which an earlier process has checked."""
    from beca_core.matching.patterns.stored_patterns import pattern_from

    text = rule.patterns[number]
    found = _checked.get((text, kind))
    return found or _checked.setdefault((text, kind), pattern_from(rule.pattern_rows[number], text, kind))


def checked_text(text: str, kind: PatternKind, cache: RuleCache | None = None) -> Pattern:
    """Check a pattern of any kind and return it; see `checked_patterns`.

    Raises:
        PatternRefused: With the reason.
    """
    pattern = _checked.get((text, kind))
    if pattern is None:
        found = checked_literals(text, kind.group, cache)
        if len(_checked) >= MOST_PATTERNS:
            _checked.clear()
        pattern = _checked.setdefault((text, kind), Pattern(text, found, kind))  # another thread may have been quicker
    if cache is not None:
        cache.add(cache_key(text, kind.group), pattern.literals)
    return pattern


_checked: Final[dict[tuple[str, PatternKind], Pattern]] = {}
"""The patterns that this process has checked, so that registering a rule and compiling a rule set share one object."""


def checked_literals(pattern: str, group: str, cache: RuleCache | None) -> frozenset[Literal]:
    """Return the literals of a pattern, and check the pattern unless the cache has it.

    Args:
        pattern: RE2 syntax.
        group: Name of the group that it must have; empty: it needs none.
        cache: As for `checked_patterns`.

    Raises:
        PatternRefused: If it cannot be used.
    """
    key = cache_key(pattern, group)
    if cache is not None and (found := cache.literals(key)) is not None:
        return found
    from beca_core.matching.patterns.pattern_parser import PatternParser  # most patterns are in the cache

    groups = compiled_pattern(pattern).groupindex
    parser = PatternParser(pattern)
    tree = parser.parse()
    if (rewritten := parser.with_portable_anchors()) != pattern:
        compiled_pattern(rewritten)
    if can_be_empty(tree):
        raise PatternRefused("matches the empty string")
    if group and group.encode() not in groups:
        raise PatternRefused(f"has no group named {group!r}")
    found = literals(tree)
    if cache is not None:
        cache.add(key, found)
    return found


def cache_key(pattern: str, group: str) -> str:
    """Return the key of a pattern in the cache; what was checked without a `secret` group is no pattern of a rule."""
    return pattern if group == "secret" else f"\u2027{group}\u2027{pattern}"
