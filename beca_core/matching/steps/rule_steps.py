"""`RuleSteps`: what a rule asks of a match of its pattern, before its checks and after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.matching.steps.allowing import AllowList, expression
from beca_core.matching.steps.nearness import NearWords
from beca_core.rules.candidate import DropReason, Step
from beca_core.rules.refinement import entropy_drop
from beca_core.rules.scanner import Match

if TYPE_CHECKING:
    from collections.abc import Iterator

    import re2

    from beca_core.matching.patterns.pattern import Pattern
    from beca_core.matching.steps.companions import Companions, CompanionSearch
    from beca_core.rules.candidate import Candidate
    from beca_core.rules.context import Variant
    from beca_core.rules.rule import Rule

LONGEST_ATTRIBUTE: Final = 200
"""How much of an attribute is shown, in characters."""


class RuleSteps:
    """The steps of a rule, in their order. Shared between threads.

    Args:
        rule: The rule.

    Attributes:
        asks_before: Whether a step before the checks can drop something.
        asks_after: Whether a step after the checks can.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._near = tuple(map(NearWords, rule.near))
        self._allow = AllowList(rule.allow) if rule.allow else None
        self.asks_before: Final = bool(rule.boundary or rule.near or rule.min_entropy)
        self.asks_after: Final = bool(rule.allow or rule.parts)
        self._variants: list[tuple[Variant, re2._Regexp[bytes]]] | None = None

    def before_checks(self, candidate: Candidate, pattern: Pattern) -> DropReason | None:
        """Return why a candidate is dropped before the checks run, or None.

        Args:
            candidate: The candidate.
            pattern: The pattern that has matched.
        """
        if self._rule.boundary and (
            side := pattern.bounded.adjoining(candidate.data, (candidate.begin, candidate.end))
        ):
            return boundary_drop(side)
        for words in self._near:
            if not words.are_near(candidate.data, candidate.begin, candidate.end):
                return DropReason(Step.NEAR, words.name, words.reason)
        return entropy_drop(self._rule, candidate) if self._rule.min_entropy else None

    def after_checks(self, candidate: Candidate, companions: CompanionSearch | None) -> Match | DropReason:
        """Return the match that a candidate is, or why it is dropped.

        Args:
            candidate: What the checks have left of the candidate.
            companions: Looks for the parts in this content; None: the rule has none.
        """
        if self._allow is not None and (drop := self._allow.drop(candidate)) is not None:
            return drop
        found = companions.of(candidate) if companions is not None else None
        return found if isinstance(found, DropReason) else self.match(candidate, found)

    def match(self, candidate: Candidate, companions: Companions | None = None) -> Match:
        """Return a candidate as a match.

        Args:
            candidate: The candidate.
            companions: What accompanies it; None: nothing.
        """
        rule, confidence, severity, name = self._rule, candidate.confidence, candidate.severity, ""
        if companions is not None and companions.confidence is not None:
            confidence = min(confidence, companions.confidence)
        if rule.variants and (variant := self._variant(candidate.secret)) is not None:
            name = variant.name
            confidence = variant.confidence or confidence
            severity = variant.severity or severity
        elif companions is None and not rule.attributes and severity in (None, rule.severity):  # as of most rules
            refined = confidence if confidence is not rule.confidence else None
            return Match(candidate.begin, candidate.end, rule.id, refined, truncated=candidate.truncated)
        return Match(
            candidate.begin,
            candidate.end,
            rule.id,
            confidence if confidence is not rule.confidence else None,
            truncated=candidate.truncated,
            severity=severity if severity is not rule.severity else None,
            variant=name,
            parts=() if companions is None else companions.parts,
            attributes=tuple(self._attributes(candidate)) if rule.attributes else (),
        )

    def _variant(self, secret: bytes) -> Variant | None:
        if self._variants is None:
            self._variants = [(variant, expression(variant.pattern)) for variant in self._rule.variants]
        return next((variant for variant, pattern in self._variants if pattern.search(secret) is not None), None)

    def _attributes(self, candidate: Candidate) -> Iterator[tuple[str, str]]:
        for name in self._rule.attributes:
            begin, end = candidate.groups.get(name, (0, 0))
            if begin < end and not (begin <= candidate.begin and candidate.end <= end):  # never the whole secret
                text = candidate.data[begin : min(end, begin + 4 * LONGEST_ATTRIBUTE)]
                yield name, text.decode(errors="backslashreplace")[:LONGEST_ATTRIBUTE]


def boundary_drop(side: str) -> DropReason:
    """Return the reason of a candidate that a character adjoins."""
    return DropReason(Step.BOUNDARY, "boundary", "a character adjoins it that may not", side)
