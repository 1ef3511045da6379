"""Services on both kinds of database, and a clock that tests advance."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.tokens import TokenService
from tests.core.storage.services.repository_scans import RepositoryScans

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database
    from beca_core.storage.services.transitions import Claim

LEASE_SECONDS = 60
MAX_ATTEMPTS = 3


class ManualClock:
    """Returns the same time until it is advanced."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def repositories(database: Database, clock: ManualClock) -> RepositoryService:
    return RepositoryService(database, clock=clock)


@pytest.fixture
def results(database: Database, clock: ManualClock) -> ResultService:
    return ResultService(database, clock=clock)


@pytest.fixture
def queue(database: Database, clock: ManualClock) -> ScanQueue:
    return ScanQueue(database, LEASE_SECONDS, MAX_ATTEMPTS, clock=clock)


@pytest.fixture
def tokens(database: Database, clock: ManualClock) -> TokenService:
    return TokenService(database, clock=clock)


@pytest.fixture
def repository_id(repositories: RepositoryService) -> int:
    """A registered repository."""
    return repositories.create("shop", "https://example.org/shop").id


@pytest.fixture
def result_id(results: ResultService, repository_id: int) -> int:
    """A queued scan of that repository."""
    return results.queue(repository_id).id


@pytest.fixture
def another(repositories: RepositoryService, results: ResultService) -> Callable[..., int]:
    """Queues a scan of a repository of its own, with a priority, and returns its id."""

    def queue(priority: str = "normal") -> int:
        repository = repositories.create("other", f"https://example.org/{secrets.token_hex(8)}")
        return results.request(repository.id, priority=priority).result.id

    return queue


@pytest.fixture
def claim(queue: ScanQueue, result_id: int) -> Claim:
    """A scan that has begun."""
    begun = queue.claim(result_id, "worker")
    assert begun is not None
    return begun


@pytest.fixture
def scans(
    database: Database,
    queue: ScanQueue,
    results: ResultService,
    repository_id: int,
    make_finding: Callable[..., dict[str, Any]],
) -> RepositoryScans:
    scans = RepositoryScans(database, queue, results, make_finding)
    scans.repository_id = repository_id
    return scans
