"""`Database`: connections, transactions and the schema, on SQLite and PostgreSQL.

SQLAlchemy is used synchronously: the API calls services in threads, and workers are threads anyway.

SQLite is configured for durability: write-ahead log, every commit on disk before it returns, and foreign keys enforced.
Writers wait for the single write lock when they begin (`BEGIN IMMEDIATE`), since a transaction that reads first and
writes later can fail half-way. One server at a time owns a database file.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from beca_core.errors import DatabaseUnavailable, InvalidSettings, MissingExtra
from beca_core.system.disk_space import free_bytes

try:
    from sqlalchemy import URL, create_engine, event, make_url, text
    from sqlalchemy import exc as failures
    from sqlalchemy.orm import sessionmaker

    from beca_core.storage import migrations
    from beca_core.storage.connection_failures import explained
except ModuleNotFoundError as error:
    raise MissingExtra("Storing results", "server") from error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from sqlalchemy import Connection, Engine
    from sqlalchemy.orm import Session

    from beca_core.system.settings import Settings

LOCK_SECONDS: Final = 30
"""How long a writer waits for the write lock of SQLite."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a transaction may wait; after that it fails, and the caller can try again.

    Args:
        lock_seconds: For a lock that another transaction holds.
        statement_seconds: For one statement, on PostgreSQL; None: for any time.
    """

    lock_seconds: float
    statement_seconds: float | None = None


REQUEST_PATIENCE: Final = Patience(lock_seconds=5, statement_seconds=8)
"""For a transaction for which the client of a server waits."""

_BUSY_SECONDS: Final = 0.02
_SQLITE_ROOM: Final = 4 * 1024 * 1024
"""Bytes that are free on the disk of an SQLite file if it can take a transaction."""

_WRITABLE: Final = "Set BECA_DATA_DIR or DATABASE_URL to a path that BECA may write to."
_POSTGRESQL_OPTIONS: Final = {
    "application_name": "beca",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",  # milliseconds; keepalives notice nothing while data is on its way
}
_SQLITE_FILE_ERRORS: Final = tuple(
    f"SQLITE_{name}"
    for name in ("BUSY", "LOCKED", "CANTOPEN", "PERM", "READONLY", "IOERR", "FULL", "CORRUPT", "NOTADB", "PROTOCOL")
)
"""Names of SQLite's errors about a file, as opposed to those about a statement."""

_BUSY_CODES: Final = ("SQLITE_BUSY", "SQLITE_LOCKED", "55P03", "57014")
"""Codes of errors after which trying again helps: a lock was not released, or a statement not finished, in time."""

_READ_ONLY: Final = {"postgresql_readonly": True, "sqlite_begin": "DEFERRED"}


