"""`ScanWorker`: everything that works on scans in one process, with any broker."""

from __future__ import annotations

import os
import re
import secrets
import socket
from contextlib import ExitStack
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Final

import structlog
from dramatiq import Worker

from beca_api.worker.disk_relief import relieve_disk
from beca_api.worker.dispatcher import Dispatcher
from beca_api.worker.heartbeat import Heartbeat
from beca_api.worker.notifications import queue_name, subscribe
from beca_api.worker.scan_process.runner import Runner
from beca_api.worker.scan_process.scan_job import scan_command
from beca_api.worker.scan_process.workspace import Workspace
from beca_api.worker.slots import Slots
from beca_api.worker.supervisor import Supervisor
from beca_api.worker.sweeper import Sweeper, every
from beca_core.storage.fingerprint_key import fingerprint_key, former_fingerprint_key
from beca_core.storage.services.audit import AuditService
from beca_core.storage.services.outbox.outbox_reading import Outbox
from beca_core.storage.services.retention import Retention
from beca_core.storage.services.workers import WorkerRegister, note_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    from dramatiq import Broker

    from beca_api.worker.mirrors.mirror_store import MirrorStore
    from beca_api.worker.notifications import ScanNotifier
    from beca_api.worker.scan_process.scan_job import ScanJob
    from beca_core.storage.database import Database
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.system.settings import Settings

_IDLE_MILLISECONDS: Final = 500
_STOP_SECONDS: Final = 10.0
_LEAVE_SECONDS: Final = 2.0
_RETENTION_SECONDS: Final = 600.0

_log = structlog.stdlib.get_logger(__name__)


class ScanWorker:
    """The consumers of a broker, the supervisors of scans, the sweeper and the heartbeat; `with` starts and stops them.

    Args:
        settings: The settings of this process.
        queue: The results.
        register: Where this worker is noted while it runs.
        broker: Where messages come from; the caller closes it, after this worker.
        notifier: What the sweeper notifies with; the caller closes it.
        command: Makes the command of a scan.
        periodic_tasks: What else each sweep does.
    """

    def __init__(
        self,
        settings: Settings,
        queue: ScanQueue,
        register: WorkerRegister,
        broker: Broker,
        notifier: ScanNotifier,
        command: Callable[[ScanJob], list[str]] = scan_command,
        periodic_tasks: Sequence[Callable[[], object]] = (),
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._register = register
        self._broker = broker
        self._notifier = notifier
        self._command = command
        self._periodic_tasks = periodic_tasks
        self._slots = Slots(settings.workers)
        self._stopping = Event()
        self._stack = ExitStack()

    def start(self) -> None:
        """Start the consumers, the sweeper and the heartbeat.

        Raises:
            InvalidSettings: If the data directory cannot be used, the database has another fingerprint key, or the
                former key is too short.
        """
        with ExitStack() as stack:
            owner = _process_name()
            mirrors = relieve_disk(self._settings)
            workspace = stack.enter_context(Workspace.open(self._settings.data_dir, owner))
            dispatcher = Dispatcher(self._queue, owner, self._slots, self._supervisor(workspace, mirrors).run)
            heartbeat = Heartbeat(
                self._register, owner, self._settings.workers, note_seconds(self._settings.sweep_seconds)
            )
            heartbeat.start()
            stack.callback(heartbeat.stop, _LEAVE_SECONDS)
            subscribe(self._broker, queue_name(self._settings.broker_namespace), dispatcher.handle)
            stack.callback(self._slots.wait_until_free, _STOP_SECONDS)
            stack.callback(self._start_consumers())
            remove_deleted = partial(mirrors.remove_deleted, self._queue.known_repositories)
            periodic_tasks: list[Callable[[], object]] = [dispatcher.fill, remove_deleted, *self._periodic_tasks]
            sweeper = Sweeper(self._queue, self._notifier, periodic_tasks, self._settings.sweep_seconds)
            sweeper.start()
            stack.callback(sweeper.stop, _STOP_SECONDS)
            self._stack = stack.pop_all()
        _log.info("worker started", owner=owner, workers=self._settings.workers)

    def stop(self) -> None:
        """Take no more messages, end running scans, and release them without counting the attempt."""
        self._slots.close()
        self._stopping.set()
        self._stack.close()
        _log.info("worker stopped")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _supervisor(self, workspace: Workspace, mirrors: MirrorStore) -> Supervisor:
        key = fingerprint_key(self._settings)
        self._queue.adopt_key(key, former_fingerprint_key(self._settings))
        runner = Runner(self._settings, key, self._stopping, self._command)
        return Supervisor(self._queue, self._settings, runner, workspace, mirrors)

    def _start_consumers(self) -> Callable[[], None]:
        """Let dramatiq call the dispatcher, and return a function that stops it."""
        threads = self._settings.workers
        worker = Worker(self._broker, worker_threads=threads, worker_timeout=_IDLE_MILLISECONDS)
        worker.queue_prefetch = threads
        worker.start()

        def stop() -> None:
            try:
                worker.stop(timeout=round(_STOP_SECONDS * 1000))
            except Exception as error:  # noqa: BLE001 - without its broker, the worker must still release its leases
                _log.warning("consumers not stopped cleanly", error=type(error).__name__)

        return stop


def retention_task(settings: Settings, database: Database) -> Callable[[], None]:
    """Return the periodic task that deletes scans, events, audit entries and dead workers that need not be kept."""
    retention = Retention(database, settings.keep_results, settings.keep_days)
    audit, outbox, register = AuditService(database), Outbox(database), WorkerRegister(database)

    def run() -> None:
        retention.run()
        audit.forget(settings.keep_audit_days)
        while outbox.forget(settings.keep_event_days):
            pass
        register.forget()

    return every(_RETENTION_SECONDS, run)


def _process_name() -> str:
    """Return a name that no other worker has ever had, usable as a file name."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"
