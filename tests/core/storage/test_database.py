"""Connections and transactions: accepted URLs, guarantees, and errors when the database is unavailable."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError
from sqlmodel import col

from beca_core.errors import DatabaseUnavailable, InvalidSettings, MissingExtra
from beca_core.storage.database import Database, Patience
from beca_core.storage.models import Repository
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def count(database: Database) -> int | None:
    with database.session(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(Repository))


# Which URLs are accepted


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no url",
        "mysql://root@localhost/beca",
        "postgresql+asyncpg://localhost/beca",
        "postgresql://localhost:port/beca",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:beca.db?uri=true",
        "sqlite:///file:beca.db",
        "sqlite://host/beca.db",
        "sqlite:///beca.db?mode=ro",
    ],
)
def test_other_urls_are_refused(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidSettings, match="DATABASE_URL"):
        Database(url)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_url_is_not_repeated() -> None:
    password = "tiger"
    with pytest.raises(InvalidSettings) as caught:
        Database(f"oracle://scott:{password}@localhost/beca")
    assert password not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_urls_have_three_schemes(scheme: str, emptied_postgres_url: str) -> None:
    with Database(emptied_postgres_url.replace("postgresql", scheme)) as database:
        assert not database.is_sqlite
        assert database.path is None
        assert count(database) == 0


def test_options_in_a_postgresql_url_override_the_defaults(emptied_postgres_url: str) -> None:
    with Database(f"{emptied_postgres_url}?application_name=mine") as database, database.session() as session:
        assert session.scalar(text("SHOW application_name")) == "mine"


def test_an_unknown_postgresql_option_is_reported(emptied_postgres_url: str) -> None:
    with Database(f"{emptied_postgres_url}?nonsense=1") as database, pytest.raises(InvalidSettings, match="option"):
        database.ping()


def test_a_relative_sqlite_path_starts_at_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with Database("sqlite:///here.db") as database:
        assert database.path == tmp_path / "here.db"
        monkeypatch.chdir("/")
        database.ping()


def test_a_tilde_means_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with Database("sqlite:///~/beca.db") as database:
        assert database.path == tmp_path / "beca.db"


def test_without_a_url_the_data_directory_is_used(tmp_path: Path) -> None:
    with Database.from_settings(Settings(data_dir=tmp_path / "data")) as database:
        assert database.path == tmp_path / "data" / "beca.db"


def test_the_url_in_the_settings_is_used(tmp_path: Path) -> None:
    with Database.from_settings(Settings(database_url=SecretStr(f"sqlite:///{tmp_path}/other.db"))) as database:
        assert database.path == tmp_path / "other.db"


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"beca\[postgres\]"):
        Database("postgresql://localhost/beca")


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["sqlmodel", "sqlalchemy", "alembic"])
def test_without_the_server_extra_every_entry_module_names_it(missing: str) -> None:
    program = f"""
import sys
sys.modules[{missing!r}] = None
from beca_core.errors import MissingExtra
for module in ("database", "services.tokens"):
    try:
        __import__("beca_core.storage." + module)
    except MissingExtra as error:
        assert error.extra == "server", error
    else:
        raise SystemExit(module + " was imported")
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


# The SQLite file


def test_only_the_owner_can_read_the_sqlite_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Database(f"sqlite:///{tmp_path}/new/directory/beca.db") as database:
            database.upgrade()
            files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new/directory").iterdir()}
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new/directory").stat().st_mode) == 0o700
    assert set(files.values()) == {0o600}
    assert "beca.db" in files


