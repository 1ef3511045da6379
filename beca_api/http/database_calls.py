"""`DatabaseCalls`: calls of the database from the event loop, in threads of which each kind of call has its own.

A database that is locked or does not answer blocks the threads that wait for it. So readers do not wait behind writers,
a bounded number of calls wait for a thread, and no request waits longer than a limit: the others are refused with a
status that says to try again. Whether the server is ready is asked in a thread of its own.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar

from beca_core.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

CALL_SECONDS: Final = 10.0
"""Time for one call, with the time that it waits for a thread."""
READY_SECONDS: Final = 2.0

_READING_THREADS: Final = 4
_WRITING_THREADS: Final = 4
_WAITING_PER_THREAD: Final = 24

_P = ParamSpec("_P")
Returned = TypeVar("Returned")


class _Lane:
    """A bounded number of threads, and of calls that wait for them.

    Args:
        name: Name of its threads.
        threads: Number of threads.
        seconds: Time for one call.
        waiting: How many calls may wait for a thread.
    """

    def __init__(self, name: str, threads: int, seconds: float, waiting: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._seconds = seconds
        self._most = threads + waiting
        self._calls: set[Future[Any]] = set()

    async def run(self, call: Callable[[], Returned]) -> Returned:
        """Call something in a thread.

        Raises:
            DatabaseUnavailable: If too many calls wait, or this one takes too long; what it does may still happen.
        """
        if len(self._calls) >= self._most:
            raise DatabaseUnavailable("The database is busy with other requests.", hint="Try again later.")
        future = self._executor.submit(copy_context().run, call)
        self._calls.add(future)
        future.add_done_callback(self._calls.discard)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise DatabaseUnavailable(
                f"The database did not answer within {self._seconds:g} seconds.", hint="Try again later."
            ) from None

    def close(self) -> None:
        """Drop what waits, and leave what runs to its end."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class DatabaseCalls:
    """The threads in which the server calls the database; `with` ends them."""

    def __init__(self) -> None:
        self._reading = _Lane("reading", _READING_THREADS, CALL_SECONDS, _READING_THREADS * _WAITING_PER_THREAD)
        self._writing = _Lane("writing", _WRITING_THREADS, CALL_SECONDS, _WRITING_THREADS * _WAITING_PER_THREAD)
        self._noting = _Lane("noting", 1, CALL_SECONDS, 0)
        self._checking = _Lane("checking", 1, READY_SECONDS, 0)
        self._check: asyncio.Task[None] | None = None

    async def read(self, call: Callable[_P, Returned], *args: _P.args, **kwargs: _P.kwargs) -> Returned:
        """Call something that reads.

        Raises:
            DatabaseUnavailable: If too many calls wait, or this one takes too long.
        """
        return await self._reading.run(partial(call, *args, **kwargs))

    async def write(self, call: Callable[_P, Returned], *args: _P.args, **kwargs: _P.kwargs) -> Returned:
        """Call something that writes.

        Raises:
            DatabaseUnavailable: If too many calls wait, or this one takes too long; it may still be done.
        """
        return await self._writing.run(partial(call, *args, **kwargs))

    async def note(self, call: Callable[_P, Returned], *args: _P.args, **kwargs: _P.kwargs) -> Returned:
        """Call something that writes in the background, one call at a time.

        Raises:
            DatabaseUnavailable: If the call before still runs, or this one takes too long.
        """
        return await self._noting.run(partial(call, *args, **kwargs))

    async def check(self, call: Callable[[], None]) -> None:
        """Call a check in a thread that nothing else uses; who asks while it runs gets the same answer.

        Raises:
            DatabaseUnavailable: If it takes too long.
        """
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self._checking.run(call))
        await asyncio.shield(self._check)

    def close(self) -> None:
        """End the threads when their calls have ended."""
        for lane in (self._reading, self._writing, self._noting, self._checking):
            lane.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