class Database:
    """A database with a pool of connections; create one per process and share it between threads.

    Args:
        url: `sqlite:///PATH`, `postgresql://...` or `postgres://...`. An SQLite file (mode 0600) and its directory
            (0700) are created if necessary.
        patience: How long a transaction may wait; by default 30 seconds for a lock on SQLite, and any time otherwise.

    Raises:
        InvalidSettings: If the URL is not one of these, or the SQLite file cannot be created.
        MissingExtra: If the driver is not installed.
    """

    def __init__(self, url: str, patience: Patience | None = None) -> None:
        parsed = _parse(url)
        self.is_sqlite: bool = parsed.drivername == "sqlite"
        self.path: Path | None = Path(parsed.database or "") if self.is_sqlite else None
        if self.path is not None:
            _make_file(self.path)
        self._engine = _sqlite_engine(parsed, patience) if self.is_sqlite else _postgresql_engine(parsed, patience)
        self._writing = sessionmaker(self._engine, expire_on_commit=False)
        self._reading = sessionmaker(self._engine.execution_options(**_READ_ONLY), expire_on_commit=False)

    @classmethod
    def from_settings(cls, settings: Settings, patience: Patience | None = None) -> Database:
        """Open the database that the settings name; by default `beca.db` in the data directory."""
        url = settings.database_url.get_secret_value() or f"sqlite:///{settings.data_dir / 'beca.db'}"
        return cls(url, patience)

    @contextmanager
    def session(self, *, read_only: bool = False) -> Iterator[Session]:
        """Yield a session that is one transaction: committed at the end, rolled back by any exception.

        Args:
            read_only: Whether nothing is written; on SQLite such a transaction never waits for a lock.

        Raises:
            DatabaseUnavailable: If the database does not answer, or not in time.
        """
        with _translated(), (self._reading if read_only else self._writing).begin() as session:
            yield session

    def ping(self) -> None:
        """Run a trivial query.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        with self.session(read_only=True) as session:
            session.execute(text("SELECT 1"))

    def upgrade(self) -> None:
        """Bring the schema up to date, from nothing or from any older version.

        The upgrade is one transaction. Other processes that upgrade at the same time wait, and then have nothing to do.

        Raises:
            SchemaMismatch: If the schema is newer than this BECA, or is that of another program.
        """
        with _translated(), self._engine.begin() as connection:
            migrations.upgrade(connection)

    def check_schema(self) -> None:
        """Check that the schema is the one that this BECA needs.

        Raises:
            SchemaMismatch: If it is missing, older, newer, or that of another program; the hint says what to do.
        """
        with _translated(), self._engine.execution_options(**_READ_ONLY).begin() as connection:
            migrations.check(connection)

    def check_ready(self) -> None:
        """Check that requests can be served: the schema, and on SQLite the disk space for a transaction.

        Raises:
            SchemaMismatch: If the schema is not the one that this BECA needs.
            DatabaseUnavailable: If the database does not answer, or the disk of an SQLite file is full.
        """
        self.check_schema()
        if self.path is not None and free_bytes(self.path.parent) < _SQLITE_ROOM:
            raise DatabaseUnavailable("The disk of the database is full.", hint="Free disk space.")

    def server_settings(self, *names: str) -> dict[str, str]:
        """Return settings of a PostgreSQL server, by name; for SQLite, there are none.

        Raises:
            DatabaseUnavailable: If the database does not answer.
        """
        if self.is_sqlite:
            return {}
        wanted = text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)")
        with self.session(read_only=True) as session:
            return {row.name: row.setting for row in session.execute(wanted, {"names": list(names)})}

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Own the database as its server while the block runs; a PostgreSQL database may have several servers.

        Raises:
            InvalidSettings: If another server owns this SQLite file, or its lock file cannot be created.
        """
        if self.path is None:
            yield
            return
        lock = _lock(self.path)
        try:
            yield
        finally:
            os.close(lock)

    def close(self) -> None:
        """Close all idle connections; the object can still be used and then opens new ones."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _parse(url: str) -> URL:
    hint = "Use sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME."
    try:
        parsed = make_url(url)
    except (failures.ArgumentError, ValueError):
        raise InvalidSettings("DATABASE_URL is not a database URL.", hint=hint) from None
    if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg", query={**_POSTGRESQL_OPTIONS, **parsed.query})
    if parsed.drivername != "sqlite":
        raise InvalidSettings("DATABASE_URL names a database system that BECA does not support.", hint=hint)
    name = parsed.database or ""
    if parsed.host or parsed.query or name in {"", ":memory:"} or name.startswith("file:"):
        raise InvalidSettings("DATABASE_URL does not name an SQLite file.", hint="Use sqlite:///PATH and no options.")
    return parsed.set(database=str(Path(name).expanduser().absolute()))


def _make_file(path: Path) -> None:
    """Create the file unless it exists.

    An existing file is not opened: to close it again would release the locks that this process holds on it through
    other connections (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if path.is_file() and os.access(path, os.R_OK | os.W_OK):
            return
        reason = "it is not a file that can be written"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    else:
        return
    raise InvalidSettings(f"The SQLite database file {path} cannot be used: {reason}.", hint=_WRITABLE)


def _lock(database: Path) -> int:
    """Lock the lock file of a database and return its descriptor; closing it, or the end of the process, unlocks it."""
    path = database.with_name(f"{database.name}.lock")
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InvalidSettings(f"The lock file {path} cannot be used: {error.strerror}.", hint=_WRITABLE) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise InvalidSettings(
            f"Another BECA server uses the SQLite database {database}.",
            hint="Stop it, set another BECA_DATA_DIR, or set DATABASE_URL to a PostgreSQL database.",
        ) from None
    return lock


def _postgresql_engine(url: URL, patience: Patience | None) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=True, pool_timeout=10, hide_parameters=True)
    except ImportError:
        raise MissingExtra("PostgreSQL", "postgres") from None
    if patience is not None:
        event.listen(engine, "connect", partial(_set_time_limits, patience))
    return engine


def _set_time_limits(patience: Patience, connection: Any, _record: object) -> None:
    limits = {"lock_timeout": patience.lock_seconds, "statement_timeout": patience.statement_seconds or 0}
    with connection.cursor() as cursor:
        for name, seconds in limits.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, f"{round(seconds * 1000)}"))
    connection.commit()


def _sqlite_engine(url: URL, patience: Patience | None) -> Engine:
    seconds = LOCK_SECONDS if patience is None else patience.lock_seconds
    engine = create_engine(url, pool_timeout=seconds, hide_parameters=True, connect_args={"timeout": seconds})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # `_begin_sqlite` begins the transactions, not the driver
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: Any) -> None:
    """Switch to the write-ahead log. If two processes do so at once, SQLite fails in one of them without waiting."""
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(_BUSY_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn failures of the connection into BECA's errors; an error in a statement is not translated."""
    try:
        yield
    except failures.TimeoutError as error:
        raise DatabaseUnavailable("All connections to the database are in use.", hint="Try again later.") from error
    except failures.DBAPIError as error:
        if isinstance(error, failures.ProgrammingError) and error.statement is None:
            raise InvalidSettings(
                "DATABASE_URL has an option that the driver does not know.", hint="Remove the part after the `?`."
            ) from None
        if not _is_unavailable(error):
            raise
        code = _code(error)
        if code.startswith(_BUSY_CODES):
            raise DatabaseUnavailable(f"The database is busy ({code}).", hint="Try again later.") from error
        if not code and (reason := explained(str(error.orig))) is not None:
            raise reason from error
        raise DatabaseUnavailable(
            f"The database cannot be used{f' ({code})' if code else ''}.",
            hint="Check that it runs, can be reached and has disk space, and that DATABASE_URL is right.",
        ) from error


def _is_unavailable(error: failures.DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        return _code(error).startswith(_SQLITE_FILE_ERRORS)
    return error.connection_invalidated or isinstance(error, (failures.OperationalError, failures.InterfaceError))


def _code(error: failures.DBAPIError) -> str:
    """Return the database's own name or code of this error; empty if it has none."""
    name = "sqlite_errorname" if isinstance(error.orig, sqlite3.Error) else "sqlstate"
    return getattr(error.orig, name, None) or ""
