"""`RuleSet`: compiled rules and scanners, which find the matches in one blob."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from beca_core.matching.matcher import RuleMatcher
from beca_core.matching.memo import Memo
from beca_core.matching.prefilter import Prefilter
from beca_core.rules.scanner import Match, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from beca_core.matching.decoding.nested import NestedSearch
    from beca_core.matching.regions import Regions
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.matching.windows import Ranges
    from beca_core.report import ProblemLog
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.scanner import Scanner

    Find = Callable[[bytes, Ranges, ProblemLog], list[Match]]


class RuleSet:
    """Find the matches in a blob. Shared between threads; the matches are a function of the data alone.

    The prefilter reports for all rules and scanners at once which must run, and where. Each of these is run guarded, so
    one that fails costs its own matches only. Decoded parts of the text are searched in the same way.

    Args:
        rules: All rules that take part, by id, those of scanners included.
        patterns: Those among them that have a pattern.
        scanners: The scanners, each with the name of its plugin.
        owners: The name of the plugin that registered each rule, by id.
        cache: Where compiled rules are cached; None: nowhere.
    """

    def __init__(
        self,
        rules: Mapping[str, RuleInfo],
        patterns: Sequence[Rule],
        scanners: Sequence[tuple[str, Scanner]] = (),
        owners: Mapping[str, str] | None = None,
        cache: RuleCache | None = None,
    ) -> None:
        self.rules = rules
        self._patterns = patterns
        self._owners = owners or {}
        memo = Memo()
        self._find: list[Find] = [
            *(partial(self._match, RuleMatcher(rule, memo)) for rule in patterns),
            *(partial(self._run, plugin, scanner) for plugin, scanner in scanners),
        ]
        self._prefilter = Prefilter(patterns, [tuple(scanner.anchors) for _, scanner in scanners], cache=cache)

    @property
    def uncovered(self) -> tuple[Rule, ...]:
        """The rules that the prefilter cannot cover, so that each of them reads every blob."""
        return tuple(rule for index, rule in enumerate(self._patterns) if index in self._prefilter.uncovered)

    def find(self, data: bytes, log: ProblemLog) -> list[Match]:
        """Return all matches in a blob, sorted, without duplicates.

        Args:
            data: The blob.
            log: Counts the plugins that fail.
        """
        found, regions = self._find_plain(log, data)
        if not regions.forms and not regions.literal_spans:
            return found
        return self._nested_search.matches(data, found, regions, partial(self._find_plain, log))

    def _find_plain(self, log: ProblemLog, data: bytes) -> tuple[list[Match], Regions]:
        """Return the matches in a text as it is, and what the prefilter reports about it."""
        regions = self._prefilter.find(data)
        if not regions.ranges:
            return [], regions
        found = [match for index, ranges in regions.ranges.items() for match in self._find[index](data, ranges, log)]
        return in_order(dict.fromkeys(found)), regions

    @cached_property
    def _nested_search(self) -> NestedSearch:
        """Loaded when the prefilter first reports something: most texts need no decoder."""
        from beca_core.matching.decoding.nested import NestedSearch
        from beca_core.matching.decoding.peek import Peek

        peek = Peek(self._prefilter.reports_anything, self._prefilter.most_digits)
        return NestedSearch({rule_id: rule.confidence for rule_id, rule in self.rules.items()}, peek=peek)

    def _match(self, matcher: RuleMatcher, data: bytes, ranges: Ranges, log: ProblemLog) -> list[Match]:
        return matcher.matches(data, ranges, partial(self._rule_failed, log))

    def _rule_failed(self, log: ProblemLog, rule: RuleInfo, error: BaseException) -> None:
        log.add(self._owners.get(rule.id, ""), f"a check of rule {rule.id}", error)

    def _run(self, plugin: str, scanner: Scanner, data: bytes, _ranges: Ranges, log: ProblemLog) -> list[Match]:
        found: list[Match] = []
        own_rules = {rule.id for rule in scanner.rules}
        name = type(scanner).__name__
        try:
            for match in scanner.scan(data):
                if not _is_valid(match, own_rules, len(data)):
                    log.add(plugin, f"scanner {name} gave a match that is not valid")
                elif match.rule_id in self.rules:
                    found.append(match)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a scanner is a plugin's code
            log.add(plugin, f"scanner {name}", error)
        return found


def _is_valid(match: object, own_rules: set[str], size: int) -> bool:
    return isinstance(match, Match) and match.rule_id in own_rules and 0 <= match.begin < match.end <= size
