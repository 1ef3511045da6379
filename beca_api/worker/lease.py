"""`Lease`: a worker's hold on one result, and how it ends."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

import structlog

from beca_core.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.transitions import Claim

_RENEWALS: Final = 3
_PROGRESS_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 0.5
"""Time between two looks at whether the claim still holds, so that a scan that was cancelled ends soon."""
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0

_log = structlog.stdlib.get_logger(__name__)


class LeaseLost(Exception):
    """Raised when the result is no longer this worker's, or was cancelled; anything that it would store is dropped."""


class Lease:
    """A claim that is renewed three times within its duration.

    The lease survives a database outage that ends before the lease expires.

    Args:
        queue: Where the claim was just made.
        claim: The claim.
        seconds: How long it lasts after each renewal.
    """

    def __init__(self, queue: ScanQueue, claim: Claim, seconds: float) -> None:
        self._queue = queue
        self._claim = claim
        self._seconds = seconds
        self._renewed = self._tried = self._looked = monotonic()
        self._progress: dict[str, Any] | None = None

    def keep(self, progress: dict[str, Any] | None) -> None:
        """Renew the lease if a third of its time has passed, or if there is new progress to store; else look at it.

        Args:
            progress: How far the scan has come.

        Raises:
            LeaseLost: If another worker has the result, something else ended it, or the lease expired.
        """
        pause = self._seconds / _RENEWALS
        if progress != self._progress:
            pause = min(pause, _PROGRESS_SECONDS)
        now = monotonic()
        if now < self._tried + pause:
            self._look(now)
            return
        self._tried = self._looked = now
        try:
            held = self._queue.renew(self._claim, progress)
        except Exception as error:  # noqa: BLE001 - the next attempt may succeed
            _log.warning("lease not renewed", result_id=self._claim.result_id, error=type(error).__name__)
            held = monotonic() < self._end
        else:
            self._renewed = now
            self._progress = progress
        if not held:
            raise LeaseLost

    def _look(self, now: float) -> None:
        if now < self._looked + LOOK_SECONDS:
            return
        self._looked = now
        try:
            held = self._queue.holds(self._claim)
        except Exception:  # noqa: BLE001 - what follows from an outage is decided by the next renewal
            return
        if not held:
            raise LeaseLost

    def settle(self, action: Callable[[], bool]) -> None:
        """Store an outcome, which ends the lease; try again while the database is unavailable.

        Args:
            action: Stores the outcome; returns False if the result is no longer this worker's.

        Raises:
            LeaseLost: If it is not, or if the lease expires before the database is available again.
        """
        pause = _FIRST_PAUSE
        while True:
            try:
                if action():
                    return
                raise LeaseLost
            except DatabaseUnavailable:
                _log.warning("outcome not stored yet", result_id=self._claim.result_id)
                if monotonic() + pause >= self._end:
                    raise LeaseLost from None
            sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    @property
    def _end(self) -> float:
        return self._renewed + self._seconds
