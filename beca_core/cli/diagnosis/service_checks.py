"""Checks of the services: the database, its fingerprint key, the broker, and the workers."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from beca_core.cli.diagnosis.condition import Condition, Diagnosis
from beca_core.errors import BecaError, quoted_path
from beca_core.reports.shared.phrasing import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.storage.database import Database
    from beca_core.storage.services.summary import Summary
    from beca_core.system.settings import Settings

_PORTS: Final = {"amqp": 5672, "amqps": 5671, "redis": 6379, "rediss": 6379}
_SECONDS: Final = 5.0
_WAITING: Final = timedelta(minutes=10)
_NEEDED: Final = {
    "autovacuum": "lists and counts get slower with each scan.",
    "fsync": "a crash of its machine can damage the database.",
    "full_page_writes": "a crash of its machine can damage the database.",
}
"""Settings of PostgreSQL that are on by default, and what happens without them."""


def check_database(settings: Settings) -> Iterator[Diagnosis]:
    """Check that the database answers and has the right schema and key, and that workers are alive and take scans."""
    path = settings.data_dir / "beca.db"
    if not settings.database_url.get_secret_value() and not path.exists():
        yield Diagnosis("database", Condition.OK, f"{quoted_path(path)} is made at the first start.")
        return
    try:
        from beca_core.storage.database import REQUEST_PATIENCE, Database

        with Database.from_settings(settings, patience=REQUEST_PATIENCE) as database:
            database.check_ready()
            kind = "SQLite, with one server" if database.is_sqlite else "PostgreSQL"
            yield Diagnosis("database", Condition.OK, f"It answers and has the schema of this version: {kind}.")
            yield from _server_settings(database)
            yield from _key(settings, database)
            yield from _workers(settings, database)
    except BecaError as error:
        yield Diagnosis("database", Condition.BROKEN, str(error))


def _server_settings(database: Database) -> Iterator[Diagnosis]:
    found = database.server_settings(*_NEEDED)
    for name in _NEEDED:
        if found.get(name) == "off":
            remedy = f"Set {name} = on in its configuration."
            yield Diagnosis("database", Condition.WEAK, f"PostgreSQL has {name} = off: {_NEEDED[name]}", remedy)


def _key(settings: Settings, database: Database) -> Iterator[Diagnosis]:
    from beca_core.storage.fingerprint_key import FILE_NAME, fingerprint_key, former_fingerprint_key
    from beca_core.storage.services.recorded_key import KeyRecord

    if not settings.fingerprint_key.get_secret_value() and not (settings.data_dir / FILE_NAME).exists():
        recorded = KeyRecord(database).has_key()
        health = Condition.BROKEN if recorded else Condition.OK
        said = (
            "This machine has none, and the database was used with one."
            if recorded
            else "It is made at the first start."
        )
        remedy = "Set BECA_FINGERPRINT_KEY to the key of the other machines." if recorded else ""
        yield Diagnosis("fingerprint key", health, said, remedy)
        return
    try:
        KeyRecord(database).check(fingerprint_key(settings), former_fingerprint_key(settings))
    except BecaError as error:
        yield Diagnosis("fingerprint key", Condition.BROKEN, str(error))
        return
    if not database.is_sqlite and not settings.fingerprint_key.get_secret_value():
        said = "It is in the data directory, which other machines do not have."
        yield Diagnosis("fingerprint key", Condition.WEAK, said, "Set BECA_FINGERPRINT_KEY on every machine.")
    else:
        yield Diagnosis("fingerprint key", Condition.OK, "It is the one of the database.")


def _workers(settings: Settings, database: Database) -> Iterator[Diagnosis]:
    from beca_core import __version__
    from beca_core.storage.services.summary import SummaryService
    from beca_core.storage.services.workers import WorkerRegister, alive_seconds

    seconds = alive_seconds(settings.sweep_seconds)
    alive = WorkerRegister(database).alive(seconds)
    summary = SummaryService(database, settings.sweep_seconds).get()
    if alive:
        hosts = len({worker.host for worker in alive})
        yield _with_workers(f"{counted(len(alive), 'worker')} alive on {counted(hosts, 'host')}", summary)
    else:
        yield _without_workers(bool(settings.broker_url.get_secret_value()), seconds, summary)
    versions = sorted({worker.version for worker in alive})
    if versions and versions != [__version__]:
        said = f"They have BECA {', '.join(versions)}, and this is BECA {__version__}."
        yield Diagnosis("workers", Condition.WEAK, said, "Install one version on all machines.")


def _with_workers(alive: str, summary: Summary) -> Diagnosis:
    queue = f"{summary.running:,} scans run, {summary.queued:,} wait"
    minutes = _minutes_waited(summary)
    if minutes is None or summary.running:
        return Diagnosis("workers", Condition.OK, f"{alive}; {queue}.")
    said = f"{alive}; {queue}, the first for {minutes:,} minutes."
    return Diagnosis("workers", Condition.BROKEN, said, "Read the logs of the workers, and start them again.")


def _without_workers(has_broker: bool, seconds: float, summary: Summary) -> Diagnosis:
    unfinished = summary.queued + summary.running
    said = f"None was alive within the last {seconds:,.0f} seconds; {counted(unfinished, 'unfinished scan')}."
    if not unfinished and not has_broker:
        return Diagnosis("workers", Condition.OK, said)
    minutes = _minutes_waited(summary)
    if minutes is not None:
        said = f"{said} The first of those that wait does so for {minutes:,} minutes."
    return Diagnosis("workers", Condition.BROKEN, said, "Start `beca worker`, or `beca serve` without BROKER_URL.")


def _minutes_waited(summary: Summary) -> int | None:
    """Return for how long the first of the waiting scans waits, if that is too long."""
    from beca_core.storage.models import utc_now

    waited = timedelta() if summary.oldest_queued_at is None else utc_now() - summary.oldest_queued_at
    return int(waited.total_seconds() // 60) if waited > _WAITING else None


def check_broker(settings: Settings) -> Iterator[Diagnosis]:
    """Check that the broker accepts connections."""
    url = settings.broker_url.get_secret_value()
    if not url:
        yield Diagnosis("broker", Condition.OK, "There is none: the server runs the scans in its own process.")
        return
    try:
        parsed = urlsplit(url)
        host, port = parsed.hostname or "localhost", parsed.port or _PORTS[parsed.scheme]
    except (ValueError, KeyError):
        yield Diagnosis("broker", Condition.BROKEN, "BROKER_URL is not valid.", "Use amqp://HOST or redis://HOST.")
        return
    try:
        socket.create_connection((host, port), _SECONDS).close()
    except OSError as error:
        said = f"Nothing answers at {host!r:.80}, port {port}: {error.strerror or type(error).__name__}."
        yield Diagnosis("broker", Condition.BROKEN, said, "Start the broker, or correct BROKER_URL.")
        return
    if settings.database_url.get_secret_value().startswith("sqlite") or not settings.database_url.get_secret_value():
        said = "It answers, but workers need a database that several processes can use."
        yield Diagnosis("broker", Condition.BROKEN, said, "Set DATABASE_URL to a PostgreSQL database.")
    else:
        yield Diagnosis("broker", Condition.OK, f"It answers at {host!r:.80}, port {port}.")
