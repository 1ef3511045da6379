"""Running several scanners over a repository in turn, so that all of them meet the same good and bad moments."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from measure.memory import Memory
from measure.processes import run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from measure.contestants import Contestant
    from measure.processes import Run


@dataclass(slots=True)
class Record:
    """What one scanner showed on one repository.

    Args:
        contestant: The scanner.
        runs: The timed runs, in the order of the rounds.
        memory: What its process tree took at its peak, in a run that was not timed.
        failure: Why its figures must not be compared, or an empty string.
    """

    contestant: Contestant
    runs: list[Run] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)
    failure: str = ""

    @property
    def walls(self) -> list[float]:
        """Seconds from start to end of each timed run; none if one of the runs failed."""
        return [] if self.failure else [run.wall for run in self.runs]

    @property
    def cpus(self) -> list[float]:
        """Seconds of processor time of each timed run; none if one of the runs failed."""
        return [] if self.failure else [run.cpu for run in self.runs]

    @property
    def largest(self) -> int:
        """Bytes that the largest single process had resident in any of the runs."""
        return max((run.largest for run in self.runs), default=0)


def compare(
    contestants: Sequence[Contestant],
    repository: Path,
    rounds: int,
    *,
    seconds: float = 3600.0,
    notify: Callable[[str], None] = lambda _: None,
) -> list[Record]:
    """Run all scanners in turn, several times.

    One round warms caches and is thrown away. In the next one memory is sampled, which costs time, so it is not timed.
    A scanner that fails is not run again.

    Args:
        contestants: The scanners.
        repository: What they scan.
        rounds: How many times they are timed.
        seconds: A run that takes longer is killed.
        notify: Called with what is being done.
    """
    records = [Record(contestant) for contestant in contestants]
    for number in range(-1, rounds + 1):
        for record in records:
            if not record.failure:
                notify(f"{repository.name}, round {max(number, 0)} of {rounds}: {record.contestant.name}")
                _run_once(record, repository, number, seconds)
    return records


def _run_once(record: Record, repository: Path, number: int, seconds: float) -> None:
    """Add a run to a record; -1 is the round that warms caches, 0 the one in which memory is sampled."""
    contestant = record.contestant
    with tempfile.TemporaryDirectory(prefix="beca-benchmark-", ignore_cleanup_errors=True) as scratch:
        report = Path(scratch, "report.json")
        done = run(
            contestant.command(repository, report),
            Path(scratch),
            environment=contestant.environment,
            with_memory=number == 0,
            seconds=seconds,
        )
    record.failure = contestant.failure(done)
    if number == 0:
        record.memory = done.memory
    elif number > 0:
        record.runs.append(done)
