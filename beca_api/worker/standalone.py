"""`beca worker`: a process that takes scans from a broker until it receives a signal."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

import structlog

from beca_api.catalogue.plugin_catalogue import Catalogue, CatalogueContent
from beca_api.delivery.event_poller import EventPoller
from beca_api.delivery.plugin_consumers import PluginConsumers
from beca_api.logs import configure_logging
from beca_api.worker.broker import open_broker
from beca_api.worker.notifications import BrokerNotifier, queue_name
from beca_api.worker.scan_worker import ScanWorker, retention_task
from beca_core.errors import InvalidSettings
from beca_core.plugins.installation import Installation
from beca_core.plugins.registry import PluginRegistry
from beca_core.rules.rule_selection import RuleChoice
from beca_core.storage.database import Database
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.workers import WorkerRegister

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.system.settings import Settings

_log = structlog.stdlib.get_logger(__name__)


def main(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then end running scans and release them. A second signal ends the process at once.

    Raises:
        InvalidSettings: If BROKER_URL is not set, or DATABASE_URL does not name a PostgreSQL database.
        MissingExtra: If the driver for the broker or the database is not installed.
        DatabaseUnavailable: If the database does not answer; the worker waits for a broker that does not answer.
        SchemaMismatch: If the database has the schema of another version.
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
                "DATABASE_URL is not set or names an SQLite file, which serves one process; `beca worker` is another.",
                hint="Set DATABASE_URL to a PostgreSQL database.",
            )
        database.check_schema()
        registry, catalogue = _load_plugins(settings)
        consumers = PluginConsumers(registry, settings)
        refresh = partial(catalogue.refresh, consumers.renew)
        queue = ScanQueue(database, settings.lease_seconds, settings.max_attempts)
        register = WorkerRegister(database)
        name = queue_name(settings.broker_namespace)
        tasks: list[Callable[[], object]] = [refresh, retention_task(settings, database)]
        with (
            BrokerNotifier(broker, name) as notifier,
            ScanWorker(settings, queue, register, broker, notifier, periodic_tasks=tasks),
            EventPoller(database, consumers),
        ):
            _wait_for_signal()


def _wait_for_signal() -> None:
    """Return at the first SIGTERM or SIGINT; the second one ends the process, and its scans notice that and end too."""
    received: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: received.put(number))
    name = signal.Signals(received.get()).name
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: os._exit(128 + number))
    _log.info("worker stops", signal=name)


def _load_plugins(settings: Settings) -> tuple[PluginRegistry, Catalogue]:
    """Load the installed plugins; the catalogue logs what is wrong with them, now and whenever others are installed."""
    disabled, choice = settings.disabled_plugins, RuleChoice(*settings.rule_choice)
    tables = settings.plugin_settings
    installation = Installation.look(choice.files)
    registry = PluginRegistry.load(disabled=disabled, settings=tables).with_rule_files(choice.files)
    registry.choose(choice.rules, choice.excluded)  # a wrong setting shows at once
    registry.close()  # nothing is scanned in this process
    return registry, Catalogue(CatalogueContent.of(registry), installation, disabled, choice.files, tables)
