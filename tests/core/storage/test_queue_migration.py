"""A database of the version before: its results are kept, and of each repository one scan goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from beca_core.storage.database import Database
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.results import ResultService
from tests.core.storage.old_databases import upgrade_to

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-01-01 00:00:00+00"
RUNNING = {"status": "In Progress", "begun": NOW, "attempt": 1, "owner": "worker", "expires": NOW}
QUEUED = {"status": "Queued", "begun": None, "attempt": 0, "owner": None, "expires": None}
REPOSITORY = (
    "INSERT INTO repository (id, name, url, created_at, updated_at, version) VALUES (:id, 'n', :url, :now, :now, 1)"
)
RESULT = (
    "INSERT INTO result (id, repository_id, repository_name, repository_url, scope, queued_at, findings_count,"
    " revision, status, scanning_at, attempt, lease_owner, lease_expires_at)"
    " VALUES (:id, :repository, 'n', 'u', 'head', :now, 0, 1, :status, :begun, :attempt, :owner, :expires)"
)


@pytest.fixture
def old(empty_database_url: str) -> Iterator[Database]:
    """A database of the version before, with two repositories: of the first, two scans run and one waits."""
    with Database(empty_database_url) as database:
        upgrade_to(database, "0009")
        with database.session() as session:
            for number in (1, 2):
                session.execute(text(REPOSITORY), {"id": number, "url": f"u{number}", "now": NOW})
            for number, (repository, state) in enumerate(
                [(1, RUNNING), (1, RUNNING), (1, QUEUED), (2, RUNNING), (None, RUNNING), (None, RUNNING)], start=1
            ):
                session.execute(text(RESULT), {"id": number, "repository": repository, "now": NOW, **state})
        database.upgrade()
        yield database


def test_of_several_running_scans_of_a_repository_the_oldest_goes_on(old: Database) -> None:
    results = ResultService(old)
    rows = [results.get(number) for number in range(1, 7)]
    assert [str(row.status) for row in rows] == ["In Progress", "Queued", "Queued", *["In Progress"] * 3]
    assert (rows[1].attempt, rows[1].scanning_at, rows[1].lease_owner, rows[1].revision) == (0, None, None, 2)
    assert {str(row.priority) for row in rows} == {"normal"}


def test_results_are_listed_by_their_repository_as_before(old: Database) -> None:
    results = ResultService(old)
    assert [row.id for row in results.list(repository_id=1).items] == [3, 2, 1]
    assert [row.id for row in results.list(repository_id=2).items] == [4]


def test_the_scans_that_wait_again_run_one_after_the_other(old: Database) -> None:
    queue = ScanQueue(old, 60, 3)
    begun = []
    while (claim := queue.claim_next("worker")) is not None:
        begun.append(claim.result_id)
        assert queue.finish(claim, [], {"complete": True}, {})
    assert begun == [1, 4, 2, 3]
