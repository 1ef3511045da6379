"""Issues out of the findings of the version before: nothing that was shown changes, and issues are as if found now."""

from __future__ import annotations

import multiprocessing
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text
from sqlmodel import col

from beca_core.storage.database import Database
from beca_core.storage.models import Appearance, Issue, Repository, Result, StoredRuleset
from beca_core.storage.services.issues import IssueService
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.repositories import RepositoryService
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.summary import SummaryService
from tests.core.storage.old_databases import BEGIN, OldScan, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RULES = ("secret-key", "other")


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    with Database(empty_database_url) as database:
        yield database


def random_scans(make: Callable[..., dict[str, Any]], repositories: list[int], seed: int) -> list[OldScan]:
    """Scans of repositories in which each secret has one path, and comes and goes."""
    chance = random.Random(seed)
    scans = []
    for _ in range(24):
        scope = chance.choice(["history", "history", "head"])
        found = []
        for number in range(12):
            if chance.random() < 0.3:
                continue
            rule = chance.choice(RULES) if number > 8 else RULES[number % 2]
            in_head = scope == "head" or chance.random() < 0.6
            location = {**make()["location"], "path": f"P\N{LATIN CAPITAL LETTER E WITH ACUTE}{number}"}
            if number == 3:
                location["pathBytes"] = "ff00"
            document = make(
                ruleId=rule, location=location, fingerprint=f"{number:x}" * 64, inHead=in_head, occurrences=1 + number
            )
            document["metadata"] |= {"severity": chance.choice(["LOW", "CRITICAL"])}
            if chance.random() < 0.4:
                document |= {"commit": None, "change": chance.choice(["new", "gone", "carried"])}
                document["metadata"] |= {"tags": ["a"], "decodings": ["hex"], "labels": ["test"], "truncated": True}
                document |= {"parts": [], "attributes": {"region": "eu"}}
                del document["parts"]
            if not in_head:
                document["presence"] = "removed"
            found.append(document)
        ruleset = chance.choice([{"secret-key": 1, "other": 1}, {"other": 2}])
        scans.append(OldScan(chance.choice(repositories), found, scope, chance.random() < 0.7, ruleset))
    return scans


def shown_issues(database: Database) -> list[tuple[Any, ...]]:
    """What is shown of each issue, but for ids and names of repositories."""
    service = IssueService(database)
    found = []
    for issue in service.list(limit=200).items:
        details = service.get(issue.id)
        columns = issue.model_dump(exclude={"id", "repository_id", "path_key"})
        history = [(event.kind, event.at, event.result_id) for event in details.history if event.kind != "renamed"]
        found.append((issue.repository_id, issue.path, issue.fingerprint, columns, history, details.last_result_id))
    return sorted(found, key=repr)


@pytest.mark.parametrize("seed", range(3))
def test_every_row_is_converted(
    empty: Database, sqlite_database: Database, make_finding: Callable[..., dict[str, Any]], seed: int
) -> None:
    scans = random_scans(make_finding, [1, 2, 3], seed)
    scans.append(OldScan(None, [make_finding(), make_finding()]))
    fill(empty, [1, 2, 3], scans)
    empty.upgrade()
    empty.check_schema()
    results = ResultService(empty)
    for result_id, scan in enumerate(scans, start=1):
        assert list(results.findings(result_id, limit=1000).items) == list(scan.findings)
        assert results.get(result_id).ruleset == dict(scan.ruleset)
    scanned = scanned_now(sqlite_database, scans)
    assert shown_issues(empty) == shown_issues(scanned)
    assert SummaryService(empty).get().open_issues == SummaryService(scanned).get().open_issues
    with empty.session(read_only=True) as session:
        counts = {row.id: row.scans for row in session.scalars(select(Repository))}
        latest = {row.id: row.latest_result_id for row in session.scalars(select(Repository))}
        rulesets = session.scalar(select(func.count()).select_from(StoredRuleset))
    mine = {n: [i for i, scan in enumerate(scans, start=1) if scan.repository_id == n] for n in counts}
    assert counts == {n: len(ids) for n, ids in mine.items()}
    assert latest == {n: max(ids, default=None) for n, ids in mine.items()}
    assert rulesets == len({tuple(scan.ruleset.items()) for scan in scans})


