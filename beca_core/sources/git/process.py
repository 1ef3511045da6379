"""Running git: with a minimal environment and bounded memory, until its deadline or the end of BECA itself.

Each git is in a process group of its own, so that it can be killed together with its children. A signal to BECA's
group does not reach it there. A shell therefore runs between the two and holds the reading end of a pipe, the
lifeline. When BECA ends, for whatever reason, the pipe reaches its end, and the shell kills git's group.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import shutil
import signal
import subprocess
import threading
from typing import IO, TYPE_CHECKING, Final, Self, cast

from beca_core.errors import DeadlineExceeded, SourceError
from beca_core.system.processes import start_waiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

_PIPE_BYTES: Final = 1024 * 1024
_STDERR_BYTES: Final = 16 * 1024
_KEPT_VARIABLES: Final = ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSH_AUTH_SOCK", "TMPDIR")
_FIXED_VARIABLES: Final = {
    "LC_ALL": "C",
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}

_HINT: Final = "The system may allow too few processes, or have too little memory."
_SUPERVISOR: Final = """
test "$1" = - || ulimit -d "$1"
test "$2" = - || ulimit -f "$2"
lifeline=$3
shift 3
exec 3<&0
"$@" <&3 3<&- &
git=$!
(exec </dev/fd/"$lifeline" >/dev/null 2>&1 3<&- || exit; read -r _; kill -KILL 0) &
watcher=$!
wait $git
status=$?
kill -KILL $watcher
trap '' TERM
kill -TERM 0
wait 2>/dev/null
exit $status
"""


class GitFailed(SourceError):
    """Raised when git ends with an error.

    Args:
        stderr: The end of what git wrote to its standard error.
        repository: The path of the repository, quoted; empty: there is none, or it is not known.
    """

    def __init__(self, stderr: str, repository: str = "") -> None:
        super().__init__(f"git could not read {_named(repository)}: {last_error(stderr)}")
        self.stderr = stderr


class GitProcess:
    """One running git; `with` ensures that neither it nor its children outlive the block.

    Args:
        arguments: The arguments after `git` on the command line.
        environment: Environment variables, in addition to those that every git gets.
        stdin: An open file that git reads, or None for an empty one.
        stdout: An open file that git writes to, or None for a pipe that is read here.
        seconds: After so many seconds it is killed; None: never.
        file_bytes: How large a file that it writes may become, in bytes; None: any size.
        memory: Bytes that it may allocate (packs, which it maps, do not count); None: any. Only Linux enforces it.
        repository: The path of the repository, quoted, for error messages; empty: there is none.

    Attributes:
        stdout: What git writes, or that file; ends early when the deadline passes.
        timed_out: Whether the deadline passed.

    Raises:
        SourceError: If git is not installed.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        seconds: float | None = None,
        file_bytes: int | None = None,
        memory: int | None = None,
        repository: str = "",
    ) -> None:
        self.timed_out = False
        self._repository = repository
        bounds = (
            "-" if memory is None else str(memory // 1024),
            "-" if file_bytes is None else _file_blocks(file_bytes),
        )
        lifeline, self._lifeline = _pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the arguments are ours
                ["/bin/sh", "-c", _SUPERVISOR, "sh", *bounds, str(lifeline), _git_program(), *arguments],
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=subprocess.PIPE if stdout is None else stdout,
                stderr=subprocess.PIPE,
                env=_environment(environment),
                cwd="/",
                start_new_session=True,
                pass_fds=(lifeline,),
                bufsize=_PIPE_BYTES,
            )
        except OSError as error:
            os.close(self._lifeline)
            raise SourceError(f"git cannot be started: {error.strerror}.", hint=_HINT) from None
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(lifeline)
        self._pipe = self._process.stdout
        self.stdout = cast("IO[bytes]", stdout or self._pipe)
        if self._pipe is not None:
            _widen(self._pipe)
        self._tail = _StderrTail(cast("IO[bytes]", self._process.stderr))
        self._timer = None if seconds is None else self._start_timer(seconds)

    @property
    def stderr(self) -> str:
        """The end of what git wrote to its standard error; complete once it has ended."""
        return self._tail.text

    def wait(self, seconds: float) -> bool:
        """Wait so many seconds for git to end, and return whether it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None

    def finish(self) -> None:
        """Wait until git has ended; its output has to be read before.

        Raises:
            DeadlineExceeded: If it was killed at its deadline.
            GitFailed: If it ended with an error.
        """
        status = self._process.wait()
        self._tail.join()
        if self.timed_out:
            raise DeadlineExceeded(f"git could not read {_named(self._repository)} in the time allowed for it.")
        if status:
            raise GitFailed(self.stderr, self._repository)

    def succeeded(self) -> bool:
        """Wait until git has ended, and return whether it ended in time and without an error."""
        try:
            self.finish()
        except SourceError:
            return False
        return True

    def close(self) -> None:
        """Kill git and its children if they are running, and release everything."""
        if self._timer is not None:
            self._timer.cancel()
        self._kill()
        self._process.wait()
        if self._pipe is not None:
            self._pipe.close()
        self._tail.join()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start_timer(self, seconds: float) -> threading.Timer:
        timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), self._expire)
        start_waiting(timer)
        return timer

    def _expire(self) -> None:
        if self._process.poll() is None:
            self.timed_out = True
            self._kill()

    def _kill(self) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


class _StderrTail:
    """Reads a pipe in a thread of its own, and keeps the last bytes."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._drain)
        start_waiting(self._thread)

    @property
    def text(self) -> str:
        return bytes(self._kept).decode("utf-8", "replace")

    def join(self) -> None:
        self._thread.join()

    def _drain(self) -> None:
        with self._pipe:
            while part := os.read(self._pipe.fileno(), 65536):
                self._kept += part
                del self._kept[:-_STDERR_BYTES]


def run_git(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    stdin: IO[bytes] | None = None,
    seconds: float | None = None,
) -> bytes:
    """Run git until it ends, and return what it writes; see `GitProcess`."""
    with GitProcess(arguments, environment=environment, stdin=stdin, seconds=seconds) as process:
        output = process.stdout.read()
        process.finish()
    return output


def _named(repository: str) -> str:
    return f"the repository {repository}" if repository else "the repository"


def last_error(stderr: str) -> str:
    """Return the last error message in git's standard error, made printable: one line, no control characters."""
    lines = [line for line in stderr.splitlines() if line.startswith(("fatal:", "error:"))]
    if not lines:
        return "it gave no reason."
    printable = "".join(c if c.isprintable() else "?" for c in lines[-1].partition(": ")[2])
    return f"{printable[:200]}."


def _git_program() -> str:
    program = shutil.which("git")
    if program is None:
        raise SourceError("git is not installed.", hint="Install git 2.37 or newer, and put it on the PATH.")
    return os.path.abspath(program)  # noqa: PTH100 - Path.resolve would look through symbolic links


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {"PATH": os.environ.get("PATH", os.defpath), **kept, **_FIXED_VARIABLES, **extra}


def _file_blocks(file_bytes: int) -> str:
    """Return a limit in the unit of `ulimit -f`; a shell cannot raise the limit that this process has."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    return str((file_bytes if hard == resource.RLIM_INFINITY else min(file_bytes, hard)) // 512)


def _pipe() -> tuple[int, int]:
    """Make a pipe whose reading end has a descriptor number that shells do not use themselves."""
    reading, writing = os.pipe()
    high = fcntl.fcntl(reading, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(reading)
    return high, writing


def _widen(pipe: IO[bytes]) -> None:
    """Enlarge a pipe where the system can, so that git and BECA wait for each other less often."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
