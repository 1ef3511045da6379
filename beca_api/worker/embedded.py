"""The embedded set-up: the server's own process runs the scans."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from beca_api.worker.broker import open_broker
from beca_api.worker.notifications import BrokerNotifier, queue_name
from beca_api.worker.scan_worker import ScanWorker, retention_task
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.workers import WorkerRegister

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from beca_api.worker.notifications import ScanNotifier
    from beca_core.storage.database import Database
    from beca_core.system.settings import Settings


@contextmanager
def open_notifier(settings: Settings, database: Database) -> Iterator[ScanNotifier]:
    """Yield the notifier of the configured set-up; without a broker, also run the scans here until the block ends.

    Args:
        settings: The server's settings.
        database: The server's database.

    Raises:
        MissingExtra: If the driver for the broker is not installed.
        InvalidSettings: If BROKER_URL or the data directory cannot be used.
    """
    if settings.broker_url.get_secret_value():
        with (
            closing(open_broker(settings)) as broker,
            BrokerNotifier(broker, queue_name(settings.broker_namespace)) as notifier,
        ):
            yield notifier
    else:
        with EmbeddedWorker(settings, database) as worker:
            yield worker.notifier


class EmbeddedWorker:
    """Run scans in this process; `with` starts and stops it.

    Args:
        settings: The server's settings; their `BROKER_URL` is empty.
        database: The server's database.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        broker = open_broker(settings)
        self._database = database
        self._queue = ScanQueue(database, settings.lease_seconds, settings.max_attempts)
        self._register = WorkerRegister(database)
        self._notifier = BrokerNotifier(broker, queue_name(settings.broker_namespace))
        tasks = [retention_task(settings, database)]
        self._worker = ScanWorker(settings, self._queue, self._register, broker, self._notifier, periodic_tasks=tasks)

    @property
    def notifier(self) -> ScanNotifier:
        """Notifies this worker."""
        return self._notifier

    def start(self) -> None:
        """Start the worker. An SQLite file has one owner, so what a dead process held is released at once."""
        if self._database.is_sqlite:
            self._queue.release_orphans()
            self._register.forget(0)
        self._worker.start()

    def stop(self) -> None:
        """End running scans and release them; the next start runs them again."""
        self._notifier.close()
        self._worker.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
