"""The sweeper: finds results whose notification was lost or whose worker died."""

from __future__ import annotations

from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from beca_api.worker.notifications import ScanNotifier
    from beca_core.storage.services.queue import ScanQueue

_log = structlog.stdlib.get_logger(__name__)


def every(seconds: float, task: Callable[[], object]) -> Callable[[], None]:
    """Return a task for each sweep that does something only once in a while, from the first sweep on.

    Args:
        seconds: Time between the beginnings.
        task: What to do.
    """
    due = [monotonic()]

    def run() -> None:
        if monotonic() >= due[0]:
            due[0] = monotonic() + seconds
            task()

    return run


class Sweeper:
    """A thread that sweeps when it starts and then at intervals; no error ends it.

    Args:
        queue: Lists the results that are due.
        notifier: Notifies workers of each of them, those of other processes too.
        periodic_tasks: What else each sweep does.
        interval: Time between two sweeps, in seconds.
    """

    def __init__(
        self, queue: ScanQueue, notifier: ScanNotifier, periodic_tasks: Sequence[Callable[[], object]], interval: float
    ) -> None:
        self._queue = queue
        self._notifier = notifier
        self._periodic_tasks = periodic_tasks
        self._interval = interval
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread; wait up to so many seconds for a sweep that is running."""
        self._stopped.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            self._sweep()
            if self._stopped.wait(self._interval):
                return

    def _sweep(self) -> None:
        for task in (self._notify_due, *self._periodic_tasks):
            try:
                task()
            except Exception as error:  # noqa: BLE001 - the next sweep may succeed
                _log.warning("sweep failed", error=type(error).__name__)

    def _notify_due(self) -> None:
        due = self._queue.due()
        for result_id in due:
            self._notifier.notify(result_id)
        if due:
            _log.info("workers notified again", results=len(due))
