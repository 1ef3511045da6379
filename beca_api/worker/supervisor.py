"""`Supervisor`: one scan from its claim to its stored outcome."""

from __future__ import annotations

import signal
from tempfile import TemporaryFile
from time import monotonic
from typing import TYPE_CHECKING, Final

import structlog

from beca_api.worker.child import Child
from beca_api.worker.environment import scan_command, scan_environment
from beca_api.worker.events import BadOutput, FailedEvent
from beca_api.worker.lease import Lease, LeaseLost
from beca_api.worker.limits import limit_process
from beca_api.worker.redaction import redacted
from beca_api.worker.transcript import Transcript
from beca_core.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from beca_api.worker.scratch import Scratch
    from beca_core.services.queue import Claim, ScanQueue
    from beca_core.settings import Settings

_TICK_SECONDS: Final = 0.2
_EXIT_SECONDS: Final = 10.0

_log = structlog.stdlib.get_logger(__name__)


class ScanFailed(Exception):
    """Raised when a scan came to nothing; says why, as the result will."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Stopped(Exception):
    """Raised in the midst of a scan when the worker is to end."""


class Supervisor:
    """Run the process of a scan, watch it, and store what came of it.

    Args:
        queue: Where results are renewed, finished, failed and given back.
        settings: The worker's settings.
        key: Key of the fingerprints.
        scratch: Disk space for the scans.
        stopping: Set when the worker is to end: running scans are ended and given back.
        command: Makes the command for a URL and a scope.
    """

    def __init__(
        self,
        queue: ScanQueue,
        settings: Settings,
        key: bytes,
        scratch: Scratch,
        stopping: Event,
        command: Callable[[str, str], list[str]] = scan_command,
    ) -> None:
        self._queue = queue
        self._settings = settings
        self._key = key
        self._scratch = scratch
        self._stopping = stopping
        self._command = command

    def run(self, claim: Claim) -> None:
        """Scan what was claimed; every outcome is stored or logged, and nothing is raised."""
        log = _log.bind(result_id=claim.result_id, attempt=claim.attempt)
        log.info("scan claimed")
        lease = Lease(self._queue, claim, self._settings.lease_seconds)
        try:
            self._scan(claim, lease, log)
        except LeaseLost:
            log.warning("scan lost, its outcome is dropped")
        except Exception as error:  # noqa: BLE001 - a full disk, say: the lease runs out and another worker tries
            log.error("scan abandoned", error=type(error).__name__)

    def _scan(self, claim: Claim, lease: Lease, log: structlog.stdlib.BoundLogger) -> None:
        began = monotonic()
        with self._scratch.directory() as directory, TemporaryFile(dir=directory) as spool:
            transcript = Transcript(spool)
            environment = scan_environment(self._settings, self._key, directory)
            try:
                with Child(self._command(claim.repository_url, claim.scope), environment, directory) as child:
                    limit_process(child.pid, self._settings)
                    self._watch(child, transcript, lease, log)
                lease.settle(lambda: self._finish(claim, transcript))
            except ScanFailed as failure:
                code, message = failure.code, failure.message
                lease.settle(lambda: self._queue.fail(claim, code, message))
                log.warning("scan failed", code=code, seconds=_since(began))
            except Stopped:
                lease.settle(lambda: self._queue.release(claim))
                log.info("scan given back", seconds=_since(began))
            else:
                log.info("scan finished", findings=transcript.kept, seconds=_since(began))

    def _watch(self, child: Child, transcript: Transcript, lease: Lease, log: structlog.stdlib.BoundLogger) -> None:
        """Read what the process says until it has told its outcome."""
        try:
            self._listen(child, transcript, lease)
            if transcript.end is None:
                raise ScanFailed("crashed", _cause_of_death(child.wait(_EXIT_SECONDS)))
        except BadOutput as error:
            self._log_complaints(child, log)
            raise ScanFailed("bad-output", f"The scan's process was not understood: {error}.") from None
        except ScanFailed:
            self._log_complaints(child, log)
            raise
        if isinstance(transcript.end, FailedEvent):
            raise ScanFailed(transcript.end.code, transcript.end.message)
        child.wait(_EXIT_SECONDS)

    def _listen(self, child: Child, transcript: Transcript, lease: Lease) -> None:
        deadline = monotonic() + self._settings.scan_seconds
        while transcript.end is None and not child.silent:
            if self._stopping.is_set():
                raise Stopped
            if monotonic() > deadline:
                raise ScanFailed(
                    "deadline-exceeded", f"The scan took longer than {self._settings.scan_seconds:g} seconds."
                )
            lease.hold(transcript.progress)
            transcript.feed(child.read(_TICK_SECONDS))

    def _finish(self, claim: Claim, transcript: Transcript) -> bool:
        try:
            return self._queue.finish(
                claim, transcript.findings(), coverage=transcript.coverage, ruleset=transcript.ruleset
            )
        except DatabaseUnavailable:
            raise
        except Exception as error:
            raise ScanFailed("not-stored", f"The findings could not be stored ({type(error).__name__}).") from error

    def _log_complaints(self, child: Child, log: structlog.stdlib.BoundLogger) -> None:
        if child.complaints:
            log.info("the scan's process wrote", stderr=redacted(child.complaints))


def _cause_of_death(code: int | None) -> str:
    if code is None:
        return "The scan's process closed its output, but did not end."
    if code < 0:
        return f"The scan's process was ended by signal {-code} ({signal.strsignal(-code)})."
    return f"The scan's process ended with exit code {code} before it told an outcome."


def _since(began: float) -> float:
    return round(monotonic() - began, 2)
