"""`Detector`: runs everything that plugins registered on one blob, each guarded on its own."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from beca_core.matching.decoding.seen import Seen
from beca_core.matching.matcher import RuleMatcher
from beca_core.matching.memo import Memo
from beca_core.matching.prefilter import Prefilter
from beca_core.rules.scanner import Match, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from beca_core.matching.decoding.nested import DecodingSearch
    from beca_core.matching.windows import Ranges
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.report import ProblemLog
    from beca_core.rules.rule import RuleInfo
    from beca_core.rules.scanner import Scanner

    Find = Callable[[bytes, Ranges, "ProblemLog"], list[Match]]

_NOTHING: Final = Seen()


class Detector:
    """Find the matches in a blob. Shared between threads; what it finds is a function of the data alone.

    Args:
        registry: Where rules and scanners come from.
        selected: Ids of the rules that take part, or None for all.
        cache_dir: Where the compiled prefilter is kept for other processes; None: nowhere.
    """

    def __init__(
        self, registry: PluginRegistry, selected: Collection[str] | None = None, *, cache_dir: Path | None = None
    ) -> None:
        self.rules: dict[str, RuleInfo] = {
            rule_id: rule for rule_id, rule in registry.rules.items() if selected is None or rule_id in selected
        }
        self._owners = {rule_id: registry.owner(rule_id) for rule_id in self.rules}
        rules = [rule for plugin in registry.plugins for rule in plugin.rules if rule.id in self.rules]
        scanners = [
            (plugin.name, scanner)
            for plugin in registry.plugins
            for scanner in plugin.scanners
            if any(rule.id in self.rules for rule in scanner.rules)
        ]
        memo = Memo()
        self._find: list[Find] = [
            *(partial(self._match, RuleMatcher(rule, memo)) for rule in rules),
            *(partial(self._run, plugin, scanner) for plugin, scanner in scanners),
        ]
        anchors = [tuple(scanner.anchors) for _, scanner in scanners]
        self._prefilter = Prefilter(rules, anchors, cache_dir=cache_dir)

    @cached_property
    def _decoding(self) -> DecodingSearch:
        """Loaded when something is seen: most texts need no decoder."""
        from beca_core.matching.decoding.nested import DecodingSearch
        from beca_core.matching.decoding.peek import Peek

        peek = Peek(self._prefilter.sees, self._prefilter.most_digits)
        return DecodingSearch({rule_id: rule.confidence for rule_id, rule in self.rules.items()}, peek=peek)

    def detect(self, data: bytes, log: ProblemLog) -> list[Match]:
        """Return all matches in a blob, sorted, without duplicates.

        Args:
            data: The blob.
            log: Where plugins that fail are counted.
        """
        found, seen = self._look(log, data)
        if not seen.forms and not seen.plain:
            return found
        return self._decoding.matches(data, found, seen, partial(self._look, log))

    def _look(self, log: ProblemLog, data: bytes) -> tuple[list[Match], Seen]:
        looked = self._prefilter.look(data)
        if looked is None:
            return [], _NOTHING
        ranges, seen = looked
        found = [match for index, spans in ranges.items() for match in self._find[index](data, spans, log)]
        return in_order(dict.fromkeys(found)), seen

    def _match(self, matcher: RuleMatcher, data: bytes, ranges: Ranges, log: ProblemLog) -> list[Match]:
        return matcher.matches(data, ranges, partial(self._rule_failed, log))

    def _rule_failed(self, log: ProblemLog, rule: RuleInfo, error: BaseException) -> None:
        log.add(self._owners[rule.id], f"a check of rule {rule.id}", error)

    def _run(self, plugin: str, scanner: Scanner, data: bytes, _sightings: Ranges, log: ProblemLog) -> list[Match]:
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
