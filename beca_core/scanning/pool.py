"""`Pool`: forked processes that read shares. They start at once and share what the parent has prepared."""

from __future__ import annotations

import multiprocessing
import signal
import warnings
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from beca_core.errors import BecaError, SourceError
from beca_core.scanning.examiner import Outcome
from beca_core.sources.limits import PAUSE_SECONDS
from beca_core.system import processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.context import ForkProcess

    from beca_core.scanning.examiner import Examiner
    from beca_core.sources.contracts import Share
    from beca_core.sources.limits import Stop

_Connection: TypeAlias = "Connection[Any, Any]"
_JOIN_SECONDS: Final = 5.0
_LEAVE_SECONDS: Final = 0.1
_PAUSES: Final[dict[bool | None, float | None]] = {True: 0.0, False: PAUSE_SECONDS, None: None}
"""How long to wait for processes after a step of the background work; None: without a bound, as the work is done."""


class Pool:
    """Some processes, and a queue of shares for them."""

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

    def outcomes(self, background: Iterator[bool]) -> Iterator[Outcome]:
        """Yield what the processes send, until all shares are read."""
        busy = set(self._processes)
        for connection in self._processes:
            self._hand_out(connection, busy)
        pause: float | None = 0.0
        while busy:
            ready = [connection for connection in wait(busy, pause) if isinstance(connection, Connection)]
            if not ready:
                pause = _PAUSES[next(background, None)]
            for connection in ready:
                message = self._receive(connection)
                if isinstance(message, Outcome):
                    yield message
                elif isinstance(message, BecaError):
                    raise message
                else:
                    self._hand_out(connection, busy)

    def close(self) -> None:
        """Kill the processes that are still running."""
        for connection in self._processes:
            connection.close()
        for process in self._processes.values():
            process.join(_LEAVE_SECONDS)  # an idle one ends by itself, and takes the processes of its plugins with it
            process.kill()
        for process in self._processes.values():
            process.join(_JOIN_SECONDS)

    def _hand_out(self, connection: _Connection, busy: set[_Connection]) -> None:
        if self._queue:
            with suppress(BrokenPipeError):  # it has ended; receiving from it will report that
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
    processes.settle()  # older objects are shared with the parent, and collecting them would copy their pages
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
                break
            connection.send(None)
    processes.finish()
