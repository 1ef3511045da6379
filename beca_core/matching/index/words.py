"""Words: each literal that the prefilter looks for, once, with everything that hangs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.matching.index.nearby import can_be_searched_first
from beca_core.matching.patterns.everyday_words import is_everyday, is_word
from beca_core.matching.patterns.literals import bytes_as_literals, render
from beca_core.matching.patterns.locating import located_by
from beca_core.matching.patterns.pattern_checking import checked_patterns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beca_core.matching.patterns.follow_sets import FollowSet
    from beca_core.matching.patterns.literals import Literal
    from beca_core.matching.patterns.locating import RuleLocation
    from beca_core.matching.patterns.pattern import Pattern
    from beca_core.rules.rule import Rule


_LEAST_ENCODED: Final = 4
"""Shorter literals are not looked for in encoded text: their forms occur in any base64 by chance."""

_LINE_END: Final = 0x0A


def has_forms(literal: Literal) -> bool:
    """Return whether a literal is looked for in encoded text, too: it is neither short nor a common word."""
    return len(literal) >= _LEAST_ENCODED and not is_word(literal)


class Use(NamedTuple):
    """A rule that is tried where a word is.

    Args:
        rule: Index of the rule.
        pattern: The pattern of which the word is a literal; None: the word is only near what the rule matches.
        before: How many bytes before the word the rule may match.
        after: How many bytes after it.
    """

    rule: int
    pattern: Pattern | None
    before: int = 0
    after: int = 0

    @property
    def looks_beyond(self) -> bool:
        """Whether the rule looks beyond the line of the word: the word is only near, or the pattern spans lines."""
        return self.pattern is None or self.pattern.multiline


class Gate(NamedTuple):
    """Rules that are tried where a word is, if the same bytes follow it.

    Args:
        follow_set: These bytes; None: they are not known.
        pattern: The pattern of the one rule of which they are not known; None: it is tried in any case.
        spans: The rules, each with how many bytes before and after the word it may match.
    """

    follow_set: FollowSet | None
    pattern: Pattern | None
    spans: list[tuple[int, int, int]]

    def may_be_open(self, data: bytes, end: int) -> bool:
        """Return whether the rules may match after the word, which ends at an offset."""
        if self.follow_set is not None:
            return self.follow_set.may_be_at(data, end)
        return self.pattern is None or self.pattern.tail_may_follow(data, end)


class Word:
    """A distinct literal.

    Args:
        literal: The literal.
        text: The literal as an expression.

    Attributes:
        uses: The rules that are tried where it is.
        present: Indexes of the rules and scanners that run on the whole content if it is there.
        nearby: Indexes of the rules that are searched first if it is there; see `NearbyRules`.
        is_everyday: Whether most contents hold it, so that it is first asked whether a content does.
    """

    __slots__ = ("_gates", "is_everyday", "literal", "nearby", "present", "text", "uses")

    def __init__(self, literal: Literal, text: str) -> None:
        self.literal: Final = literal
        self.text: Final = text
        self.uses: list[Use] = []
        self.present: list[int] = []
        self.nearby: list[int] = []
        self.is_everyday: Final = is_everyday(literal)
        self._gates: list[Gate] | None = None

    @property
    def is_apart(self) -> bool:
        """Whether more hangs on it than what matches in its line."""
        return bool(self.present) or any(use.looks_beyond for use in self.uses)

    @property
    def spans_lines(self) -> bool:
        """Whether it can have a line end before its last byte where something matches."""
        return self.is_apart and any(_LINE_END in letter for letter in self.literal[:-1])

    @property
    def gates(self) -> list[Gate]:
        """The uses, those together of which the same bytes follow the word; they are complete when this is asked."""
        if self._gates is None:
            by_follow_set: dict[object, Gate] = {}
            for rule, pattern, before, after in self.uses:
                follow_set = None if pattern is None else pattern.follow_set
                gate = by_follow_set.setdefault(follow_set or pattern, Gate(follow_set, pattern, []))
                gate.spans.append((rule, before, after))
            self._gates = [*by_follow_set.values()]
        return self._gates

    def of_rule(self, rule: int) -> Word:
        """Return the word with what hangs on it of one rule."""
        word = Word(self.literal, self.text)
        word.uses = [use for use in self.uses if use.rule == rule]
        word.present = [rule] * self.present.count(rule)
        word.nearby = [rule] * self.nearby.count(rule)
        return word


def words_of(rules: Sequence[Rule], anchors: Sequence[tuple[bytes, ...]]) -> tuple[list[Word], frozenset[int]]:
    """Return the words of some rules and scanners, in a stable order, and the indexes of those that have none.

    Args:
        rules: Rules that `checked_patterns` accepts; their indexes count from 0.
        anchors: The anchors of each scanner; their indexes follow those of the rules.
    """
    found: dict[str, Word] = {}
    missing: set[int] = set()

    def word(text: str, literal: Literal) -> Word:
        return found.get(text) or found.setdefault(text, Word(literal, text))

    for index, rule in enumerate(rules):
        location = located_by(rule)
        if not location.literals:
            missing.add(index)
        for literals, use in _uses(index, rule, location):
            for text, literal in _in_order(literals):
                if use is None:
                    word(text, literal).present.append(index)
                elif is_nearby(rule, location):
                    word(text, literal).nearby.append(index)
                else:
                    word(text, literal).uses.append(use)
    for index, strings in enumerate(anchors, start=len(rules)):
        literals = bytes_as_literals(strings)
        if not literals:
            missing.add(index)
        for text, literal in _in_order(literals):
            word(text, literal).present.append(index)
    return list(found.values()), frozenset(missing)


def is_nearby(rule: Rule, location: RuleLocation) -> bool:
    """Return whether a rule is located by what is near its matches, so that it is searched first.

    Args:
        rule: The rule.
        location: What it is located by.
    """
    return bool(location.before or location.after) and can_be_searched_first(rule)


def _uses(index: int, rule: Rule, location: RuleLocation) -> Iterator[tuple[frozenset[Literal], Use | None]]:
    """Yield what a rule is located by, and the use of it; None: the rule runs on the whole content."""
    if location.is_in_match:
        for pattern in checked_patterns(rule):
            yield pattern.literals, Use(index, pattern)
    else:
        yield location.literals, None if location.everywhere else Use(index, None, location.before, location.after)


def _in_order(literals: frozenset[Literal]) -> list[tuple[str, Literal]]:
    return sorted((render(literal), literal) for literal in literals)
