"""Reading shares with several processes: forked, so that they start at once and share what has been prepared."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import warnings
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from beca_core.errors import BecaError, SourceError
from beca_core.outcome import Outcome
from beca_core.sources import PAUSE_SECONDS, finish
from beca_core.threads import may_fork

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.context import ForkProcess

    from beca_core.examination import Examiner
    from beca_core.sources import Share, Stop

_Connection: TypeAlias = "Connection[Any, Any]"
_WORTH_A_PROCESS: Final = 16 * 1024 * 1024
"""Cost of shares, in bytes of work, below which a further process takes longer to start than it saves."""

_JOIN_SECONDS: Final = 5.0
_GC_THRESHOLD: Final = 50_000
"""Reading makes many objects and hardly any circles of them."""
_PAUSES: Final[dict[bool | None, float | None]] = {True: 0.0, False: PAUSE_SECONDS, None: None}
"""How long to wait for processes after a step of what is done meanwhile; without end when there is no more to do."""


def processes_for(shares: Sequence[Share], most: int | None) -> int:
    """Return how many processes are to read some shares.

    Args:
        shares: The shares.
        most: No more than these; None: as many as this process may use processors.
    """
    if most is None:
        most = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    worth = sum(share.cost for share in shares) // _WORTH_A_PROCESS
    return max(1, min(most, worth, len(shares))) if may_fork() else 1


def read_shares(
    shares: Sequence[Share], examiner: Examiner, stop: Stop, processes: int, meanwhile: Iterator[bool]
) -> Iterator[Outcome]:
    """Yield what comes of all shares, piece by piece.

    The shares are handed out one by one, the most costly first, each to whoever is idle; so nobody waits while there is
    something to do. In one process they are read in their order.

    Args:
        shares: What to read.
        examiner: Scans what is read.
        stop: Ends the reading early.
        processes: How many processes read; 1: this one, without any other.
        meanwhile: What this process does while it waits for others, see `Source.meanwhile`; is run to its end.

    Raises:
        BecaError: Whatever reading a share raises.
        SourceError: If a process is killed or crashes.
    """
    if processes == 1:
        for share in shares:
            yield from examiner.read(share, stop)
    else:
        pool = _Pool(shares, examiner, stop, processes)
        try:
            yield from pool.outcomes(meanwhile)
        finally:
            pool.close()
    finish(meanwhile)


class _Pool:
    """Some processes, and a queue of shares that they work off."""

    def __init__(self, shares: Sequence[Share], examiner: Examiner, stop: Stop, processes: int) -> None:
        self._queue = sorted(range(len(shares)), key=lambda number: shares[number].cost)
        self._processes: dict[_Connection, ForkProcess] = {}
        context = multiprocessing.get_context("fork")
        for _ in range(processes):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(shares, examiner, stop, theirs, [ours, *self._processes]), daemon=True
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: see `may_fork`
                process.start()
            theirs.close()
            self._processes[ours] = process

    def outcomes(self, meanwhile: Iterator[bool]) -> Iterator[Outcome]:
        """Yield what the processes send, until all shares are read."""
        busy = set(self._processes)
        for connection in self._processes:
            self._hand_out(connection, busy)
        pause: float | None = 0.0
        while busy:
            ready = [connection for connection in wait(busy, pause) if isinstance(connection, Connection)]
            if not ready:
                pause = _PAUSES[next(meanwhile, None)]
            for connection in ready:
                message = self._receive(connection)
                if isinstance(message, Outcome):
                    yield message
                elif isinstance(message, BecaError):
                    raise message
                else:
                    self._hand_out(connection, busy)

    def close(self) -> None:
        """Kill the processes that still run."""
        for connection, process in self._processes.items():
            connection.close()
            process.kill()
        for process in self._processes.values():
            process.join(_JOIN_SECONDS)

    def _hand_out(self, connection: _Connection, busy: set[_Connection]) -> None:
        if self._queue:
            with suppress(BrokenPipeError):  # it is dead; receiving from it will tell
                connection.send(self._queue.pop())
        else:
            busy.discard(connection)

    def _receive(self, connection: _Connection) -> Outcome | BecaError | None:
        try:
            message: Outcome | BecaError | None = connection.recv()
        except (EOFError, ConnectionError):
            process = self._processes[connection]
            process.join(_JOIN_SECONDS)
            raise SourceError(f"A process of the scan ended {_how(process.exitcode)}.", hint=_HINT) from None
        return message


_HINT: Final = "There may be too little memory: allow fewer processes, or smaller contents."


def _how(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return "before its work was done"
    return f"by signal {-exit_code}"


def _work(
    shares: Sequence[Share], examiner: Examiner, stop: Stop, connection: _Connection, others: list[_Connection]
) -> None:
    """Read the shares whose numbers come in, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()  # what was there before is shared with the parent, and looking through it would copy it
    gc.set_threshold(_GC_THRESHOLD)
    for other in others:
        other.close()
    with suppress(EOFError, ConnectionError):
        while True:
            number = connection.recv()
            try:
                for outcome in examiner.read(shares[number], stop):
                    connection.send(outcome)
            except BecaError as error:
                connection.send(error)
                return
            connection.send(None)