@pytest.mark.parametrize("kind", ["directory", "below a file"])
def test_a_path_at_which_no_file_can_be_created_is_refused(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path if kind == "directory" else tmp_path / "file" / "beca.db"
    with pytest.raises(InvalidSettings, match=r"cannot be used.*BECA_DATA_DIR"):
        Database(f"sqlite:///{path}")


@pytest.mark.slow
def test_a_second_database_object_keeps_the_locks_of_the_first(sqlite_url: str) -> None:
    """Without them, the last connection of another process deletes the write-ahead log that this one reads."""
    program = (
        "import sqlite3, sys; other = sqlite3.connect(sys.argv[1])\n"
        "other.execute('CREATE TABLE more (x)'); other.commit(); other.close()"
    )
    with Database(sqlite_url) as first, first.session(read_only=True) as session:
        session.execute(text("SELECT 1 FROM repository"))
        with Database(sqlite_url) as second:
            assert count(second) == 0
            subprocess.run([sys.executable, "-c", program, str(first.path)], check=True, timeout=60)
            assert first.path is not None
            assert first.path.with_name("beca.db-wal").exists()
            assert count(second) == 0


def test_sqlite_is_configured_for_durability(sqlite_url: str) -> None:
    with Database(sqlite_url) as database, database.session() as session:
        pragmas = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_file_that_is_not_a_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database at all" * 100)
    with (
        Database(f"sqlite:///{tmp_path}/notes.txt") as database,
        pytest.raises(DatabaseUnavailable, match="SQLITE_NOTADB"),
    ):
        database.ping()
    assert "not a database" in (tmp_path / "notes.txt").read_text()


def test_a_file_that_stays_locked_is_reported(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beca_core.storage.database.LOCK_SECONDS", 0.05)
    with Database(sqlite_url) as database, contextlib.closing(sqlite3.connect(database.path or "")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable, match="SQLITE_BUSY"), database.session() as session:
            session.execute(text("DELETE FROM repository"))
        assert count(database) == 0, "readers do not wait"
        other.rollback()
        with database.session() as session:
            session.execute(text("DELETE FROM repository"))


@pytest.mark.slow
def test_patience_with_a_lock_and_with_a_statement_is_bounded(
    database_url: str, add_repository: Callable[..., int]
) -> None:
    add_repository()
    change = text("UPDATE repository SET version = version + 1")
    impatient = Database(database_url, Patience(lock_seconds=0.2, statement_seconds=0.5))
    with Database(database_url) as other, impatient as database:
        with other.session() as holder:
            holder.execute(change)
            with (
                pytest.raises(DatabaseUnavailable, match=r"busy \((SQLITE_BUSY|55P03)\)"),
                database.session() as session,
            ):
                session.execute(change)
        if not database.is_sqlite:
            with pytest.raises(DatabaseUnavailable, match=r"busy \(57014\)"), database.session() as session:
                session.execute(text("SELECT pg_sleep(20)"))
            with other.session() as session:
                session.execute(text("SELECT pg_sleep(0.7)"))
        with database.session() as session:
            session.execute(change)


def test_a_transaction_that_reads_before_it_writes_loses_nothing(sqlite_url: str) -> None:
    """With a deferred BEGIN this fails half-way with `database is locked`, or loses changes."""
    with Database(sqlite_url) as database:
        database.upgrade()
        with database.session() as session:
            session.execute(text("CREATE TABLE counter (value INTEGER)"))
            session.execute(text("INSERT INTO counter VALUES (0)"))

        def increment(_: int) -> None:
            with database.session() as session:
                value = session.scalar(text("SELECT value FROM counter")) or 0
                session.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(increment, range(80)))
        with database.session(read_only=True) as session:
            assert session.scalar(text("SELECT value FROM counter")) == 80


def test_one_server_owns_an_sqlite_file(sqlite_url: str) -> None:
    with Database(sqlite_url) as first, Database(sqlite_url) as second:
        with first.serving():
            with pytest.raises(InvalidSettings, match="Another BECA server"), second.serving():
                pytest.fail("two servers own one file")
            assert count(second) == 0, "the command line can still read it"
        with second.serving():
            pass


def test_a_lock_file_that_cannot_be_created_is_reported(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "beca.db.lock").mkdir()
    with (
        Database(sqlite_url) as database,
        pytest.raises(InvalidSettings, match=r"lock file.*BECA_DATA_DIR"),
        database.serving(),
    ):
        pytest.fail("served without the lock")


@pytest.mark.slow
def test_a_server_that_was_killed_leaves_no_lock(sqlite_url: str) -> None:
    program = (
        "import os, sys; from beca_core.storage.database import Database\n"
        "with Database(sys.argv[1]).serving(): os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", program, sqlite_url], check=False, timeout=60)
    assert killed.returncode == -9
    with Database(sqlite_url) as database, database.serving():
        pass


