"""`Runner`: the process of a scan, from its start to the outcome that it tells."""

from __future__ import annotations

import signal
from time import monotonic
from typing import IO, TYPE_CHECKING, Final

from beca_api.worker.child import Child
from beca_api.worker.environment import scan_environment
from beca_api.worker.events import BadOutput, FailedEvent
from beca_api.worker.limits import limit_process
from beca_api.worker.redaction import redacted
from beca_api.worker.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from threading import Event

    import structlog

    from beca_api.worker.environment import Task
    from beca_api.worker.lease import Lease
    from beca_core.system.settings import Settings

_TICK_SECONDS: Final = 0.2
_EXIT_SECONDS: Final = 10.0


class ScanFailed(Exception):
    """Raised when a scan came to nothing; says why, as the result will."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Stopped(Exception):
    """Raised in the midst of a scan when the worker is to end."""


class Runner:
    """Run the processes of scans, and listen to them.

    Args:
        settings: The worker's settings.
        key: Key of the fingerprints.
        stopping: Set when the worker is to end.
        command: Makes the command of a scan.
    """

    def __init__(
        self,
        settings: Settings,
        key: bytes,
        stopping: Event,
        command: Callable[[Task], list[str]],
    ) -> None:
        self._settings = settings
        self._key = key
        self._stopping = stopping
        self._command = command

    def run(
        self,
        task: Task,
        lease: Lease,
        *,
        directory: Path,
        spool: IO[bytes],
        end: float,
        log: structlog.stdlib.BoundLogger,
    ) -> Transcript:
        """Scan, and return what the process has said.

        Args:
            task: What it is to do.
            lease: Renewed meanwhile.
            directory: The scan's own directory.
            spool: A binary file for the findings, readable and writable; what is in it is overwritten.
            end: When the time of the scan is over, as `monotonic` tells it.
            log: Where complaints of a process that failed are logged.

        Raises:
            ScanFailed: If there is no report.
            Stopped: If the worker is to end.
            LeaseLost: If the result is no longer this worker's.
            OSError: If the process cannot be started.
        """
        spool.seek(0)
        spool.truncate()
        transcript = Transcript(spool)
        environment = scan_environment(self._settings, self._key, directory, end - monotonic())
        with Child(self._command(task), environment, directory) as child:
            limit_process(child.pid, self._settings)
            try:
                self._watch(child, transcript, lease, end)
            except ScanFailed:
                if child.complaints:
                    log.info("the scan's process wrote", stderr=redacted(child.complaints))
                raise
        if isinstance(transcript.end, FailedEvent):
            raise ScanFailed(transcript.end.code, transcript.end.message)
        return transcript

    def _watch(self, child: Child, transcript: Transcript, lease: Lease, end: float) -> None:
        """Read what the process says until it has told its outcome."""
        try:
            self._listen(child, transcript, lease, end)
        except BadOutput as error:
            raise ScanFailed("bad-output", f"The scan's process was not understood: {error}.") from None
        code = child.wait(_EXIT_SECONDS)
        if transcript.end is None:
            raise ScanFailed("crashed", _cause_of_death(code))

    def _listen(self, child: Child, transcript: Transcript, lease: Lease, end: float) -> None:
        while transcript.end is None and not child.silent:
            if self._stopping.is_set():
                raise Stopped
            if monotonic() > end:
                raise ScanFailed(
                    "deadline-exceeded", f"The scan took longer than {self._settings.scan_seconds:g} seconds."
                )
            lease.hold(transcript.progress)
            transcript.feed(child.read(_TICK_SECONDS))


def _cause_of_death(code: int | None) -> str:
    if code is None:
        return "The scan's process closed its output, but did not end."
    if code < 0:
        return f"The scan's process was ended by signal {-code} ({signal.strsignal(-code)})."
    return f"The scan's process ended with exit code {code} before it told an outcome."
