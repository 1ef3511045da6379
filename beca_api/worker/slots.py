"""How many scans a process runs at once."""

from __future__ import annotations

from threading import Condition


class Slots:
    """A bounded number of places, each held by one running scan.

    A message is answered only with a place in hand, so a process never claims more scans than it runs.

    Args:
        count: How many there are.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken = 0
        self._closed = False
        self._changed = Condition()

    def take(self, timeout: float) -> bool:
        """Wait for a free place and take it.

        Args:
            timeout: Longest wait, in seconds.

        Returns:
            False where none got free in time, and at once after `close`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._taken < self._count, timeout)
            if self._closed or self._taken >= self._count:
                return False
            self._taken += 1
            return True

    def release(self) -> None:
        """Give a place back."""
        with self._changed:
            self._taken -= 1
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether no place is handed out any more."""
        return self._closed

    def close(self) -> None:
        """Hand out no place any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_until_free(self, timeout: float) -> bool:
        """Wait until every place was given back; False where that did not happen in time (seconds)."""
        with self._changed:
            return self._changed.wait_for(lambda: self._taken == 0, timeout)
