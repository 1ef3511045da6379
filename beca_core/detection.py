"""`Detector`: runs everything that plugins registered on one blob, each guarded on its own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from beca_core.matching.rules import RuleScanner
from beca_core.report import Problem
from beca_core.scanner import Match

if TYPE_CHECKING:
    from collections.abc import Collection

    from beca_core.plugins import PluginRegistry
    from beca_core.rules import RuleInfo
    from beca_core.scanner import Scanner


class ProblemLog:
    """Counts what plugins do wrong during one scan."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, plugin: str, what: str, error: BaseException | None = None) -> None:
        """Count a problem; of an exception only the type is kept, since its text may hold scanned data."""
        message = what if error is None else f"{what} raised {type(error).__name__}"
        self._counts[plugin, message] += 1

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, sorted by plugin and message."""
        return tuple(Problem(plugin, message, count) for (plugin, message), count in sorted(self._counts.items()))


class Detector:
    """Find the matches in a blob. Immutable after construction and shared between threads.

    Args:
        registry: Where rules and scanners come from.
        selected: Ids of the rules that take part, or None for all.
    """

    def __init__(self, registry: PluginRegistry, selected: Collection[str] | None = None) -> None:
        self.rules: dict[str, RuleInfo] = {
            rule_id: rule for rule_id, rule in registry.rules.items() if selected is None or rule_id in selected
        }
        self._owners = {rule_id: registry.owner(rule_id) for rule_id in self.rules}
        self._rule_scanner = RuleScanner(
            rule for plugin in registry.plugins for rule in plugin.rules if rule.id in self.rules
        )
        self._scanners = [
            (plugin.name, scanner, tuple(scanner.anchors))
            for plugin in registry.plugins
            for scanner in plugin.scanners
            if any(rule.id in self.rules for rule in scanner.rules)
        ]

    def detect(self, data: bytes, log: ProblemLog) -> list[Match]:
        """Return all matches in a blob, sorted, without duplicates.

        Args:
            data: The blob.
            log: Where plugins that fail are counted.
        """
        matches = set(self._rule_scanner.find(data, lambda rule, error: self._rule_failed(log, rule, error)))
        for plugin, scanner, anchors in self._scanners:
            if not anchors or any(anchor in data for anchor in anchors):
                matches.update(self._run(plugin, scanner, data, log))
        return sorted(matches, key=lambda match: (match.begin, match.end, match.rule_id))

    def _rule_failed(self, log: ProblemLog, rule: RuleInfo, error: BaseException) -> None:
        log.add(self._owners[rule.id], f"a check of rule {rule.id}", error)

    def _run(self, plugin: str, scanner: Scanner, data: bytes, log: ProblemLog) -> list[Match]:
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
