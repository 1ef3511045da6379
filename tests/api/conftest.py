"""Fixtures of the API tests: a running application, clients, and results as workers store them."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from beca_api.http.app import create_app
from beca_api.http.keys import TOKENS
from beca_core.findings import Confidence, Finding, Location, Position, Severity, fingerprint, redact
from beca_core.report import Coverage
from beca_core.storage.database import Database
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from aiohttp import web
    from aiohttp.test_utils import TestClient
    from pytest_aiohttp.plugin import AiohttpClient

    Client = TestClient[web.Request, web.Application]

URL = "https://example.com/team/project"


class RecordingNotifier:
    """Records the notifications, and runs no scan."""

    def __init__(self) -> None:
        self.notified: list[int] = []

    def notify(self, result_id: int) -> None:
        self.notified.append(result_id)

    @contextmanager
    def open(self, _settings: Settings, _database: Database) -> Iterator[RecordingNotifier]:
        yield self


@pytest.fixture(autouse=True)
def _no_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("BECA_")]:
        monkeypatch.delenv(name)
    for name in ("DATABASE_URL", "BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BECA_CONFIG", os.devnull)


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("alembic").setLevel(logging.NOTSET)
    structlog.reset_defaults()


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    """Settings of a server on an SQLite database of this test."""
    return Settings.load(database_url=sqlite_url, data_dir=tmp_path, max_body_bytes=4096)


@pytest.fixture
def notifier() -> RecordingNotifier:
    """The application's notifier."""
    return RecordingNotifier()


@pytest.fixture
def start(aiohttp_client: AiohttpClient, notifier: RecordingNotifier) -> Callable[..., Awaitable[Client]]:
    """Starts an application and returns a client with a token of the given scopes, or without a token."""

    async def start(settings: Settings, scopes: tuple[str, ...] = ("read", "write", "audit")) -> Client:
        app = create_app(settings, notifier=notifier.open)
        client = await aiohttp_client(app)
        if scopes:
            _, token = app[TOKENS].create("test", scopes)
            client.session.headers["Authorization"] = f"Bearer {token}"
        return client

    return start


@pytest.fixture
async def api(start: Callable[..., Awaitable[Client]], settings: Settings) -> Client:
    """A client with all scopes."""
    return await start(settings)


@pytest.fixture
def database(api: Client, settings: Settings) -> Iterator[Database]:
    """The application's database, through a connection of the test."""
    with Database.from_settings(settings) as database:
        yield database


@pytest.fixture
def finished(database: Database) -> Callable[..., int]:
    """Creates a repository and a finished scan of it with so many findings; returns the result's id."""

    def finish(findings: int = 0, url: str = URL) -> int:
        repository = RepositoryService(database).create("project", url)
        result = ResultService(database).queue(repository.id)
        queue = ScanQueue(database, lease_seconds=60, max_attempts=3)
        claim = queue.claim(result.id, "test")
        assert claim is not None
        documents = (finding_document(number) for number in range(findings))
        assert queue.finish(claim, documents, Coverage(commits=1, blobs=findings).to_dict(), {"secret-key": 1})
        return result.id

    return finish


@pytest.fixture
def document() -> Callable[[int], dict[str, Any]]:
    """Makes findings as a worker stores them."""
    return finding_document


def finding_document(number: int) -> dict[str, Any]:
    """A finding as a worker stores it: every third is CRITICAL, every second of rule `even`."""
    secret = f"public_key{number}".encode()
    rule_id = "odd" if number % 2 else "even"
    return Finding(
        rule_id=rule_id,
        location=Location(f"src/{number}.env", Position(number + 1, 1), Position(number + 1, 11)),
        description="A word",
        severity=Severity.HIGH if number % 3 else Severity.CRITICAL,
        confidence=Confidence.LOW,
        fingerprint=fingerprint(rule_id, secret),
        redacted=redact(secret),
        secret=secret,
    ).to_dict()
