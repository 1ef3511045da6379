"""The embedded set-up: the server's own process runs the scans."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from beca_api.worker.broker import open_broker
from beca_api.worker.crew import Crew
from beca_api.worker.doorbell import QueuedDoorbell, queue_name
from beca_core.storage.services.queue import ScanQueue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from beca_api.worker.doorbell import Doorbell
    from beca_core.storage.database import Database
    from beca_core.system.settings import Settings


@contextmanager
def open_doorbell(settings: Settings, database: Database) -> Iterator[Doorbell]:
    """Give the doorbell of the configured set-up; without a broker, run the scans here until the block ends.

    Args:
        settings: The server's settings.
        database: The server's database.

    Raises:
        MissingExtra: If the driver for the broker is not installed.
        InvalidSettings: If the broker's URL or the data directory cannot be used.
    """
    if settings.broker_url.get_secret_value():
        with (
            closing(open_broker(settings)) as broker,
            QueuedDoorbell(broker, queue_name(settings.broker_namespace)) as doorbell,
        ):
            yield doorbell
    else:
        with EmbeddedWorker(settings, database) as worker:
            yield worker.doorbell


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
        self._doorbell = QueuedDoorbell(broker, queue_name(settings.broker_namespace))
        self._crew = Crew(settings, self._queue, broker, self._doorbell)

    @property
    def doorbell(self) -> Doorbell:
        """Rings for this worker."""
        return self._doorbell

    def start(self) -> None:
        """Begin to work; scans that a dead process left behind in SQLite, which has one owner, need not wait."""
        if self._database.is_sqlite:
            self._queue.release_orphans()
        self._crew.start()

    def stop(self) -> None:
        """End running scans and give them back; the next start runs them again."""
        self._doorbell.close()
        self._crew.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
