"""What of a rule is an expression beside its patterns: checked when the rule is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidRule
from beca_core.matching.patterns.pattern import PatternKind
from beca_core.matching.patterns.pattern_checking import cache_key, checked_literals, checked_patterns, checked_text
from beca_core.matching.patterns.syntax import PatternRefused
from beca_core.matching.steps.boundary import boundary_members
from beca_core.rules.rule import WHOLE_IN_MATCHES
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.matching.patterns.pattern import Pattern
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.rules.context import Part
    from beca_core.rules.rule import Rule

PART: Final = "part"
"""Name of the group of a part's pattern."""
LONGEST_PART: Final = 1024
"""Length of the longest match of a part's pattern, in bytes; what is longer is not a part."""
_PART_BYTES: Final = LONGEST_PART // WHOLE_IN_MATCHES
_GROUP: Final = lazy(r"(?<!\\)\(\?P?<([^>=!]+)>")


def checked_part(rule: Rule, part: Part, cache: RuleCache | None = None) -> Pattern:
    """Check the pattern of one of a rule's parts and return it; its group is named `part`.

    Args:
        rule: The rule.
        part: The part.
        cache: As for `checked_patterns`.

    Raises:
        InvalidRule: With the rule's id, the part's name and the reason.
    """
    text = part.pattern if f"(?P<{PART}>" in part.pattern else f"(?P<{PART}>{part.pattern})"
    kind = PatternKind(multiline=False, max_bytes=_PART_BYTES, boundary=part.boundary, group=PART)
    try:
        return checked_text(text, kind, cache)
    except PatternRefused as error:
        raise InvalidRule(f"Rule {rule.id!r}: the pattern of its part {part.name!r} {error}.") from None


def checked_expression(text: str, cache: RuleCache | None = None) -> None:
    """Check an expression that is only searched, and has no group that matters.

    Args:
        text: RE2 syntax.
        cache: As for `checked_patterns`.

    Raises:
        PatternRefused: If it is not valid RE2 or matches the empty string.
    """
    checked_literals(text, "", cache)


def checked_boundary(boundary: str, cache: RuleCache | None = None) -> None:
    """Check a boundary.

    Args:
        boundary: The inside of a character class.
        cache: As for `checked_patterns`.

    Raises:
        PatternRefused: As `boundary_members` does.
    """
    key = cache_key(boundary, "boundary")
    if cache is None or cache.literals(key) is None:
        boundary_members(boundary)
    if cache is not None:
        cache.add(key, frozenset())


def check_expressions(rule: Rule, cache: RuleCache | None = None) -> None:
    """Refuse a rule of which an expression cannot be used, or that names groups or parts that do not fit.

    Args:
        rule: A rule that `check_rule` accepts.
        cache: Expressions that earlier processes have checked, to which these are added; None: no such cache.

    Raises:
        InvalidRule: With the rule's id, what is wrong, and where.
    """
    checked_patterns(rule, cache)
    for part in rule.parts:
        checked_part(rule, part, cache)
    for name, boundary in _boundaries(rule):
        try:
            checked_boundary(boundary, cache)
        except PatternRefused as error:
            raise InvalidRule(f"Rule {rule.id!r}: {name} {error}.") from None
    for name, text in _expressions(rule):
        try:
            checked_expression(text, cache)
        except PatternRefused as error:
            raise InvalidRule(f"Rule {rule.id!r}: {name} {error}.") from None
    for problem in _problems_of_names(rule):
        raise InvalidRule(f"Rule {rule.id!r}: {problem}.")


def _boundaries(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.boundary:
        yield "its boundary", rule.boundary
    for part in rule.parts:
        if part.boundary:
            yield f"the boundary of its part {part.name!r}", part.boundary


def _expressions(rule: Rule) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(rule.allow.patterns, start=1):
        yield f"item {number} of patterns in its allow", text
    for number, text in enumerate(rule.allow.lines, start=1):
        yield f"item {number} of lines in its allow", text
    for variant in rule.variants:
        yield f"the pattern of its variant {variant.name!r}", variant.pattern


def _problems_of_names(rule: Rule) -> Iterator[str]:
    for kind, names in (
        ("parts", [part.name for part in rule.parts]),
        ("variants", [variant.name for variant in rule.variants]),
    ):
        if twice := _first_twice(names):
            yield f"two of its {kind} are named {twice!r}"
    groups = {name for text in rule.patterns for name in _GROUP.findall(text)}
    for name in rule.attributes:
        if name == "secret":
            yield "its attributes name the group 'secret', which is never shown in clear"
        elif name not in groups:
            yield f"its attributes name a group {name!r}, and none of its patterns has one"
    for check in rule.checks:
        of = getattr(check, "of", "secret")
        if isinstance(of, str) and of not in groups:
            yield f"a check looks at a group {of!r}, and none of its patterns has one"
    for part in rule.parts:
        for check in part.checks:
            of = getattr(check, "of", "secret")
            if isinstance(of, str) and of not in {"secret", "part", *_GROUP.findall(part.pattern)}:
                yield f"a check of its part {part.name!r} looks at a group {of!r}, which its pattern has not"


def _first_twice(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""
