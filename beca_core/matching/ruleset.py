"""`RuleSet`: rules and scanners, compiled: finds the matches in one blob."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from beca_core.matching.matcher import RuleMatcher
from beca_core.matching.memo import Memo
from beca_core.matching.prefilter import Prefilter
from beca_core.rules.scanner import Match, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from beca_core.matching.decoding.nested import DecodingSearch
    from beca_core.matching.hits import PrefilterHits
    from beca_core.matching.rule_cache import RuleCache
    from beca_core.matching.windows import Ranges
    from beca_core.report import ProblemLog
    from beca_core.rules.rule import Rule, RuleInfo
    from beca_core.rules.scanner import Scanner

    Find = Callable[[bytes, Ranges, ProblemLog], list[Match]]


class RuleSet:
    """Find the matches in a blob. Shared between threads; what it finds is a function of the data alone.

    The prefilter says for all rules and scanners at once which have to look, and where; each is then run guarded, so
    that one that fails costs its own matches only. What the text decodes to is searched in the same way.

    Args:
        rules: All rules that take part, by id, those of scanners included.
        patterns: Those that are patterns.
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
        return tuple(self._patterns[index] for index in sorted(self._prefilter.uncovered))

    def find(self, data: bytes, log: ProblemLog) -> list[Match]:
        """Return all matches in a blob, sorted, without duplicates.

        Args:
            data: The blob.
            log: Counts the plugins that fail.
        """
        found, seen = self._find_plain(log, data)
        if not seen.forms and not seen.plain:
            return found
        return self._decoding.matches(data, found, seen, partial(self._find_plain, log))

    def _find_plain(self, log: ProblemLog, data: bytes) -> tuple[list[Match], PrefilterHits]:
        """Return the matches in a text as it is, and what the prefilter saw in it."""
        seen = self._prefilter.find(data)
        if not seen.ranges:
            return [], seen
        found = [match for index, ranges in seen.ranges.items() for match in self._find[index](data, ranges, log)]
        return in_order(dict.fromkeys(found)), seen

    @cached_property
    def _decoding(self) -> DecodingSearch:
        """Loaded when something is seen: most texts need no decoder."""
        from beca_core.matching.decoding.nested import DecodingSearch
        from beca_core.matching.decoding.peek import Peek

        peek = Peek(self._prefilter.sees, self._prefilter.most_digits)
        return DecodingSearch({rule_id: rule.confidence for rule_id, rule in self.rules.items()}, peek=peek)

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
                if not _is_sound(match, own_rules, len(data)):
                    log.add(plugin, f"scanner {name} gave a match that is not valid")
                elif match.rule_id in self.rules:
                    found.append(match)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a scanner is a plugin's code
            log.add(plugin, f"scanner {name}", error)
        return found


def _is_sound(match: object, own_rules: set[str], size: int) -> bool:
    return isinstance(match, Match) and match.rule_id in own_rules and 0 <= match.begin < match.end <= size
