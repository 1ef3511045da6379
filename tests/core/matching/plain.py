"""Declarative rules alone, as `RuleSet` runs them on a text before decoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.matching.lines import Memo
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.ruleset import RuleMatcher
from beca_core.rules.scanner import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from beca_core import Match, Rule, RuleInfo

    OnError = Callable[[RuleInfo, BaseException], None]


class PlainRules:
    """Match rules in a text without decoding: a prefilter over all rules, then each rule that it reports."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        memo = Memo()
        self._matchers = tuple(RuleMatcher(rule, memo) for rule in rules)
        self._prefilter = Prefilter([matcher.rule for matcher in self._matchers])

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        return tuple(matcher.rule for matcher in self._matchers)

    @property
    def uncovered(self) -> tuple[RuleInfo, ...]:
        return tuple(self._matchers[index].rule for index in sorted(self._prefilter.uncovered))

    def scan(self, data: bytes) -> list[Match]:
        """Return the matches, sorted; raises every exception of a check."""
        return self.find(data, _raise)

    def find(self, data: bytes, on_error: OnError) -> list[Match]:
        """Return the matches, sorted; `on_error` gets the rule and the exception of a check that fails."""
        ranges = self._prefilter.find(data).ranges
        found = [m for index, of_rule in ranges.items() for m in self._matchers[index].matches(data, of_rule, on_error)]
        return in_order(found)


def _raise(_rule: RuleInfo, error: BaseException) -> None:
    raise error
