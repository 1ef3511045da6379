"""`ResultWatch`: notices when results change that somebody follows, on whichever process they change.

The database is asked once for all of them, so a hundred clients cost no more than one.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog

from beca_core.errors import TooManyRequests

if TYPE_CHECKING:
    from beca_api.http.database_calls import DatabaseCalls
    from beca_core.storage.services.results import ResultService

LOOK_SECONDS: Final = 0.5

_log = structlog.stdlib.get_logger(__name__)


class FollowedResult:
    """A result that one client follows.

    Args:
        watch: Where it is followed.
        result_id: The result.
    """

    def __init__(self, watch: ResultWatch, result_id: int) -> None:
        self._watch = watch
        self._changed = asyncio.Event()
        self.result_id: Final = result_id
        self.revision: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether the server stops, so that nobody follows anything any more."""
        return self._watch.is_closed

    async def changed(self, seconds: float) -> bool:
        """Wait until the result is not as it was when this was last asked, or the server stops.

        Args:
            seconds: Longest wait.

        Returns:
            False if neither happened in that time.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        was_set = self._changed.is_set()
        if not self.is_over:
            self._changed.clear()
        return was_set

    def note(self, revision: int | None) -> None:
        """Note the revision that the result has now; None: it was deleted."""
        if revision != self.revision:
            self.revision = revision
            self.wake()

    def wake(self) -> None:
        """End the current wait."""
        self._changed.set()

    def leave(self) -> None:
        """Follow it no longer."""
        self._watch.remove(self)


class ResultWatch:
    """The results that clients of this process follow.

    Args:
        results: Where they are.
        calls: Calls the database.
        most: How many clients may follow at once.
    """

    def __init__(self, results: ResultService, calls: DatabaseCalls, most: int) -> None:
        self._results = results
        self._calls = calls
        self._most = most
        self._followed: set[FollowedResult] = set()
        self._somebody = asyncio.Event()
        self.is_closed = False

    def follow(self, result_id: int) -> FollowedResult:
        """Follow a result, until `leave` is called.

        Raises:
            TooManyRequests: If too many clients follow results, or the server stops.
        """
        if len(self._followed) >= self._most or self.is_closed:
            raise TooManyRequests("Too many clients follow results.", hint="Try again later, or poll the result.")
        followed = FollowedResult(self, result_id)
        self._followed.add(followed)
        self._somebody.set()
        return followed

    def remove(self, followed: FollowedResult) -> None:
        """Forget a client."""
        self._followed.discard(followed)
        if not self._followed:
            self._somebody.clear()

    async def run(self) -> None:
        """Look for changes until this task is cancelled; no error of the database ends it."""
        while True:
            await self._somebody.wait()
            await self._look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        ids = {followed.result_id for followed in self._followed}
        try:
            revisions = await self._calls.read(self._results.revisions, ids)
        except Exception as error:  # noqa: BLE001 - the next look may succeed
            _log.warning("results not looked at", error=type(error).__name__)
            return
        for followed in self._followed:
            if followed.result_id in ids:
                followed.note(revisions.get(followed.result_id))

    def close(self) -> None:
        """End all streams, since the server stops."""
        self.is_closed = True
        for followed in self._followed:
            followed.wake()
