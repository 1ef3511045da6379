"""`ScannerRun`: asks a scanner about a text, and keeps what is valid of its answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from beca_core.matching.code_apart import ScannerApart
from beca_core.matching.rule_matcher import GRACE_SECONDS, MATCH_STEPS
from beca_core.rules.scanner import Match, MatchPart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from beca_core.matching.code_apart import CallLimit
    from beca_core.matching.lines import Ranges
    from beca_core.matching.room import Room
    from beca_core.report import ProblemLog
    from beca_core.rules.rule import RuleInfo
    from beca_core.rules.scanner import Scanner


class ScannerRun:
    """Runs a scanner on texts. Shared between threads.

    Args:
        plugin: The name of its plugin.
        scanner: The scanner.
        rules: The rules that take part, by id.
    """

    def __init__(self, plugin: str, scanner: Scanner, rules: Mapping[str, RuleInfo]) -> None:
        self._plugin = plugin
        self._rules = rules
        self._own = {rule.id for rule in scanner.rules}
        self._name = type(scanner).__name__
        self._scan = _scan_of(scanner)

    def __call__(self, data: bytes, _ranges: Ranges, log: ProblemLog, limit: CallLimit, room: Room) -> list[Match]:
        """Return the matches in a text; what is wrong with the answer is counted in the log.

        Args:
            data: The text.
            log: Counts the problems.
            limit: When to end.
            room: Decides which matches are kept.
        """
        found: list[Match] = []
        try:
            for match in self._scan(data, limit):
                if limit.stop.step(MATCH_STEPS, GRACE_SECONDS):
                    break
                if not _is_match(match, self._own, len(data)):
                    log.add(self._plugin, f"scanner {self._name} gave a match that is not valid")
                elif match.rule_id in self._rules and room.takes(match.rule_id, match.begin):
                    parts = tuple(part for part in match.parts if _is_within(part, len(data)))
                    if len(parts) < len(match.parts):
                        log.add(self._plugin, f"scanner {self._name} gave a part that is not valid")
                        match = replace(match, parts=parts)
                    found.append(match)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a scanner is a plugin's code
            log.add(self._plugin, f"scanner {self._name}", error)
        return found


def _scan_of(scanner: Scanner) -> Callable[[bytes, CallLimit], Iterable[Match]]:
    if isinstance(scanner, ScannerApart):
        return scanner.scan_within
    return lambda data, _limit: scanner.scan(data)


def _is_match(match: object, own_rules: set[str], size: int) -> bool:
    return isinstance(match, Match) and match.rule_id in own_rules and 0 <= match.begin < match.end <= size


def _is_within(part: object, size: int) -> bool:
    return isinstance(part, MatchPart) and 0 <= part.begin < part.end <= size
