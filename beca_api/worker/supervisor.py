"""`Supervisor`: one scan from its claim to its stored outcome."""

from __future__ import annotations

from functools import partial
from tempfile import TemporaryFile
from time import monotonic
from typing import TYPE_CHECKING, Final

import structlog

from beca_api.worker.environment import Task
from beca_api.worker.lease import Lease, LeaseLost
from beca_api.worker.mirrors.kept import Last
from beca_api.worker.runner import ScanFailed, Stopped
from beca_core.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from beca_api.worker.mirrors.kept import Kept, Mirrors
    from beca_api.worker.runner import Runner
    from beca_api.worker.scratch import Scratch
    from beca_api.worker.transcript import Transcript
    from beca_core.storage.services.queue import Claim, ScanQueue
    from beca_core.system.settings import Settings

_NOT_OURS: Final = frozenset(("fetch-failed", "forbidden-url", "deadline-exceeded"))
"""Failures for which what is kept of a repository cannot be the reason."""

_log = structlog.stdlib.get_logger(__name__)


class Supervisor:
    """Run the process of a scan, and store what came of it.

    Args:
        queue: Where results are renewed, finished, failed and given back.
        settings: The worker's settings.
        runner: Runs the processes.
        scratch: Disk space for the scans.
        mirrors: What is kept from one scan of a repository to the next.
    """

    def __init__(
        self, queue: ScanQueue, settings: Settings, runner: Runner, scratch: Scratch, mirrors: Mirrors
    ) -> None:
        self._queue = queue
        self._settings = settings
        self._runner = runner
        self._scratch = scratch
        self._mirrors = mirrors

    def run(self, claim: Claim) -> None:
        """Scan what was claimed; every outcome is stored or logged, and nothing is raised."""
        log = _log.bind(result_id=claim.result_id, attempt=claim.attempt)
        log.info("scan claimed")
        lease = Lease(self._queue, claim, self._settings.lease_seconds)
        try:
            self._scan(claim, lease, log)
            self._mirrors.trim()
        except LeaseLost:
            log.warning("scan lost, its outcome is dropped")
        except Exception as error:  # noqa: BLE001 - a full disk, say: the lease runs out and another worker tries
            log.error("scan abandoned", error=type(error).__name__)

    def _scan(self, claim: Claim, lease: Lease, log: structlog.stdlib.BoundLogger) -> None:
        began = monotonic()
        kept = self._mirrors.of(claim.repository_id, claim.repository_url, claim.scope)
        last = Last() if kept is None else kept.last
        with self._scratch.directory() as directory, TemporaryFile(dir=directory) as spool:
            end = began + self._settings.scan_seconds
            run = partial(self._runner.run, lease=lease, directory=directory, spool=spool, end=end, log=log)
            state = directory / "state"
            try:
                transcript = self._transcript(Task(claim.repository_url, claim.scope), kept, last, state, run, log)
                lease.settle(lambda: self._finish(claim, transcript, last.result_id))
            except ScanFailed as failure:
                code, message = failure.code, failure.message
                lease.settle(lambda: self._queue.fail(claim, code, message))
                log.warning("scan failed", code=code, seconds=_elapsed(began))
            except Stopped:
                lease.settle(lambda: self._queue.release(claim))
                log.info("scan given back", seconds=_elapsed(began))
            else:
                log.info("scan finished", findings=transcript.kept, seconds=_elapsed(began))
                if kept is not None:
                    kept.keep_state(state, Last(claim.result_id, transcript.unread))

    def _transcript(
        self,
        task: Task,
        kept: Kept | None,
        last: Last,
        state: Path,
        run: Callable[[Task], Transcript],
        log: structlog.stdlib.BoundLogger,
    ) -> Transcript:
        """Scan, going on from what is kept; where that may be damaged, throw it away and scan again without it."""
        if kept is None:
            return run(task)
        task = task._replace(state=state)
        half_time = monotonic() + self._settings.scan_seconds / 2
        goes_on = kept.lend_state(state) or kept.has_mirror
        transcript: Transcript | None = None
        try:
            transcript = run(task._replace(mirror=kept.directory))
        except ScanFailed as failure:
            if not goes_on or failure.code in _NOT_OURS:
                raise
        if transcript is not None and (not goes_on or transcript.unread <= last.unread):
            return transcript
        kept.discard()
        if transcript is not None and monotonic() > half_time:
            return transcript
        log.warning("scanned again, since what is kept of the repository may be damaged")
        state.unlink(missing_ok=True)
        return run(task)

    def _finish(self, claim: Claim, transcript: Transcript, since: int | None) -> bool:
        changes = None if transcript.changes is None else {**transcript.changes, "since": since}
        try:
            return self._queue.finish(
                claim,
                transcript.findings(),
                coverage=transcript.coverage,
                ruleset=transcript.ruleset,
                changes=changes,
            )
        except DatabaseUnavailable:
            raise
        except Exception as error:
            raise ScanFailed("not-stored", f"The findings could not be stored ({type(error).__name__}).") from error


def _elapsed(began: float) -> float:
    return round(monotonic() - began, 2)