def test_many_servers_share_a_postgresql_database(emptied_postgres_url: str) -> None:
    with (
        Database(emptied_postgres_url) as first,
        Database(emptied_postgres_url) as second,
        first.serving(),
        second.serving(),
    ):
        assert count(second) == 0


# Transactions


def test_a_session_is_one_transaction(database: Database, add_repository: Callable[..., int]) -> None:
    repository_id = add_repository()
    changed = update(Repository).where(col(Repository.id) == repository_id)
    with contextlib.suppress(KeyError), database.session() as session:
        session.execute(changed.values(name="lost"))
        raise KeyError
    with database.session() as session:
        session.execute(changed.values(version=2))
    with database.session(read_only=True) as session:
        stored = session.get_one(Repository, repository_id)
    assert (stored.name, stored.version) == ("shop", 2)


def test_updates_in_one_statement_are_never_lost(database: Database, add_repository: Callable[..., int]) -> None:
    repository_id = add_repository()
    change = update(Repository).where(col(Repository.id) == repository_id).values(version=col(Repository.version) + 1)

    def increment(_: int) -> None:
        with database.session() as session:
            session.execute(change)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(increment, range(80)))
    with database.session(read_only=True) as session:
        assert session.get_one(Repository, repository_id).version == 81


def test_a_read_only_session_cannot_write_to_postgresql(emptied_postgres_url: str) -> None:
    with Database(emptied_postgres_url) as database:
        with pytest.raises(DatabaseError, match="read-only"), database.session(read_only=True) as session:
            session.execute(text("DELETE FROM repository"))
        with database.session() as session:
            session.execute(text("DELETE FROM repository"))


def test_an_error_in_a_statement_is_not_reported_as_an_outage(database: Database) -> None:
    with pytest.raises((OperationalError, ProgrammingError)), database.session() as session:
        session.execute(text("SELECT nothing FROM nowhere"))


def test_messages_contain_no_values(database: Database) -> None:
    value = "do not show"
    with pytest.raises((OperationalError, ProgrammingError)) as caught, database.session() as session:
        session.execute(text("SELECT nothing FROM nowhere WHERE x = :value"), {"value": value})
    assert value not in "".join(traceback.format_exception(caught.value))


# A database that is unavailable


def test_an_unavailable_server_is_reported_without_its_password() -> None:
    password = "hunter2"
    database = Database(f"postgresql://beca:{password}@127.0.0.1:1/beca")
    for act in (database.ping, database.check_schema, database.upgrade):
        with pytest.raises(DatabaseUnavailable) as caught:
            act()
        assert "127.0.0.1" not in str(caught.value)
        assert password not in "".join(traceback.format_exception(caught.value))


def test_a_connection_that_breaks_in_a_transaction_is_reported(emptied_postgres_url: str) -> None:
    with Database(emptied_postgres_url) as database:

        def lose_the_connection() -> None:
            with database.session() as session, database.session() as other:
                backend = session.scalar(text("SELECT pg_backend_pid()"))
                other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})
                session.execute(text("SELECT 1"))

        with pytest.raises(DatabaseUnavailable):
            lose_the_connection()
        database.ping()


def test_an_idle_connection_that_broke_is_replaced(emptied_postgres_url: str) -> None:
    with Database(emptied_postgres_url) as database, Database(emptied_postgres_url) as other:
        with database.session() as session:
            backend = session.scalar(text("SELECT pg_backend_pid()"))
        with other.session() as session:
            session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})
        database.ping()


def test_an_exhausted_pool_is_reported(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beca_core.storage.database.LOCK_SECONDS", 0.05)
    with Database(sqlite_url) as database:

        def hold_many() -> None:
            with contextlib.ExitStack() as held:
                for _ in range(100):
                    held.enter_context(database.session(read_only=True)).execute(text("SELECT 1"))

        with pytest.raises(DatabaseUnavailable, match="All connections"):
            hold_many()
        database.ping()


def test_settings_of_the_server_are_those_of_postgresql(database: Database) -> None:
    found = database.server_settings("fsync", "no_such_setting")
    assert found.keys() == (set() if database.is_sqlite else {"fsync"})
