"""The process of one scan: a group of its own, pipes that are read without waiting, and an end that is sure."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO, TYPE_CHECKING, Final

from beca_api.worker.stragglers import end_stragglers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

GRACE_SECONDS: Final = 3.0
"""Between asking a process group to end and ending it."""

_CHUNK_BYTES: Final = 64 * 1024
_TAIL_BYTES: Final = 4 * 1024


class Child:
    """A running process and everything that it starts; leaving the `with` block leaves nothing of it.

    Its standard input is a pipe that stays open as long as this process lives, so that it sees our death.

    Args:
        command: Program and arguments.
        environment: All of its environment.
        directory: Where it runs; its own alone.

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
        self._told_all = False

    @property
    def pid(self) -> int:
        """Id of the process, and of its group and session."""
        return self._process.pid

    @property
    def silent(self) -> bool:
        """Whether there is no more to be read: its output was closed, or it ended while another holds that open."""
        return self._told_all

    @property
    def complaints(self) -> bytes:
        """The last lines that it wrote to its standard error, up to 4 KiB."""
        return self._tail if len(self._tail) < _TAIL_BYTES else self._tail.partition(b"\n")[2]

    def read(self, timeout: float) -> bytes:
        """Return what it wrote to its standard output since the last call; empty where there is nothing in time.

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
                self._tail = (self._tail + chunk)[-_TAIL_BYTES:]
        is_open = self._stdout in self._selector.get_map()
        self._told_all = not is_open or (ended and not output)
        return output

    def wait(self, timeout: float) -> int | None:
        """Return its exit code, negative for a signal; None where it still runs after so many seconds."""
        with suppress(TimeoutExpired):
            return self._process.wait(timeout)
        return None

    def end(self) -> None:
        """End the process and all that it started: ask, wait for a moment, then kill, and reap.

        The id of a group is not given to a new process as long as a member lives.
        """
        if self._process.poll() is None:
            self._signal(signal.SIGTERM)
            self.wait(GRACE_SECONDS)
        self._signal(signal.SIGKILL)
        self._process.wait()
        end_stragglers(self._directory)

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


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the process has no pipe")
    return stream
