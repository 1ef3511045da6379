"""`ChildProcess`: a process group of its own, pipes that are read without blocking, and an end that is certain."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

GRACE_SECONDS: Final = 3.0
"""Time between SIGTERM and SIGKILL."""

_CHUNK_BYTES: Final = 64 * 1024
_STDERR_TAIL_BYTES: Final = 4 * 1024


class ChildProcess:
    """A running process and every process that it starts; when the `with` block ends, all of them have ended.

    Its standard input is a pipe that stays open as long as this process lives, so the child notices when we die.

    Args:
        command: Program and arguments.
        environment: Its whole environment; `TMPDIR` names the directory.
        directory: Its working directory, which no other process uses.

    Raises:
        OSError: If it cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], directory: Path) -> None:
        self._process = Popen(  # noqa: S603 - a list of arguments, no shell
            command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=environment,
            cwd=directory,
            start_new_session=True,
        )
        self._directory = directory
        self._selector = DefaultSelector()
        self._stdout = _pipe(self._process.stdout)
        self._stderr = _pipe(self._process.stderr)
        self._selector.register(self._stdout, EVENT_READ)
        self._selector.register(self._stderr, EVENT_READ)
        self._tail = b""
        self._exhausted = False

    @property
    def pid(self) -> int:
        """Id of the process, and of its group and session."""
        return self._process.pid

    @property
    def exhausted(self) -> bool:
        """Whether its output has ended: the pipe is closed, or the process ended and only another holds the pipe."""
        return self._exhausted

    @property
    def stderr_tail(self) -> bytes:
        """The last lines of its standard error, up to 4 KiB."""
        return self._tail if len(self._tail) < _STDERR_TAIL_BYTES else self._tail.partition(b"\n")[2]

    def read(self, timeout: float) -> bytes:
        """Return what it has written to its standard output since the last call; empty if nothing comes in time.

        Args:
            timeout: Longest wait, in seconds.
        """
        ended = self._process.poll() is not None
        output = b""
        for key, _ in self._selector.select(timeout):
            chunk = os.read(key.fd, _CHUNK_BYTES)
            if not chunk:
                self._selector.unregister(key.fileobj)
            elif key.fileobj is self._stdout:
                output = chunk
            else:
                self._tail = (self._tail + chunk)[-_STDERR_TAIL_BYTES:]
        is_open = self._stdout in self._selector.get_map()
        self._exhausted = not is_open or (ended and not output)
        return output

    def wait(self, timeout: float) -> int | None:
        """Return its exit code, negative for a signal; None if it still runs after so many seconds."""
        with suppress(TimeoutExpired):
            return self._process.wait(timeout)
        return None

    def kill(self) -> None:
        """End the process and every process that it started, at once."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        kill_orphans(self._directory)

    def end(self) -> None:
        """End the process and every process that it started: terminate, wait for a moment, kill, reap.

        The group id stays valid after the process has ended: the kernel does not reuse it while a member lives.
        """
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            self.wait(GRACE_SECONDS)
        self.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        self._selector.close()
        for pipe in (self._process.stdin, self._stdout, self._stderr):
            if pipe is not None:
                pipe.close()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


def kill_orphans(directory: Path) -> None:
    """Kill every process whose environment has a scan's own directory as `TMPDIR`.

    These are processes that left the scan's group, as git does, and outlived the scan when it crashed. Linux only:
    elsewhere they run until they notice that nobody reads their output.
    """
    variable = b"TMPDIR=" + os.fsencode(directory)
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if variable in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the process has no pipe")
    return stream
