"""Retention: what is deleted, what always remains, and that files do not grow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from beca_core.storage.database import Database
from beca_core.storage.models import Appearance, Issue, StoredFinding, StoredRuleset
from beca_core.storage.services.issues import IssueService
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.retention import Retention

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = 24 * 60 * 60


class Kept:
    """Scans of one repository, a minute apart, and which of them remain."""

    def __init__(self, database: Database, repository_id: int, clock: Any, make: Callable[..., dict[str, Any]]) -> None:
        self.database = database
        self.clock = clock
        self.make = make
        self.repository_id = repository_id
        self.queue = ScanQueue(database, 60, 3, clock=clock)
        self.results = ResultService(database, clock=clock)

    def scan(self, *found: dict[str, Any], scope: str = "history", complete: bool = True, version: int = 1) -> int:
        """Store a scan, and return its result."""
        self.clock.advance(60)
        claim = self.queue.claim(self.results.queue(self.repository_id, scope).id, "w")
        assert claim is not None
        assert self.queue.finish(claim, list(found), {"complete": complete}, {"secret-key": version})
        return claim.result_id

    def fail(self) -> int:
        """Store a scan that failed, and return its result."""
        self.clock.advance(60)
        claim = self.queue.claim(self.results.queue(self.repository_id).id, "w")
        assert claim is not None
        assert self.queue.fail(claim, "code", "message")
        return claim.result_id

    def remaining(self, keep_results: int = 2, keep_days: int = 90) -> list[int]:
        """Delete what need not be kept, and return what remains."""
        while Retention(self.database, keep_results, keep_days, self.clock).run():
            pass
        return sorted(result.id for result in self.results.list(limit=200).items)

    def count(self, table: type[Any]) -> int:
        """How many rows a table has."""
        with self.database.session(read_only=True) as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def kept(database: Database, repository_id: int, clock: Any, make_finding: Callable[..., dict[str, Any]]) -> Kept:
    return Kept(database, repository_id, clock, make_finding)


def test_the_latest_scans_of_each_scope_remain(kept: Kept) -> None:
    history = [kept.scan() for _ in range(3)]
    head = [kept.scan(scope="head") for _ in range(3)]
    assert kept.remaining() == sorted(history[1:] + head[1:])


def test_old_scans_are_deleted_but_for_the_latest(kept: Kept) -> None:
    first, second = kept.scan(), kept.scan()
    kept.clock.advance(90 * DAY + 1)
    assert kept.remaining(keep_results=9) == [second]
    assert first != second


def test_the_latest_success_and_the_latest_complete_one_remain(kept: Kept) -> None:
    complete = [kept.scan() for _ in range(2)]
    incomplete = [kept.scan(complete=False) for _ in range(2)]
    failed = [kept.fail() for _ in range(3)]
    assert kept.remaining() == [complete[1], incomplete[1], *failed[1:]]
    kept.clock.advance(90 * DAY + 1)
    assert kept.remaining() == [complete[1], incomplete[1]]


def test_scans_that_have_not_ended_remain(kept: Kept) -> None:
    running = kept.queue.claim(kept.results.queue(kept.repository_id).id, "w")
    assert running is not None
    waiting = kept.results.queue(kept.repository_id).id
    kept.clock.advance(900 * DAY)
    assert kept.remaining() == [running.result_id, waiting]


def test_scans_of_a_deleted_repository_remain_for_the_time_that_is_set(kept: Kept) -> None:
    results = [kept.scan(kept.make()) for _ in range(4)]
    RepositoryService(kept.database).delete(kept.repository_id)
    assert kept.remaining() == results
    kept.clock.advance(91 * DAY)
    assert kept.remaining() == []
    assert [kept.count(table) for table in (StoredFinding, Appearance, StoredRuleset)] == [0, 0, 0]


def test_what_no_scan_refers_to_is_deleted_and_issues_remain(kept: Kept) -> None:
    for line in range(1, 6):
        location = kept.make()["location"] | {
            "positions": {"begin": {"line": line, "column": 1}, "end": {"line": line, "column": 9}}
        }
        kept.scan(kept.make(location=location), kept.make(fingerprint="2" * 64), version=line)
    gone = kept.scan(version=9)
    assert kept.remaining(keep_results=1) == [gone]
    assert [kept.count(table) for table in (StoredFinding, Appearance, StoredRuleset)] == [0, 0, 1]
    issues = IssueService(kept.database)
    assert [issue.state for issue in issues.list().items] == ["fixed", "fixed"]
    assert {issues.get(issue.id).last_result_id for issue in issues.list().items} == {gone - 1}


def test_a_appearance_that_a_later_scan_shares_remains(kept: Kept) -> None:
    found = [kept.make(), kept.make(fingerprint="2" * 64)]
    for _ in range(5):
        latest = kept.scan(*found)
    assert kept.remaining(keep_results=1) == [latest]
    stored = kept.results.findings(latest).items
    assert [each | {"change": "carried"} for each in found] == list(stored)
    assert kept.count(Appearance) == 2


def test_many_processes_delete_at_once(kept: Kept) -> None:
    for number in range(12):
        latest = kept.scan(kept.make(occurrences=number + 1), kept.make(fingerprint="2" * 64), version=number)
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(Retention(kept.database, 1, 90, kept.clock).run) for _ in range(3)]
        for run in runs:
            run.result(30)
    assert kept.remaining(keep_results=1) == [latest]
    assert kept.count(Appearance) == 2


@pytest.mark.slow
def test_the_file_does_not_grow_with_the_number_of_scans(
    tmp_path: Path, make_finding: Callable[..., dict[str, Any]]
) -> None:
    """With retention as it is set by default; a scan in ten finds another line for each secret."""
    now = [datetime(2026, 1, 31, 12, tzinfo=UTC)]
    rules = {f"rule-{number}": 1 for number in range(1000)}
    sizes: list[int] = []
    with Database(f"sqlite:///{tmp_path / 'many.db'}") as database:
        database.upgrade()
        queue, results = ScanQueue(database, 60, 3, clock=lambda: now[0]), ResultService(database)
        repository_id = RepositoryService(database).create("r", "https://example.org/r").id
        for number in range(250):
            now[0] += timedelta(minutes=1)
            found = [make_finding(fingerprint=f"{secret:064x}", occurrences=1 + number // 10) for secret in range(30)]
            claim = queue.claim(results.queue(repository_id).id, "w")
            assert claim is not None
            assert queue.finish(claim, found, {"complete": True}, rules)
            Retention(database, 20, 90, lambda: now[0]).run()
            if number in {9, 249}:
                with database._engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
                    pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
                    sizes.append(pages * 4096)
        assert kept_issues(database) == 30
    before, after = sizes
    assert after <= 1.5 * before


def kept_issues(database: Database) -> int:
    with database.session(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(Issue)) or 0
