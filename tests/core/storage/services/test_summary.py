"""The summary at the borders of its weeks and days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from beca_core.storage.services.summary import SummaryService

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.repositories import RepositoryService
    from beca_core.storage.services.results import ResultService
    from beca_core.storage.services.transitions import Claim
    from tests.core.storage.services.repository_scans import RepositoryScans

DAY = 24 * 60 * 60


@pytest.mark.parametrize(
    ("seconds", "age", "this_week"),
    [
        (0, "day", 1),
        (DAY, "day", 1),
        (DAY + 1, "week", 1),
        (7 * DAY, "week", 1),
        (7 * DAY + 1, "month", 0),
        (30 * DAY, "month", 0),
        (30 * DAY + 1, "older", 0),
    ],
)
def test_a_repository_is_counted_by_the_age_of_its_latest_scan(
    database: Database,
    queue: ScanQueue,
    claim: Claim,
    make_finding: Callable[..., dict[str, Any]],
    clock: Any,
    seconds: int,
    age: str,
    this_week: int,
) -> None:
    summaries = SummaryService(database, clock=clock)
    assert summaries.get().repositories == {"day": 0, "week": 0, "month": 0, "older": 0, "never": 1}
    assert (summaries.get().running, summaries.get().queued) == (1, 0)
    assert queue.finish(claim, [make_finding()], {"complete": True}, {"secret-key": 1})
    clock.advance(seconds)
    summary = summaries.get()
    assert {name: count for name, count in summary.repositories.items() if count} == {age: 1}
    assert summary.opened_this_week == this_week
    assert sum(summary.open_issues.values()) == 1
    assert (summary.running, summary.fixed_this_week) == (0, 0)


def test_failures_and_waiting_scans_are_counted(
    database: Database, queue: ScanQueue, results: ResultService, claim: Claim, repository_id: int, clock: Any
) -> None:
    summaries = SummaryService(database, clock=clock)
    queue.fail(claim, "code", "message")
    clock.advance(7 * DAY)
    since = results.queue(repository_id).queued_at
    summary = summaries.get()
    assert (summary.failures_this_week, summary.queued, summary.oldest_queued_at) == (1, 1, since)
    clock.advance(1)
    assert summaries.get().failures_this_week == 0


def test_open_issues_are_counted_by_severity_until_they_are_fixed_or_their_repository_is_deleted(
    scans: RepositoryScans, repositories: RepositoryService
) -> None:
    def found(path: str, severity: str) -> dict[str, Any]:
        return scans.finding(path, metadata={"description": "d", "severity": severity, "confidence": "HIGH"})

    def counts() -> dict[str, int]:
        return {str(name): count for name, count in SummaryService(scans.database).get().open_issues.items() if count}

    low, high, critical = found("a", "LOW"), found("b", "HIGH"), found("c", "CRITICAL")
    scans.scan(low, high, critical, found("d", "HIGH"))
    assert counts() == {"LOW": 1, "HIGH": 2, "CRITICAL": 1}
    scans.scan(low, high, found("c", "MEDIUM"))
    assert counts() == {"LOW": 1, "HIGH": 1, "MEDIUM": 1}, "one is fixed, and one has another severity"
    scans.scan(low, high, critical, found("d", "HIGH"))
    assert counts() == {"LOW": 1, "HIGH": 2, "CRITICAL": 1}, "and is open again"
    repositories.delete(scans.repository_id)
    assert counts() == {}
