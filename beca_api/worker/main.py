"""`beca worker`: a process that takes scans from a broker until it is told to end."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from queue import SimpleQueue
from typing import TYPE_CHECKING

import structlog

from beca_api.logs import configure_logging
from beca_api.worker.broker import open_broker
from beca_api.worker.crew import Crew
from beca_api.worker.doorbell import QueuedDoorbell, queue_name
from beca_core.errors import InvalidSettings
from beca_core.plugins.registry import PluginRegistry
from beca_core.storage.database import Database
from beca_core.storage.services.queue import ScanQueue

if TYPE_CHECKING:
    from beca_core.system.settings import Settings

_log = structlog.stdlib.get_logger(__name__)


def main(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT: then running scans are ended and given back. A second signal ends at once.

    Raises:
        InvalidSettings: If there is no broker, or the database belongs to one process alone.
        MissingExtra: If the driver for the broker or the database is not installed.
        DatabaseUnavailable: If the database does not answer; a broker that is away is waited for.
        SchemaMismatch: If the database is not of this version.
    """
    configure_logging(settings.log_level)
    if not settings.broker_url.get_secret_value():
        raise InvalidSettings(
            "`beca worker` takes its scans from a broker, and BROKER_URL is not set.",
            hint="Without a broker no worker is needed: `beca serve` runs the scans itself.",
        )
    with closing(open_broker(settings)) as broker, closing(Database.from_settings(settings)) as database:
        if database.is_sqlite:
            raise InvalidSettings(
                "SQLite serves one process, so `beca worker` cannot use it.",
                hint="Set DATABASE_URL to a PostgreSQL database.",
            )
        database.check_schema()
        _report_plugins(settings)
        queue = ScanQueue(database, settings.lease_seconds, settings.max_attempts)
        name = queue_name(settings.broker_namespace)
        with QueuedDoorbell(broker, name) as doorbell, Crew(settings, queue, broker, doorbell):
            _wait_for_signal()


def _wait_for_signal() -> None:
    """Return at the first SIGTERM or SIGINT; the scans of a process that the second one ends see it and end too."""
    received: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: received.put(number))
    name = signal.Signals(received.get()).name
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: os._exit(128 + number))
    _log.info("worker stops", signal=name)


def _report_plugins(settings: Settings) -> None:
    for problem in PluginRegistry.load(disabled=settings.disabled_plugins).problems:
        _log.warning("plugin problem", plugin=problem.plugin, problem=problem.message)
