"""What a rule is located by: the literals that the prefilter looks for, and how far from them a match can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beca_core.matching.patterns.everyday_words import is_everyday
from beca_core.matching.patterns.literals import literal_from, rarity, text_of, words_as_literals
from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.matching.steps.expressions import LONGEST_PART, checked_part
from beca_core.rules.stored_rule import StoredRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.matching.patterns.literals import Literal
    from beca_core.matching.patterns.pattern import Pattern
    from beca_core.rules.rule import Rule


class RuleLocation(NamedTuple):
    """What a rule is located by.

    Args:
        literals: Of these, one is in or near each match; empty: there are none, so that the rule reads every blob.
        before: How far before the end of a literal the secret can be, in bytes.
        after: How far after it.
        everywhere: Whether a literal only says that the rule may match, wherever that is.
    """

    literals: frozenset[Literal]
    before: int = 0
    after: int = 0
    everywhere: bool = False

    @property
    def is_in_match(self) -> bool:
        """Whether each match holds one of the literals."""
        return bool(self.literals) and not (self.before or self.after or self.everywhere)


def located_by(rule: Rule) -> RuleLocation:
    """Return what a rule is located by.

    The literals of its patterns, if each has some; else the words of a `Near`, or the literals of a required part, the
    rarest of them; else its keywords. If everyday words are among the literals of its patterns, what is near is looked
    for instead, as long as that is rarer.

    Args:
        rule: A rule that `checked_patterns` accepts.
    """
    patterns = checked_patterns(rule)
    if isinstance(rule, StoredRule):
        return _stored_location(rule, patterns)
    own = frozenset(literal for pattern in patterns for literal in pattern.literals)
    has_own = all(pattern.literals for pattern in patterns)
    if has_own and not any(map(is_everyday, own)):
        return RuleLocation(own)
    for found in (_by_words(rule), _by_parts(rule)):
        best = max(found, key=lambda location: rarity(location.literals), default=None)
        if best and not (has_own and any(map(is_everyday, best.literals))):
            return best
    return RuleLocation(own) if has_own else RuleLocation(words_as_literals(rule.keywords), everywhere=True)


def location_row(rule: Rule) -> object:
    """Return what a rule is located by, for the JSON of a cache; None: the literals of its patterns."""
    location = located_by(rule)
    if location.is_in_match:
        return None
    return sorted(map(text_of, location.literals)), location.before, location.after, location.everywhere


def _stored_location(rule: StoredRule, patterns: Iterable[Pattern]) -> RuleLocation:
    if rule.location_row is None:
        return RuleLocation(frozenset(literal for pattern in patterns for literal in pattern.literals))
    literals, before, after, everywhere = rule.location_row
    return RuleLocation(frozenset(map(literal_from, literals)), before, after, everywhere)


def is_covered(rule: Rule) -> bool:
    """Return whether there is anything to look for, so that a rule does not read every blob.

    Args:
        rule: A rule that `checked_patterns` accepts.
    """
    return all(pattern.literals for pattern in checked_patterns(rule)) or bool(located_by(rule).literals)


def _by_words(rule: Rule) -> Iterator[RuleLocation]:
    for near in rule.near:
        if literals := words_as_literals(near.words):
            # From the end of a word to the secret's first byte, or from it back over the word to the secret's last one.
            yield RuleLocation(literals, near.within + max(map(len, near.words)), near.within + 1)


def _by_parts(rule: Rule) -> Iterator[RuleLocation]:
    for part in rule.parts:
        if part.required and (literals := checked_part(rule, part).literals):
            reach = part.within_bytes + LONGEST_PART + 1
            yield RuleLocation(literals, reach, reach)
