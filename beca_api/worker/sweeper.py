"""The sweeper: sees to results whose message was lost, or whose worker died."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from beca_api.worker.doorbell import Doorbell
    from beca_core.storage.services.queue import ScanQueue

_log = structlog.stdlib.get_logger(__name__)


class Sweeper:
    """A thread that sweeps at its start and then at intervals, whatever happens.

    Args:
        queue: Says which results are due.
        doorbell: Rung for each of them, so that other workers look too.
        errands: What else is done in each sweep.
        interval: Time between two sweeps, in seconds.
    """

    def __init__(
        self, queue: ScanQueue, doorbell: Doorbell, errands: Sequence[Callable[[], None]], interval: float
    ) -> None:
        self._queue = queue
        self._doorbell = doorbell
        self._errands = errands
        self._interval = interval
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """Begin to sweep."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End the thread, waiting for a sweep that is under way for so many seconds."""
        self._stopped.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            self._sweep()
            if self._stopped.wait(self._interval):
                return

    def _sweep(self) -> None:
        for errand in (self._ring, *self._errands):
            try:
                errand()
            except Exception as error:  # noqa: BLE001 - whatever is wrong now, the next sweep may go well
                _log.warning("sweep failed", error=type(error).__name__)

    def _ring(self) -> None:
        due = self._queue.due()
        for result_id in due:
            self._doorbell.ring(result_id)
        if due:
            _log.info("rang again", results=len(due))
