"""Databases for the tests: each test that asks for one runs on SQLite and on PostgreSQL, and finds it without rows.

A PostgreSQL server is looked for at BECA_TEST_POSTGRES (default: postgresql://root@127.0.0.1:5432/postgres). Where
there is none, the tests that need it are skipped, except in CI, where they fail.
"""

from __future__ import annotations

import os
import secrets
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from beca_core.storage.database import Database


# How fast a machine is says nothing about the code; time is measured by the tests that are about it.
settings.register_profile("beca", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("beca")


def unavailable(what: str) -> None:
    """Skip the test because a service is not there, or fail it in CI, where it has to be."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not there, and CI needs it")
    pytest.skip(f"{what} is not there")


class PostgresServer:
    """Makes and drops databases on a real server; a template that holds the schema makes that quick."""

    def __init__(self, url: str) -> None:
        import psycopg

        self._url = url
        self._connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
        self._template: str | None = None

    def create(self, *, schema: bool) -> str:
        """Make a database, with BECA's schema or empty, and return its URL."""
        if schema and self._template is None:
            self._template = self._create("template0")
            _upgrade(self._url_of(self._template))
        return self._url_of(self._create(self._template if schema and self._template else "template0"))

    def drop(self, url: str) -> None:
        """Drop a database, whoever still uses it."""
        self._connection.execute(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    def close(self) -> None:
        """Drop the template too."""
        if self._template is not None:
            self.drop(self._url_of(self._template))
        self._connection.close()

    def _create(self, template: str) -> str:
        name = f"beca_test_{secrets.token_hex(6)}"
        self._connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')  # nobody pulls the plug here
        return name

    def _url_of(self, name: str) -> str:
        return f"{self._url.rpartition('/')[0]}/{name}"


def _upgrade(url: str) -> None:
    from beca_core.storage.database import Database

    with Database(url) as database:
        database.upgrade()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server on which databases can be made."""
    import psycopg

    try:
        server = PostgresServer(os.environ.get("BECA_TEST_POSTGRES", "postgresql://root@127.0.0.1:5432/postgres"))
    except psycopg.OperationalError:
        unavailable("PostgreSQL")
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a PostgreSQL database with BECA's schema, made for this test alone."""
    url = postgres_server.create(schema=True)
    yield url
    postgres_server.drop(url)


@pytest.fixture(scope="session")
def _shared_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.create(schema=False)
    _upgrade(url)
    yield url
    postgres_server.drop(url)


@pytest.fixture
def emptied_postgres_url(_shared_postgres_url: str) -> str:
    """URL of a PostgreSQL database with BECA's schema and no rows, shared: to make one takes longer than most tests."""
    import psycopg

    with psycopg.connect(_shared_postgres_url, options="-c lock_timeout=10s") as connection:
        connection.execute("DELETE FROM finding; DELETE FROM result; DELETE FROM repository; DELETE FROM api_token")
    return _shared_postgres_url


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """URL of an SQLite database with BECA's schema, made for this test alone."""
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / 'beca.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a database with BECA's schema and no rows, once on each kind of database."""
    name = {"sqlite": "sqlite_url", "postgresql": "emptied_postgres_url"}[request.param]
    return str(request.getfixturevalue(name))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without any table, once on each kind of database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create(schema=False)
    yield url
    server.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with BECA's schema and no rows, once on each kind of database."""
    from beca_core.storage.database import Database

    with Database(database_url) as opened:
        yield opened
