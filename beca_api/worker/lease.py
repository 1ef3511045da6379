"""`Lease`: the hold of a worker on one result, and how it ends."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

import structlog

from beca_core.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.services.queue import Claim, ScanQueue

_RENEWALS: Final = 3
_NEWS_SECONDS: Final = 2.0
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0

_log = structlog.stdlib.get_logger(__name__)


class LeaseLost(Exception):
    """Raised when the result is no longer this worker's; whatever it would store is dropped."""


class Lease:
    """A claim that is renewed three times before it can run out.

    A database that is away costs the lease only when it stays away until the lease has run out.

    Args:
        queue: Where the claim was made, a moment ago.
        claim: The claim.
        seconds: How long it holds after each renewal.
    """

    def __init__(self, queue: ScanQueue, claim: Claim, seconds: float) -> None:
        self._queue = queue
        self._claim = claim
        self._seconds = seconds
        self._renewed = self._tried = monotonic()
        self._progress: dict[str, Any] | None = None

    def hold(self, progress: dict[str, Any] | None) -> None:
        """Renew the lease when it is time to, or when there is news to store.

        Args:
            progress: How far the scan has come.

        Raises:
            LeaseLost: If another worker has the result, it was ended from outside, or the lease ran out.
        """
        pause = self._seconds / _RENEWALS
        if progress != self._progress:
            pause = min(pause, _NEWS_SECONDS)
        now = monotonic()
        if now < self._tried + pause:
            return
        self._tried = now
        try:
            held = self._queue.renew(self._claim, progress)
        except Exception as error:  # noqa: BLE001 - whatever is wrong now, the next try may go well
            _log.warning("lease not renewed", result_id=self._claim.result_id, error=type(error).__name__)
            held = monotonic() < self._end
        else:
            self._renewed = now
            self._progress = progress
        if not held:
            raise LeaseLost

    def settle(self, action: Callable[[], bool]) -> None:
        """Do what ends the lease; again and again while the database is away.

        Args:
            action: Stores an outcome, and returns False where the result is no longer this worker's.

        Raises:
            LeaseLost: If it is not, or the database did not come back before the lease ran out.
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
