"""`Supervisor`: one scan from its claim to its stored outcome."""

from __future__ import annotations

from functools import partial
from tempfile import TemporaryFile
from time import monotonic
from typing import TYPE_CHECKING, Final

import structlog

from beca_api.worker.lease import Lease, LeaseLost
from beca_api.worker.mirrors.resume_point import PreviousScan
from beca_api.worker.scan_process.runner import Killed, ScanFailed, Stopped
from beca_api.worker.scan_process.scan_job import ScanJob
from beca_api.worker.scan_process.workspace import empty
from beca_core.errors import DatabaseUnavailable, DiskFull

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from beca_api.worker.mirrors.mirror_store import MirrorStore
    from beca_api.worker.mirrors.resume_point import ResumePoint
    from beca_api.worker.scan_process.runner import Runner
    from beca_api.worker.scan_process.scan_output import ScanOutput
    from beca_api.worker.scan_process.workspace import Workspace
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.transitions import Claim
    from beca_core.system.settings import Settings

_NOT_CAUSED_BY_CACHE: Final = frozenset(
    ("fetch-failed", "forbidden-url", "deadline-exceeded", DiskFull.code, Killed.CODE)
)
"""Failures of which a damaged mirror or state cannot be the cause."""

_log = structlog.stdlib.get_logger(__name__)


class Supervisor:
    """Run the process of a scan and store its outcome.

    Args:
        queue: Where results are renewed, finished, failed and released.
        settings: The worker's settings.
        runner: Runs the processes.
        workspace: Temporary directories for the scans.
        mirrors: What is cached of repositories between scans.
    """

    def __init__(
        self, queue: ScanQueue, settings: Settings, runner: Runner, workspace: Workspace, mirrors: MirrorStore
    ) -> None:
        self._queue = queue
        self._settings = settings
        self._runner = runner
        self._workspace = workspace
        self._mirrors = mirrors

    def run(self, claim: Claim) -> None:
        """Run a claimed scan; every outcome is stored or logged, and nothing is raised."""
        log = _log.bind(result_id=claim.result_id, attempt=claim.attempt)
        log.info("scan claimed")
        lease = Lease(self._queue, claim, self._settings.lease_seconds)
        try:
            self._scan(claim, lease, log)
        except LeaseLost:
            log.warning("scan cancelled or lease lost, the outcome is dropped")
        except Exception as error:  # noqa: BLE001 - such as a full disk: the lease expires and another worker tries
            log.error("scan abandoned", error=type(error).__name__)
        finally:
            self._trim(log)

    def _trim(self, log: structlog.stdlib.BoundLogger) -> None:
        try:
            self._mirrors.trim()
        except OSError as error:
            log.warning("mirrors not trimmed", error=type(error).__name__)

    def _scan(self, claim: Claim, lease: Lease, log: structlog.stdlib.BoundLogger) -> None:
        began = monotonic()
        resume_point = self._mirrors.resume_point(claim.repository_id, claim.repository_url, claim.scope)
        previous = PreviousScan() if resume_point is None else resume_point.previous
        with self._workspace.scan_directory() as directory, TemporaryFile(dir=directory) as spool:
            end = began + self._settings.scan_seconds
            run_once = partial(self._runner.run, lease=lease, directory=directory, spool=spool, end=end, log=log)
            run = partial(_run_again_if_killed, run_once, log)
            state = directory / "state"
            job = ScanJob(claim.repository_url, claim.scope)
            try:
                output = self._output(job, resume_point, previous, state, run, log)
                lease.settle(lambda: self._finish(claim, output))
            except ScanFailed as failure:
                code, message = failure.code, failure.message
                self._free_disk(directory, resume_point)  # the database may need the space to store the outcome
                lease.settle(lambda: self._queue.fail(claim, code, message))
                log.warning("scan failed", code=code, seconds=_elapsed(began))
            except LeaseLost:
                self._free_disk(directory, resume_point)
                raise
            except Stopped:
                lease.settle(lambda: self._queue.release(claim))
                log.info("scan released", seconds=_elapsed(began))
            else:
                log.info("scan finished", findings=output.spooled, seconds=_elapsed(began))
                if resume_point is not None:
                    resume_point.save_state(state, PreviousScan(claim.result_id, output.unread))

    def _free_disk(self, directory: Path, resume_point: ResumePoint | None) -> None:
        """Remove what a failed scan has left."""
        empty(directory)
        if resume_point is not None:
            resume_point.remove_incomplete()

    def _output(
        self,
        job: ScanJob,
        resume_point: ResumePoint | None,
        previous: PreviousScan,
        state: Path,
        run: Callable[[ScanJob], ScanOutput],
        log: structlog.stdlib.BoundLogger,
    ) -> ScanOutput:
        """Scan, resuming from the cached state and mirror; if these may be damaged, delete them and scan again."""
        if resume_point is None:
            return run(job)
        job = job._replace(state=state)
        half_time = monotonic() + self._settings.scan_seconds / 2
        uses_cache = resume_point.copy_state(state) or resume_point.has_mirror
        output: ScanOutput | None = None
        try:
            output = run(job._replace(mirror=resume_point.directory))
        except ScanFailed as failure:
            if not uses_cache or failure.code in _NOT_CAUSED_BY_CACHE:
                raise
        if output is not None and (not uses_cache or output.unread <= previous.unread):
            return output
        resume_point.discard()
        if output is not None and monotonic() > half_time:
            return output
        log.warning("scanned again, since the cached mirror or state may be damaged")
        state.unlink(missing_ok=True)
        return run(job)

    def _finish(self, claim: Claim, output: ScanOutput) -> bool:
        try:
            return self._queue.finish(
                claim,
                output.findings(),
                coverage=output.coverage,
                ruleset=output.ruleset,
                rule_changes=output.rule_changes,
                former_ids=output.former_ids,
            )
        except DatabaseUnavailable:
            raise
        except Exception as error:
            raise ScanFailed("not-stored", f"The findings could not be stored ({type(error).__name__}).") from error


def _run_again_if_killed(
    run: Callable[[ScanJob], ScanOutput], log: structlog.stdlib.BoundLogger, job: ScanJob
) -> ScanOutput:
    """Scan, and once more if the process is killed: what took the memory may have been another program."""
    try:
        return run(job)
    except Killed:
        log.warning("scan's process killed, it runs once more")
        return run(job)


def _elapsed(began: float) -> float:
    return round(monotonic() - began, 2)
