"""`Dispatcher`: from the ring of the doorbell to a running scan."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_api.worker.slots import Slots
    from beca_core.storage.services.queue import Claim, ScanQueue

_PATIENCE_SECONDS: Final = 0.25
"""Longest wait of a message for a slot: as long as it may take a slot that found nothing more to do to be free."""

_log = structlog.stdlib.get_logger(__name__)


class Dispatcher:
    """Keep the slots of this process busy: each is one thread that scans until nothing waits any more.

    A message wakes a free slot up. While all slots are busy, messages are dropped, since each slot looks for the
    next waiting result when it is done; so messages never pile up, and a process claims no more than it runs.

    Args:
        queue: Where results are claimed.
        owner: Name of this process, for the lease.
        slots: How many scans it runs at once.
        run: Scans what was claimed; must not raise.
    """

    def __init__(self, queue: ScanQueue, owner: str, slots: Slots, run: Callable[[Claim], None]) -> None:
        self._queue = queue
        self._owner = owner
        self._slots = slots
        self._run = run

    def answer(self, result_id: int) -> None:
        """Answer a message; when this returns the message is done with, while the scan may have just begun."""
        self._begin(lambda: self._queue.claim(result_id, self._owner), _PATIENCE_SECONDS)

    def fill(self) -> None:
        """Give all free slots something to do, as far as anything waits."""
        while self._begin(self._claim_next, 0.0):
            pass

    def _begin(self, claim: Callable[[], Claim | None], patience: float) -> bool:
        if not self._slots.take(patience):
            return False
        claimed = self._guarded(claim)
        if claimed is None:
            self._slots.release()
            return False
        Thread(target=self._work, args=(claimed,), name=f"scan-{claimed.result_id}", daemon=True).start()
        return True

    def _work(self, claimed: Claim | None) -> None:
        try:
            while claimed is not None:
                self._run(claimed)
                claimed = None if self._slots.closed else self._guarded(self._claim_next)
        finally:
            self._slots.release()

    def _claim_next(self) -> Claim | None:
        return self._queue.claim_next(self._owner)

    def _guarded(self, claim: Callable[[], Claim | None]) -> Claim | None:
        try:
            return claim()
        except Exception as error:  # noqa: BLE001 - the row is as it was, and the sweeper comes by again
            _log.warning("claim failed", error=type(error).__name__)
            return None
