"""Timing calls within this process."""

from __future__ import annotations

import time
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MICROSECONDS: Final = 1e6
_WARM_UP: Final = 200
_BATCH: Final = 100


def interleaved(calls: Mapping[str, Callable[[], object]], times: int) -> dict[str, list[float]]:
    """Return how many microseconds each call took by the clock, by its name.

    The calls take turns in batches of a hundred, so that all of them meet the same good and bad moments.

    Args:
        calls: What is measured.
        times: How often each is called and timed; the calls before that, which warm it up, are not counted.
    """
    for call in calls.values():
        for _ in range(_WARM_UP):
            call()
    figures: dict[str, list[float]] = {name: [] for name in calls}
    for done in range(0, times, _BATCH):
        for name, call in calls.items():
            figures[name] += _durations(call, min(_BATCH, times - done))
    return figures


def _durations(call: Callable[[], object], times: int) -> list[float]:
    clock = time.perf_counter
    durations = []
    for _ in range(times):
        begin = clock()
        call()
        durations.append((clock() - begin) * _MICROSECONDS)
    return durations


def processor_seconds(work: Callable[[], object], times: int = 3) -> float:
    """Return the processor time of a piece of work: the least of several runs, which other programs disturbed least.

    That of the processes that it started and waited for is included.

    Args:
        work: What is measured.
        times: How often it is done.
    """
    return min(_processor_seconds(work) for _ in range(times))


def _processor_seconds(work: Callable[[], object]) -> float:
    begin = _spent()
    work()
    return _spent() - begin


def _spent() -> float:
    usages = getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
