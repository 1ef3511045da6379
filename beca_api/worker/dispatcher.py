"""`Dispatcher`: from a notification to a running scan."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_api.worker.slots import Slots
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.transitions import Claim

_SLOT_WAIT_SECONDS: Final = 0.25
"""Longest wait of a message for a slot: enough for a slot that has just found no more work to become free."""

_log = structlog.stdlib.get_logger(__name__)


class Dispatcher:
    """Keep the slots of this process busy: each is one thread that scans until no result is waiting.

    A message fills a free slot. While all slots are busy, messages are dropped, because each slot looks for the next
    waiting result after its scan. So messages never pile up, and a process claims no more than it runs.

    Args:
        queue: Where results are claimed.
        owner: Name of this process, for the lease.
        slots: How many scans it runs at once.
        run: Runs a claimed scan; must not raise.
    """

    def __init__(self, queue: ScanQueue, owner: str, slots: Slots, run: Callable[[Claim], None]) -> None:
        self._queue = queue
        self._owner = owner
        self._slots = slots
        self._run = run

    def handle(self, result_id: int) -> None:
        """Handle a message; it can be acknowledged when this returns, although the scan may have just begun."""
        self._start_scan(lambda: self._queue.claim(result_id, self._owner), _SLOT_WAIT_SECONDS)

    def fill(self) -> None:
        """Start waiting scans until no slot is free or no result is waiting."""
        while self._start_scan(self._claim_next, 0.0):
            pass

    def _start_scan(self, claim: Callable[[], Claim | None], slot_wait: float) -> bool:
        if not self._slots.take(slot_wait):
            return False
        claimed = self._try_to_claim(claim)
        if claimed is None:
            self._slots.release()
            return False
        Thread(target=self._work, args=(claimed,), name=f"scan-{claimed.result_id}", daemon=True).start()
        return True

    def _work(self, claimed: Claim | None) -> None:
        try:
            while claimed is not None:
                self._run(claimed)
                claimed = None if self._slots.closed else self._try_to_claim(self._claim_next)
        finally:
            self._slots.release()

    def _claim_next(self) -> Claim | None:
        return self._queue.claim_next(self._owner)

    def _try_to_claim(self, claim: Callable[[], Claim | None]) -> Claim | None:
        try:
            return claim()
        except Exception as error:  # noqa: BLE001 - the row is unchanged, and the sweeper tries again
            _log.warning("claim failed", error=type(error).__name__)
            return None
