"""`PluginProcess`: the processes of one plugin. Each is started when it is needed, and again after it has failed."""

from __future__ import annotations

import os
import threading
import time
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from beca_core.errors import PluginFailed
from beca_core.plugins.isolation.confinement import ROOM_BYTES
from beca_core.plugins.isolation.description import Description, from_plain
from beca_core.plugins.isolation.frames import NoAnswer
from beca_core.plugins.isolation.running_process import RunningProcess
from beca_core.sources.limits import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from beca_core.matching.code_apart import CallLimit
    from beca_core.plugins.isolation.running_process import PluginSource
    from beca_core.sources.limits import Stop

MOST_FAILURES: Final = 3
"""After so many failures in one scan, a plugin is not asked again."""
_MOST_PROCESSES: Final = 4
"""How many threads can have one plugin work for them at the same time."""
_LOADING_SHARE: Final = 0.5
_INVALID: Final = "sent an answer that is not valid"
_NOT_AN_ANSWER: Final = (ValueError, TypeError, LookupError, AttributeError, OverflowError)

_LONGEST_NAME: Final = 80

_Answer = TypeVar("_Answer")


class PluginProcess:
    """The processes of one plugin. Shared between threads; a forked process starts its own.

    Args:
        source: The plugin.
        seconds: Time for loading it.

    Attributes:
        source: The plugin.
    """

    def __init__(self, source: PluginSource, seconds: float) -> None:
        self.source: Final = source
        self._seconds = seconds
        self._identity: object = None
        self._idle: list[RunningProcess] = []
        self._failures: weakref.WeakKeyDictionary[Stop, int] = weakref.WeakKeyDictionary()
        self._free = threading.BoundedSemaphore(_MOST_PROCESSES)
        self._begun: tuple[RunningProcess, float] | None = None
        self._pid = os.getpid()

    def begin(self) -> None:
        """Start loading the plugin; `describe` waits for it, so that several plugins are loaded at the same time."""
        with suppress(OSError):  # `describe` reports it
            self._begun = RunningProcess(self.source), time.monotonic() + self._seconds

    def describe(self) -> Description:
        """Return what the plugin registered.

        Raises:
            PluginFailed: If it cannot be loaded.
        """
        if self._begun is None:
            raise PluginFailed("cannot be started")
        (running, deadline), self._begun = self._begun, None
        with _contained(running, f"did not answer within {self._seconds:g} s"):
            description = from_plain(running.receive(deadline))
        self._identity = description.identity
        self._idle.append(running)
        return description

    def ask(
        self, request: Mapping[str, Any], content: bytes | None, limit: CallLimit, read: Callable[[Any], _Answer]
    ) -> _Answer:
        """Have the plugin do something.

        Args:
            request: What to do.
            content: The content that it is about; None: the request says it all.
            limit: Bounds the time.
            read: Makes the answer of plain data; what it raises shows that the data are not valid.

        Raises:
            PluginFailed: If there is no answer.
        """
        with self._lent(content, limit) as (running, seconds):
            deadline = time.monotonic() + seconds
            running.send(request, content, deadline)
            return read(running.receive(deadline))

    def ask_for_text(
        self, request: Mapping[str, Any], content: bytes, limit: CallLimit, write: Callable[[str], object]
    ) -> None:
        """Have the plugin write a text, which comes piece by piece.

        Args:
            request: What to do.
            content: What it is about.
            limit: Bounds the time for each piece.
            write: Called with each piece; what it raises ends the process, and is raised here.

        Raises:
            PluginFailed: If the text is not complete.
        """
        try:
            with self._lent(content, limit) as (running, seconds):
                running.send(request, content, time.monotonic() + seconds)
                while (text := _piece(running.receive(time.monotonic() + seconds))) is not None:
                    _write(write, text)
        except _NotWritten as failure:
            raise failure.error from None

    def ask_for_all(
        self, request: Mapping[str, Any], limit: CallLimit, read: Callable[[Any], _Answer | PluginFailed | None]
    ) -> Iterator[_Answer]:
        """Have the plugin give one answer after the other. It makes the next one while this process works on one.

        Args:
            request: What to do.
            limit: Bounds the time for each answer.
            read: Makes an answer of plain data; None after the last one, or what the plugin raised, which ends them
                too. What it raises shows that the data are not valid.

        Raises:
            PluginFailed: If there is no answer.
        """
        with self._lent(None, limit) as (running, seconds):
            running.send(request, None, time.monotonic() + seconds)
            while (answer := read(running.receive(time.monotonic() + limit.bounds()[0]))) is not None:
                if isinstance(answer, PluginFailed):
                    break
                yield answer
        if answer is not None:
            raise answer

    def close(self) -> None:
        """End the processes; the next call starts one again."""
        self._enter_process()
        for running in [*self._idle, *([self._begun[0]] if self._begun else [])]:
            if running.is_alive:
                running.end()
        self._idle.clear()
        self._begun = None

    def _enter_process(self) -> None:
        """Start anew in a forked process: what runs belongs to the process from which it was forked."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._idle, self._begun = [], None
            self._free = threading.BoundedSemaphore(_MOST_PROCESSES)

    @contextmanager
    def _lent(self, content: bytes | None, limit: CallLimit) -> Iterator[tuple[RunningProcess, float]]:
        """Lend a process, and the seconds that it may take. If it fails, it is ended, and that is counted."""
        self._enter_process()
        self._refuse(limit)
        if not self._free.acquire(timeout=limit.bounds()[0]):
            raise PluginFailed("was not run, because other threads were using its plugin")
        try:
            running = self._taken(len(content or b""), limit)
            seconds, event = limit.bounds()
            with _contained(running, event):
                yield running, seconds
            self._idle.append(running)
        except PluginFailed:
            self._count_failure(limit)
            raise
        finally:
            self._free.release()

    def _refuse(self, limit: CallLimit) -> None:
        if self in limit.failed:
            raise PluginFailed("was not run, because its plugin had failed in this content")
        if limit.stop is not NEVER:
            if limit.stop.reason:
                raise PluginFailed("was not run, because the time of the scan was over")
            if self._failures.get(limit.stop, 0) >= MOST_FAILURES:
                raise PluginFailed(f"was not run, because its plugin had failed {MOST_FAILURES} times")

    def _count_failure(self, limit: CallLimit) -> None:
        limit.failed = (*limit.failed, self)
        if limit.stop is not NEVER:
            self._failures[limit.stop] = self._failures.get(limit.stop, 0) + 1

    def _taken(self, size: int, limit: CallLimit) -> RunningProcess:
        """Return a process that waits for a request and has room for a content; start one if there is none."""
        while self._idle:
            running = self._idle.pop()
            if running.is_alive and running.room >= size:
                return running
            if running.is_alive:
                running.end()
        seconds = min(self._seconds, limit.bounds(_LOADING_SHARE)[0])
        try:
            running = RunningProcess(self.source, max(ROOM_BYTES, size))
        except OSError:
            raise PluginFailed("was not run, because no process can be started for its plugin") from None
        with _contained(running, "was not run, because its plugin could not be loaded again in time"):
            identity = from_plain(running.receive(time.monotonic() + seconds)).identity
        if identity != self._identity:
            running.end()
            raise PluginFailed("was not run, because its plugin is not what it was when it was loaded")
        return running


@contextmanager
def _contained(running: RunningProcess, event: str) -> Iterator[None]:
    """End a process with which an exchange fails, and say what happened.

    Args:
        running: The process.
        event: What it does if it does not answer.
    """
    try:
        yield
    except NoAnswer:
        running.end()
        raise PluginFailed(event) from None
    except (EOFError, OSError):
        raise PluginFailed(running.collect()) from None
    except _NOT_AN_ANSWER:
        running.end()
        raise PluginFailed(_INVALID) from None
    except BaseException:
        running.end()
        raise


class _NotWritten(Exception):
    """Raised when a piece of a text cannot be written here, which is not the plugin's failure."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


def _write(write: Callable[[str], object], text: str) -> None:
    try:
        write(text)
    except Exception as error:  # noqa: BLE001 - it is raised again outside
        raise _NotWritten(error) from None


def _piece(reply: Any) -> str | None:
    """Return the next piece of a text, or None after the last one."""
    if raised := raised_in(reply):
        raise PluginFailed(raised)
    text = reply.get("text")
    if text is not None and not isinstance(text, str):
        raise TypeError("not a text")
    return text


def raised_in(answer: Any) -> str:
    """Return what the plugin's code has raised according to an answer, or an empty text."""
    name = answer.get("raised") if isinstance(answer, dict) else None
    if name is None:
        return ""
    if not isinstance(name, str) or not name.isidentifier() or len(name) > _LONGEST_NAME:
        raise ValueError("not the name of an exception")
    return f"raised {name}"