def scanned_now(database: Database, scans: list[OldScan]) -> Database:
    """Store the same scans with this version."""
    now = BEGIN
    queue = ScanQueue(database, 60, 3, clock=lambda: now)
    repositories, results = RepositoryService(database), ResultService(database, clock=lambda: now)
    ids = {number: repositories.create("n", f"https://example.org/{number}").id for number in (1, 2, 3)}
    assert list(ids.values()) == [1, 2, 3]
    for scan in scans:
        now += timedelta(minutes=1)
        if scan.repository_id is None:
            continue
        claim = queue.claim(results.queue(scan.repository_id, scan.scope).id, "w")
        assert claim is not None
        assert queue.finish(claim, scan.findings, {"complete": scan.complete}, scan.ruleset)
    return database


def test_the_next_scan_goes_on_with_the_converted_issues(
    empty: Database, make_finding: Callable[..., dict[str, Any]]
) -> None:
    document = make_finding(attributes={"region": "eu"})
    fill(empty, [7], [OldScan(7, [document])])
    empty.upgrade()
    results, queue = ResultService(empty), ScanQueue(empty, 60, 3)
    claim = queue.claim(results.queue(7).id, "w")
    assert claim is not None
    assert claim.result_id == 2, "ids are counted on"
    other = make_finding(fingerprint="2" * 64)
    assert queue.finish(claim, [document, other], {"complete": True}, {"secret-key": 1})
    assert results.get(claim.result_id).changes == {"new": 1, "carried": 1, "gone": 0, "since": 1}
    with empty.session(read_only=True) as session:
        assert session.scalars(select(col(Appearance.id)).order_by(col(Appearance.id))).all() == [1, 2]
        assert session.scalars(select(col(Issue.id)).order_by(col(Issue.id))).all() == [1, 2]


def test_ids_of_results_that_were_deleted_are_not_used_again(empty: Database) -> None:
    fill(empty, [1], [OldScan(1, []), OldScan(1, [])])
    with empty.session() as session:
        session.execute(text("DELETE FROM result WHERE id = 2"))
        if not empty.is_sqlite:
            session.execute(text("SELECT setval(pg_get_serial_sequence('result', 'id'), 2)"))
    empty.upgrade()
    assert ResultService(empty).queue(1).id == 3


@pytest.mark.slow
def test_two_processes_that_convert_at_once_both_succeed(
    empty_database_url: str, make_finding: Callable[..., dict[str, Any]]
) -> None:
    found = [make_finding(fingerprint=f"{number:064x}") for number in range(1000)]
    with Database(empty_database_url) as database:
        fill(database, [1], [OldScan(1, found), OldScan(1, found[:600])])
        processes = multiprocessing.get_context("spawn")
        upgrades = [processes.Process(target=open_and_upgrade, args=(empty_database_url,)) for _ in range(2)]
        for upgrade in upgrades:
            upgrade.start()
        for upgrade in upgrades:
            upgrade.join(60)
        assert [upgrade.exitcode for upgrade in upgrades] == [0, 0]
        database.check_schema()
        results = ResultService(database)
        assert list(results.findings(1, limit=1000).items) == found
        assert list(results.findings(2, limit=1000).items) == found[:600]
        with database.session(read_only=True) as session:
            states = session.execute(select(col(Issue.state), func.count()).group_by(col(Issue.state))).all()
            assert {str(state): count for state, count in states} == {"open": 600, "fixed": 400}
            assert session.scalar(select(func.count()).select_from(Appearance)) == 1000
            assert session.scalar(select(func.count()).select_from(Result)) == 2


def open_and_upgrade(url: str) -> None:
    with Database(url) as database:
        database.upgrade()
