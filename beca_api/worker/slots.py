"""How many scans a process runs at once."""

from __future__ import annotations

from threading import Condition


class Slots:
    """A bounded number of slots; each running scan holds one.

    A worker takes a slot before it claims a result, so a process never claims more scans than it runs.

    Args:
        count: Number of slots.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._taken = 0
        self._closed = False
        self._changed = Condition()

    def take(self, timeout: float) -> bool:
        """Wait for a free slot and take it.

        Args:
            timeout: Longest wait, in seconds.

        Returns:
            False if no slot became free in time; after `close`, False at once.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._taken < self._count, timeout)
            if self._closed or self._taken >= self._count:
                return False
            self._taken += 1
            return True

    def release(self) -> None:
        """Give a slot back."""
        with self._changed:
            self._taken -= 1
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def close(self) -> None:
        """Refuse every later `take`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_until_free(self, timeout: float) -> bool:
        """Wait until every slot is free; return False if that takes longer than the timeout (seconds)."""
        with self._changed:
            return self._changed.wait_for(lambda: self._taken == 0, timeout)
