"""Profiles and markers of all tests, and the databases that they run on.

BECA_TEST_PROFILE is `dev` (the default), `ci` (the default where CI=true) or `nightly`. It sets how many examples
Hypothesis tries; only `nightly` runs the tests that have the marker `nightly`.

A test that asks for a database runs on SQLite and on PostgreSQL, and finds no rows in it. The PostgreSQL server is at
BECA_TEST_POSTGRES (default: postgresql://root@127.0.0.1:5432/postgres). Without a server, the tests that need it are
skipped; in CI they fail. Those of `brokers.py` are at BECA_TEST_RABBITMQ and BECA_TEST_REDIS.
"""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, settings

from tests.brokers import Backend, rabbitmq, redis, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from beca_core.storage.database import Database


# Hundreds of tests start a process: without stored bytecode, each would compile BECA again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

PROFILE: Final = os.environ.get("BECA_TEST_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "dev")
EXAMPLES: Final = {"dev": 25, "ci": 60, "nightly": 1000}
SERVICES: Final = {"postgresql", "rabbitmq", "redis"}
SERVICE_FIXTURES: Final = {"postgres_server", "rabbitmq_backend", "redis_backend"}

# How fast a machine is says nothing about the code; only tests that are about time measure it.
for name, examples in EXAMPLES.items():
    settings.register_profile(
        name, max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
    )
settings.load_profile(PROFILE)

# Compiled rules are cached for all tests of a run and nowhere else: the processes of pytest-xdist share the directory.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _CACHE: Final = tempfile.TemporaryDirectory(prefix="beca-test-cache-")
    os.environ["XDG_CACHE_HOME"] = _CACHE.name


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a module that generates its cases when it is collected, in runs that leave out slow tests."""
    is_left_out = "not slow" in config.option.markexpr and collection_path.name == "test_schemathesis.py"
    return True if is_left_out else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that need a service; leave out those of the nightly profile in the other profiles."""
    for item in items:
        if needs_service(item):
            item.add_marker(pytest.mark.services)
    if PROFILE != "nightly":
        left_out = [item for item in items if item.get_closest_marker("nightly")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("nightly")]


def pytest_collection_finish() -> None:
    """Leave what was collected out of garbage collections: with thousands of tests, each takes a second."""
    gc.collect()
    gc.freeze()


def needs_service(item: pytest.Item) -> bool:
    """Say whether a test uses the fixture of a service, or has the name of a service as a parameter."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    asked_for = {value for value in parameters if isinstance(value, str)}
    return bool(asked_for & SERVICES or SERVICE_FIXTURES.intersection(getattr(item, "fixturenames", ())))


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
        connection.execute(
            "DELETE FROM finding; DELETE FROM appearance; DELETE FROM result; DELETE FROM ruleset;"
            "DELETE FROM repository; DELETE FROM api_token; DELETE FROM recorded_key; DELETE FROM outbox_event;"
            "DELETE FROM outbox_consumer; DELETE FROM audit_entry; DELETE FROM worker"
        )
    return _shared_postgres_url


@pytest.fixture
def rabbitmq_backend() -> Iterator[Backend]:
    """A RabbitMQ server (BECA_TEST_RABBITMQ), with queues of this test only."""
    with rabbitmq() as backend:
        yield backend


@pytest.fixture
def redis_backend() -> Iterator[Backend]:
    """A Redis server (BECA_TEST_REDIS), with keys of this test only."""
    with redis() as backend:
        yield backend


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
