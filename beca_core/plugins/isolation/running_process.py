"""`RunningProcess`: one process in which the code of a plugin runs, from its start to its end."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
import warnings
import weakref
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beca_core.plugins.isolation.confinement import ROOM_BYTES, ChildPipes
from beca_core.plugins.isolation.frames import BrokenFrame, receive_reply, send_request
from beca_core.system import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from beca_core.matching.rule_cache import RuleCache

_END_SECONDS: Final = 0.2
_POLL_SECONDS: Final = 0.002
_PIPE_BYTES: Final = 1024 * 1024
_PROGRAM: Final = "import sys; sys.path[:] = sys.argv[1:]; from beca_core.plugins.isolation.host import main; main()"


class PluginSource(NamedTuple):
    """How the process of a plugin finds it.

    Args:
        name: Name of the plugin.
        label: Name and version of its distribution.
        distribution: Name of the distribution.
        number: Index of the plugin in the list of the distribution's entry points.
        load: Imports the plugin.
        cache: Where checked patterns are cached.
        settings: What a user has set for the plugin, as plain data.
    """

    name: str
    label: str
    distribution: str
    number: int
    load: Callable[[], object]
    cache: RuleCache
    settings: Mapping[str, object] = MappingProxyType({})


class _Remains(NamedTuple):
    """What is left of a process when nobody uses it any more."""

    pid: int
    descriptors: tuple[int, ...]


class RunningProcess:
    """A process in which the code of a plugin runs. Used by one thread at a time; killed when it is not needed.

    Args:
        source: The plugin.
        room: Size of the largest content that it can get, in bytes.

    Raises:
        OSError: If no process can be started.
    """

    def __init__(self, source: PluginSource, room: int = ROOM_BYTES) -> None:
        self.room: Final = room
        self._number = 0
        self._content: bytes | None = None
        theirs, ours = _pipes()
        forks = processes.may_fork()
        try:
            pid = _fork(source, theirs, room) if forks else _spawn(theirs)
        except BaseException:
            _close(ours)
            raise
        finally:
            _close(theirs)
        self._requests, self._replies, _ = ours
        self._parts = _Remains(pid, ours)
        self._finalizer = weakref.finalize(self, _kill, self._parts)
        _RUNNING.add(self)
        if not forks:
            self._introduce(source)

    @property
    def is_alive(self) -> bool:
        """Whether it has neither been ended, nor left to the process from which this one was forked."""
        return self._finalizer.alive

    def send(self, request: Mapping[str, Any], content: bytes | None, deadline: float) -> None:
        """Send a request; a content that it was sent last is not sent again.

        Raises:
            NoAnswer, OSError: If it does not take the request.
        """
        self._number += 1
        is_new = content is not None and content is not self._content
        self._content = content if is_new else self._content
        numbered = {**request, "number": self._number}
        send_request(self._requests, numbered, content if is_new else None, deadline)

    def receive(self, deadline: float) -> Any:
        """Return the next reply to the last request.

        Raises:
            NoAnswer, EOFError, BrokenFrame: If there is none.
        """
        message = receive_reply(self._replies, deadline)
        if not isinstance(message, dict) or message.get("number") != self._number or "reply" not in message:
            raise BrokenFrame
        return message["reply"]

    def end(self) -> None:
        """Kill it, and every process that it started."""
        self._finalizer.detach()
        _kill(self._parts)

    def collect(self) -> str:
        """Return how it ended, after it has closed its pipes; nothing of it is left."""
        self._finalizer.detach()
        return _kill(self._parts, wait_seconds=_END_SECONDS)

    def leave(self) -> None:
        """Forget it: it belongs to the process from which this one was forked."""
        self._finalizer.detach()
        _close(self._parts.descriptors)

    def _introduce(self, source: PluginSource) -> None:
        request = {
            "name": source.name,
            "label": source.label,
            "distribution": source.distribution,
            "number": source.number,
            "cache": source.cache.directory and str(source.cache.directory),
            "room": self.room,
            "settings": dict(source.settings),
        }
        with suppress(OSError):  # it has ended; receiving will report that
            send_request(self._requests, request, None, time.monotonic() + _END_SECONDS)


_RUNNING: Final[weakref.WeakSet[RunningProcess]] = weakref.WeakSet()


def _leave_all() -> None:
    for running in list(_RUNNING):
        if running.is_alive:
            running.leave()
    _RUNNING.clear()


def _end_all() -> None:
    for running in list(_RUNNING):
        if running.is_alive:
            running.end()


os.register_at_fork(after_in_child=_leave_all)
processes.at_end(_end_all)


def _pipes() -> tuple[ChildPipes, tuple[int, int, int]]:
    """Return the ends of three pipes: those of the process of a plugin, and ours."""
    request_out, request_in = _pipe()
    reply_out, reply_in = _pipe()
    life_out, life_in = _pipe()
    for descriptor in (request_in, reply_out):
        os.set_blocking(descriptor, False)
    if sys.platform == "linux":
        with suppress(OSError):  # there is a limit for each user
            fcntl.fcntl(request_in, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return ChildPipes(request_out, reply_in, life_out), (request_in, reply_out, life_in)


def _pipe() -> tuple[int, int]:
    """Make a pipe whose ends are not taken for the standard streams, should these be closed."""
    ends = os.pipe()
    if min(ends) > 2:
        return ends
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 3) for end in ends)
    _close(ends)
    return moved[0], moved[1]


def _fork(source: PluginSource, theirs: ChildPipes, room: int) -> int:
    from beca_core.plugins.isolation.host import run_forked
    from beca_core.plugins.registration import Plugin

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: see `may_fork`
        pid = os.fork()
    if pid == 0:
        record = Plugin(source.name, source.label)
        record.given = source.settings
        run_forked(theirs, room, record, source.cache, source.load)
    return pid


def _spawn(theirs: ChildPipes) -> int:
    """Start a new interpreter that imports what this one can import."""
    if not sys.executable:
        raise FileNotFoundError("there is no Python interpreter")
    paths = [path for path in sys.path if isinstance(path, str)]
    # -P keeps Python from importing modules of the working directory.
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", "-c", _PROGRAM, *paths],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, theirs.requests, 0),
            (os.POSIX_SPAWN_DUP2, theirs.replies, 1),
            (os.POSIX_SPAWN_DUP2, theirs.life, 3),
        ],
        setsigmask=(),
    )


def _close(descriptors: tuple[int, ...]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _kill(parts: _Remains, wait_seconds: float = 0.0) -> str:
    """Kill a process and those that it started, and collect it.

    Args:
        parts: What is left of it.
        wait_seconds: How long to wait until it has ended by itself.

    Returns:
        How it ended.
    """
    deadline = time.monotonic() + wait_seconds
    while not (has_ended := _has_ended(parts.pid)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            kill(parts.pid, signal.SIGKILL)
    _close(parts.descriptors)
    try:
        _, status = os.waitpid(parts.pid, 0)
    except ChildProcessError:  # another part of this program has collected it
        return "ended"
    code = os.waitstatus_to_exitcode(status)
    if not has_ended:
        return "closed its connection"
    return f"ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


def _has_ended(pid: int) -> bool:
    """Return whether a process has ended; it still exists until it is collected."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True
