"""`Runner`: runs the process of a scan, from its start to the outcome that it reports."""

from __future__ import annotations

import re
import signal
from time import monotonic
from typing import IO, TYPE_CHECKING, Final

from beca_api.worker.lease import LeaseLost
from beca_api.worker.scan_process.child_process import ChildProcess
from beca_api.worker.scan_process.events import BadOutput, FailedEvent
from beca_api.worker.scan_process.resource_limits import limit_process
from beca_api.worker.scan_process.scan_job import scan_environment
from beca_api.worker.scan_process.scan_output import ScanOutput

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from threading import Event

    import structlog

    from beca_api.worker.lease import Lease
    from beca_api.worker.scan_process.scan_job import ScanJob
    from beca_core.system.settings import Settings

_TICK_SECONDS: Final = 0.2
_EXIT_SECONDS: Final = 10.0

_USER_INFO: Final = re.compile(r"://[^\s/@]+@")
_ASSIGNED: Final = re.compile(r"(?i)(\w*(?:secret|token|password|passwd|key|authorization)\w*['\"]?\s*[:=]\s*)\S+")
_LONG_WORD: Final = re.compile(r"(?=[A-Za-z+_=-]*[0-9])[A-Za-z0-9+_=-]{12,}|[A-Za-z0-9+_=-]{32,}")


class ScanFailed(Exception):
    """Raised when a scan ends without a report; code and message are those that the result will have."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Killed(ScanFailed):
    """Raised when somebody else has killed the process of a scan, as the kernel does when memory runs out."""

    CODE: Final = "killed"

    def __init__(self) -> None:
        message = "The scan's process was killed (signal 9), as the system does when memory runs out."
        super().__init__(self.CODE, message)


class Stopped(Exception):
    """Raised during a scan when the worker stops."""


class Runner:
    """Run the processes of scans and read their output.

    Args:
        settings: The worker's settings.
        key: Key of the fingerprints.
        stopping: Set when the worker stops.
        command: Makes the command of a scan.
    """

    def __init__(
        self,
        settings: Settings,
        key: bytes,
        stopping: Event,
        command: Callable[[ScanJob], list[str]],
    ) -> None:
        self._settings = settings
        self._key = key
        self._stopping = stopping
        self._command = command

    def run(
        self,
        job: ScanJob,
        lease: Lease,
        *,
        directory: Path,
        spool: IO[bytes],
        end: float,
        log: structlog.stdlib.BoundLogger,
    ) -> ScanOutput:
        """Scan, and return what the process wrote.

        Args:
            job: What to scan.
            lease: Renewed while the process runs.
            directory: The scan's own directory.
            spool: A binary file for the findings, readable and writable; its content is overwritten.
            end: When the time of the scan is over, on the clock of `monotonic`.
            log: Where the standard error of a failed process is logged.

        Raises:
            ScanFailed: If there is no report; `Killed` if somebody else has killed the process.
            Stopped: If the worker stops.
            LeaseLost: If the result is no longer this worker's.
            OSError: If the process cannot be started.
        """
        spool.seek(0)
        spool.truncate()
        output = ScanOutput(spool)
        environment = scan_environment(self._settings, self._key, directory, end - monotonic())
        with ChildProcess(self._command(job), environment, directory) as child:
            limit_process(child.pid, self._settings)
            try:
                self._read_outcome(child, output, lease, end)
            except LeaseLost:
                child.kill()  # nobody waits for its end, and another scan of the repository may begin
                raise
            except ScanFailed:
                if child.stderr_tail:
                    log.info("stderr of the scan's process", stderr=redacted_line(child.stderr_tail))
                raise
        if isinstance(output.end, FailedEvent):
            raise ScanFailed(output.end.code, self._without_paths(output.end.message))
        return output

    def _without_paths(self, message: str) -> str:
        """Hide where the worker keeps its files: a message is shown to every client that may read results."""
        return message.replace(str(self._settings.data_dir), "DATA_DIR")

    def _read_outcome(self, child: ChildProcess, output: ScanOutput, lease: Lease, end: float) -> None:
        try:
            self._read(child, output, lease, end)
        except BadOutput as error:
            raise ScanFailed("bad-output", f"The output of the scan's process is not valid: {error}.") from None
        code = child.wait(_EXIT_SECONDS)
        if output.end is None:
            raise Killed if code == -signal.SIGKILL else ScanFailed("crashed", _crash_message(code))

    def _read(self, child: ChildProcess, output: ScanOutput, lease: Lease, end: float) -> None:
        while output.end is None and not child.exhausted:
            if self._stopping.is_set():
                raise Stopped
            if monotonic() > end:
                raise ScanFailed(
                    "deadline-exceeded", f"The scan took longer than {self._settings.scan_seconds:g} seconds."
                )
            lease.keep(output.progress)
            output.feed(child.read(_TICK_SECONDS))


def redacted_line(text: bytes, limit: int = 500) -> str:
    """Return the end of a text as one line for a log, without anything that looks like a secret.

    These are replaced by `***`: user info of URLs, values that are assigned to a name that suggests a secret, words of
    at least 12 characters with a digit, and words of at least 32 characters.

    Args:
        text: What another program printed.
        limit: Longest result, in characters.
    """
    line = " ".join(text.decode("utf-8", "replace").split())
    line = _USER_INFO.sub("://***@", line)
    line = _ASSIGNED.sub(r"\1***", line)
    line = _LONG_WORD.sub("***", line)
    return "".join(c if c.isprintable() else "?" for c in line)[-limit:]


def _crash_message(code: int | None) -> str:
    if code is None:
        return "The scan's process closed its output, but did not end."
    if code < 0:
        return f"The scan's process was ended by signal {-code} ({signal.strsignal(-code)})."
    return f"The scan's process ended with exit code {code} before it reported an outcome."
