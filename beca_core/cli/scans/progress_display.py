"""What a scan shows while it runs: events for programs, a bar for people. Neither slows the scan down."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from beca_core.sources.progress import Phase, Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.cli.scans.progress_bar import ProgressBar
    from beca_core.reports.json_lines import EventStream

OnProgress: TypeAlias = Callable[[Progress], None]

EVENT_SECONDS: Final = 0.5
_BAR_SECONDS: Final = 0.2
_BAR_DELAY_SECONDS: Final = 1.0
"""Seconds before the bar appears; a shorter scan shows none."""


def paced(
    show: OnProgress, seconds: float, *, delay: float = 0.0, clock: Callable[[], float] = time.monotonic
) -> OnProgress:
    """Return a function that forwards calls, but not two of one phase within this many seconds.

    Args:
        show: Receives the forwarded calls.
        seconds: Least time between two of them, unless a new phase begins.
        delay: Seconds from now in which no call is forwarded.
        clock: Returns the time in seconds.
    """
    due = clock() + delay
    phase: Phase | None = None

    def notify(progress: Progress) -> None:
        nonlocal due, phase
        now = clock()
        if now >= due or (phase is not None and progress.phase is not phase):
            due, phase = now + seconds, progress.phase
            show(progress)

    return notify


def event_progress(events: EventStream) -> OnProgress:
    """Return a function that writes `progress` events."""
    return paced(events.progress, EVENT_SECONDS)


@contextmanager
def terminal_progress(*, fetching: bool) -> Iterator[OnProgress]:
    """Provide a function that draws a bar on stderr after a second; the bar disappears when the block ends.

    Args:
        fetching: Whether the scan begins with a fetch; the bar then appears at once.
    """
    with ExitStack() as stack:

        def open_bar(phase: Phase) -> ProgressBar:
            from beca_core.cli.scans.progress_bar import ProgressBar

            bar = ProgressBar(phase)
            stack.push(bar)  # before `open`, which hides the cursor: an interrupt has to show it again
            bar.open()
            return bar

        bar = open_bar(Phase.FETCHING) if fetching else None

        def show(progress: Progress) -> None:
            nonlocal bar
            if bar is None:
                bar = open_bar(progress.phase)
            bar.show(progress)

        yield paced(show, _BAR_SECONDS, delay=0.0 if fetching else _BAR_DELAY_SECONDS)
