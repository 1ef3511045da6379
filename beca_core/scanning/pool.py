"""`Pool`: forked processes that read shares. They start at once and share what the parent has prepared."""

from __future__ import annotations

import multiprocessing
import signal
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from beca_core.errors import BecaError, SourceError
from beca_core.report import Skipped
from beca_core.scanning.examiner import Outcome
from beca_core.sources.limits import PAUSE_SECONDS, Stop
from beca_core.system import processes
from beca_core.system.lifeline import Lifeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from multiprocessing.context import ForkProcess

    from beca_core.scanning.examiner import Examiner
    from beca_core.sources.contracts import Share
    from beca_core.sources.limits import Limits

_Connection: TypeAlias = "Connection[Any, Any]"
_JOIN_SECONDS: Final = 5.0
_LEAVE_SECONDS: Final = 0.1
_LONGEST_PAUSE: Final = 0.1
_PAUSES: Final[dict[bool | None, float]] = {True: 0.0, False: PAUSE_SECONDS, None: _LONGEST_PAUSE}
"""How long to wait for processes after a step of the background work; None: it is done."""
_OVERDUE_SECONDS: Final = 0.6
"""Processes that are still reading so long after the time is over are killed."""

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class _ShareReader:
    """A process.

    Args:
        process: The process.
        lifeline: Ends it when this process ends.
        share: Number of the share that it reads; None: it reads none.
        finished: Ids of the contents of this share of which it has sent the outcome.
    """

    process: ForkProcess
    lifeline: Lifeline
    share: int | None = None
    finished: set[str] = field(default_factory=set)


class Pool:
    """Some processes, and a queue of shares for them.

    Args:
        shares: The shares.
        examiner: Scans what they yield.
        stop: Ends the reading early.
        processes: How many processes read; fewer do if the system does not allow so many.

    Raises:
        OSError: If the system does not allow even one.
    """

    def __init__(self, shares: Sequence[Share], examiner: Examiner, stop: Stop, processes: int) -> None:
        self._shares = shares
        self._limits = examiner.limits
        self._stop = stop
        self._queue = sorted(range(len(shares)), key=lambda number: shares[number].cost)
        self._readers: dict[_Connection, _ShareReader] = {}
        stop.share()
        examiner.prepare()
        try:
            for _ in range(processes):
                self._start(examiner)
        except OSError:
            if not self._readers:
                raise

    def outcomes(self, background: Iterator[bool]) -> Iterator[Outcome]:
        """Yield what the processes send, until all shares are read or the time is over."""
        busy = set(self._readers)
        for connection in self._readers:
            self._hand_out(connection, busy)
        pause = 0.0
        while busy:
            ready = [connection for connection in wait(busy, pause) if isinstance(connection, Connection)]
            if not ready:
                if self._stop.reason == "timeout":
                    self._stop.raise_failure()
                    if self._stop.is_overdue(_OVERDUE_SECONDS):
                        yield self._abandoned(busy)
                        return
                pause = _PAUSES[next(background, None)]
            for connection in ready:
                message = self._receive(connection)
                if isinstance(message, Outcome):
                    self._readers[connection].finished.update(message.finished)
                    message.finished.clear()
                    if message.is_last:
                        self._readers[connection].share = None
                    yield message
                elif isinstance(message, BecaError):
                    raise message
                else:
                    self._hand_out(connection, busy)

    def close(self) -> None:
        """Kill the processes that are still running."""
        for connection in self._readers:
            connection.close()
        for reader in self._readers.values():
            reader.process.join(_LEAVE_SECONDS)  # an idle one ends by itself, and takes its plugins' processes with it
            reader.process.kill()
        for reader in self._readers.values():
            reader.process.join(_JOIN_SECONDS)
            reader.lifeline.release()

    def _start(self, examiner: Examiner) -> None:
        context = multiprocessing.get_context("fork")
        lifeline = Lifeline()
        ours, theirs = context.Pipe()
        inherited = [*self._readers, ours]
        lifelines = [reader.lifeline for reader in self._readers.values()]
        process = context.Process(
            target=_work,
            args=(self._shares, examiner, self._stop, theirs, lifeline, inherited, lifelines),
            daemon=True,
        )
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # until the child has handlers of its own
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: see `may_fork`
                process.start()
        except BaseException:
            ours.close()
            lifeline.release()
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            theirs.close()
            lifeline.hold()
        self._readers[ours] = _ShareReader(process, lifeline)

    def _hand_out(self, connection: _Connection, busy: set[_Connection]) -> None:
        reader = self._readers[connection]
        reader.share = None
        reader.finished.clear()
        if self._queue:
            reader.share = self._queue.pop()
            with suppress(BrokenPipeError):  # it has ended; receiving from it will report that
                connection.send(reader.share)
        else:
            busy.discard(connection)

    def _receive(self, connection: _Connection) -> Outcome | BecaError | None:
        try:
            message: Outcome | BecaError | None = connection.recv()
        except (EOFError, ConnectionError):
            process = self._readers[connection].process
            process.join(_JOIN_SECONDS)
            raise SourceError(f"A process of the scan ended {_how(process.exitcode)}.", hint=_HINT) from None
        return message

    def _abandoned(self, busy: Iterable[_Connection]) -> Outcome:
        """End all processes, and count what they have not reported."""
        for reader in self._readers.values():
            reader.process.kill()
        readers = [self._readers[connection] for connection in busy]
        skipped = [
            item
            for reader in readers
            if reader.share is not None
            for item in _unread(self._shares[reader.share], self._limits, reader.finished)
        ]
        for number in self._queue:
            skipped += _unread(self._shares[number], self._limits, ())
        return Outcome(skipped=skipped)


def _unread(share: Share, limits: Limits, finished: Iterable[str]) -> Iterator[Skipped]:
    """Yield what a share still has to read: when the time is over, it only names it."""
    over, done = Stop(0.0), set(finished)
    over.end_now()
    yielded: set[str] = set()
    for item in share.read(limits, over):
        if item.id not in done and item.id not in yielded:
            yielded.add(item.id)
            yield item if isinstance(item, Skipped) else Skipped(item.id, "timeout")


_HINT: Final = "There may be too little memory: allow fewer processes, or smaller contents."


def _how(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return "before its work was done"
    return f"by signal {-exit_code}"


def _work(
    shares: Sequence[Share],
    examiner: Examiner,
    stop: Stop,
    connection: _Connection,
    lifeline: Lifeline,
    inherited: list[_Connection],
    lifelines: list[Lifeline],
) -> None:
    """Read the shares whose numbers come in, until the other end is closed or the parent has ended."""
    for other in lifelines:
        other.release()
    lifeline.follow()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    stop.forget_tick()
    processes.settle()  # older objects are shared with the parent, and collecting them would copy their pages
    for other_connection in inherited:
        other_connection.close()
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
