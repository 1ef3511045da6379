"""What each rule costs in a scan: counted for `beca rules profile`, and named in every scan if it is much."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter_ns, thread_time_ns
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beca_core.report import ProblemLog

BUDGET_SECONDS: Final = 30.0
"""Budget of a rule in one scan: a rule whose searches and checks take longer is named in the coverage."""
_LONG: Final = 1_000_000
"""In nanoseconds. In less time, a busy machine rarely interrupts a process."""


@dataclass(slots=True)
class RuleCost:
    """What one rule, or one scanner, has cost.

    Args:
        sightings: Ranges of offsets in which the prefilter reported it.
        confirmations: Contents in which it was searched, because the prefilter had reported it.
        matches: What it found, in decoded parts too.
        drops: Candidates that its checks dropped.
        nanoseconds: Processor time of the searches and of the checks, without that of the prefilter; if their code
            runs in another process, the time of waiting for it.
    """

    sightings: int = 0
    confirmations: int = 0
    matches: int = 0
    drops: int = 0
    nanoseconds: int = 0


class RuleCosts:
    """The costs of rules, by id. Used by one thread.

    Attributes:
        by_rule: The costs of the rules that the prefilter has reported. A scanner is named `scanner`, and its class.
    """

    def __init__(self) -> None:
        self.by_rule: dict[str, RuleCost] = {}

    def add(self, rule: str, sightings: int, matches: int, drops: int, nanoseconds: int) -> None:
        """Add a search for a rule in one content; see `RuleCost`."""
        cost = self.by_rule.get(rule)
        if cost is None:
            cost = self.by_rule[rule] = RuleCost()
        cost.sightings += sightings
        cost.confirmations += 1
        cost.matches += matches
        cost.drops += drops
        cost.nanoseconds += nanoseconds

    def ranked(self) -> list[tuple[str, RuleCost]]:
        """Return the rules and their costs, the most expensive one first."""
        return sorted(self.by_rule.items(), key=lambda item: (-item[1].nanoseconds, item[0]))


class RuleWatch:
    """Times the rules that are searched in one content, one after the other.

    The time of a rule is processor time, so that a busy machine makes no rule look expensive. Asking the system for it
    takes about as long as a search, so it is asked once for a content, and once more if the searches took long.

    Args:
        log: Where the times are noted.
        costs: Where all costs are counted; None: nowhere.
    """

    __slots__ = ("_began", "_costs", "_drops", "_log", "_processor", "_times")

    def __init__(self, log: ProblemLog, costs: RuleCosts | None) -> None:
        self._log = log
        self._costs = costs
        self._times: list[tuple[str, int, bool]] = []
        self._began = self._drops = 0
        self._processor = thread_time_ns()

    def begin(self) -> None:
        """Note that a rule begins."""
        if self._costs is not None:
            self._drops = drops_in(self._log)
            self._processor = thread_time_ns()
        self._began = perf_counter_ns()

    def end(self, name: str, sightings: int, matches: int, *, is_apart: bool) -> None:
        """Note that the rule has ended.

        Args:
            name: The name of the rule.
            sightings: In how many ranges it was searched.
            matches: How much it has found.
            is_apart: Whether its code runs in another process, so that its time is that of waiting for it.
        """
        nanoseconds = perf_counter_ns() - self._began
        self._times.append((name, nanoseconds, is_apart))
        if self._costs is not None:
            spent = nanoseconds if is_apart else thread_time_ns() - self._processor
            self._costs.add(name, sightings, matches, drops_in(self._log) - self._drops, spent)

    def note(self) -> None:
        """Add the times of all rules to the log."""
        here = sum([nanoseconds for _, nanoseconds, is_apart in self._times if not is_apart])
        share = 1.0
        if here > _LONG and self._costs is None:
            share = min((thread_time_ns() - self._processor) / here, 1.0)
        for name, nanoseconds, is_apart in self._times:
            self._log.add_time(name, nanoseconds if is_apart else round(nanoseconds * share))


def costly(nanoseconds: Mapping[str, int]) -> dict[str, int]:
    """Return the rules that have taken more than their budget in a scan, each with its time in seconds.

    The time depends on the machine, so it decides nothing: such a rule is named, and goes on.

    Args:
        nanoseconds: Time of each rule, that of all processes together.
    """
    return {rule: round(time / 1e9) for rule, time in sorted(nanoseconds.items()) if time > BUDGET_SECONDS * 1e9}


def drops_in(log: ProblemLog) -> int:
    """Return how many candidates a log has counted as dropped."""
    dropped: Iterable[int] = getattr(log, "dropped", {}).values()
    return sum(dropped)
