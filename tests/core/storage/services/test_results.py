"""Queueing scans, and reading their results and findings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.errors import InvalidInput, NotFound
from beca_core.sources.limits import Scope
from beca_core.storage.models import MAX_ID
from beca_core.storage.services.pages import Cursors
from beca_core.storage.services.results import findings_cursor

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.repositories import RepositoryService
    from beca_core.storage.services.results import ResultService

NO_IDS = [0, -1, 999_999, 2**63 - 1, 2**63, 10**30]


@pytest.fixture
def scanned(queue: ScanQueue, result_id: int, make_finding: Callable[..., dict[str, Any]]) -> int:
    """A successful result with five findings."""
    claim = queue.claim(result_id, "w")
    assert claim is not None
    found = [
        make_finding(
            ruleId=rule, metadata={"description": "d", "severity": severity, "confidence": "LOW"}, occurrences=number
        )
        for number, (rule, severity) in enumerate(
            [("a", "LOW"), ("b", "HIGH"), ("a", "HIGH"), ("b", "CRITICAL"), ("a", "HIGH")], start=1
        )
    ]
    assert queue.finish(claim, found, {"complete": True}, {"a": 1, "b": 2})
    return result_id


def numbers(findings: Any) -> list[int]:
    return [finding["occurrences"] for finding in findings]


# Queueing


def test_a_queued_result_copies_the_repository(
    repositories: RepositoryService, results: ResultService, repository_id: int, clock: Any
) -> None:
    queued = results.queue(repository_id)
    assert (queued.status, queued.scope, queued.attempt, queued.revision) == ("Queued", "history", 0, 1)
    assert queued.queued_at == clock.now
    assert (queued.scanning_at, queued.finished_at, queued.failure, queued.coverage) == (None, None, None, None)
    assert results.get(queued.id) == queued

    repositories.update(repository_id, name="renamed", url="https://example.org/moved")
    assert results.get(queued.id).repository_name == "shop"
    assert results.get(queued.id).repository_url == "https://example.org/shop"


@pytest.mark.parametrize("scope", ["history", "head", Scope.HISTORY, Scope.HEAD])
def test_both_scopes_of_a_repository_are_accepted(results: ResultService, repository_id: int, scope: str) -> None:
    assert results.queue(repository_id, scope).scope == str(scope)


@pytest.mark.parametrize("scope", ["", "files", "HEAD", Scope.TEXT, "head\0"])
def test_other_scopes_are_refused(results: ResultService, repository_id: int, scope: str) -> None:
    with pytest.raises(InvalidInput, match="history or head") as caught:
        results.queue(repository_id, scope)
    assert caught.value.pointer == "/scope"


@pytest.mark.parametrize("unknown", NO_IDS)
def test_unknown_ids_are_reported(results: ResultService, scanned: int, unknown: int) -> None:
    with pytest.raises(NotFound, match="no repository"):
        results.queue(unknown)
    for act in (lambda: results.get(unknown), lambda: results.findings(unknown)):
        with pytest.raises(NotFound, match="no result"):
            act()
    assert results.list(repository_id=unknown).items == ()


def test_a_request_while_a_scan_of_the_scope_waits_returns_that_one(
    results: ResultService, queue: ScanQueue, repository_id: int
) -> None:
    first = results.request(repository_id)
    assert first.is_new
    again = results.request(repository_id)
    assert (again.is_new, again.result.id) == (False, first.result.id)
    other = results.request(repository_id, "head")
    assert (other.is_new, other.result.scope) == (True, "head")
    assert queue.claim(first.result.id, "w") is not None
    after = results.request(repository_id)
    assert after.is_new, "a running scan may not see what was pushed since"
    assert len(results.list().items) == 3


@pytest.mark.parametrize("unknown", NO_IDS)
def test_an_unknown_repository_cannot_be_requested(results: ResultService, unknown: int) -> None:
    with pytest.raises(NotFound):
        results.request(unknown)


def test_of_many_requests_at_once_one_queues(results: ResultService, repository_id: int) -> None:
    with ThreadPoolExecutor(6) as pool:
        asked = list(pool.map(lambda _: results.request(repository_id), range(12)))
    assert [request.is_new for request in asked].count(True) == 1
    assert len({request.result.id for request in asked}) == 1


# Lists


def test_the_newest_results_come_first(results: ResultService, repository_id: int, clock: Any) -> None:
    ids = []
    for seconds in (0, 1, 0, 0, 1):  # some of them in the same moment
        clock.advance(seconds)
        ids.append(results.queue(repository_id).id)
    seen, after = [], None
    while True:
        page = results.list(limit=2, after=after)
        seen += [result.id for result in page.items]
        if (after := page.next) is None:
            break
    assert seen == ids[::-1]


def test_new_results_do_not_shift_the_next_page(results: ResultService, repository_id: int, clock: Any) -> None:
    ids = [results.queue(repository_id).id for _ in range(4)]
    page = results.list(limit=2)
    clock.advance(1)
    results.queue(repository_id)
    assert [result.id for result in results.list(limit=2, after=page.next).items] == ids[1::-1]


def test_results_are_filtered_by_repository_and_status(
    repositories: RepositoryService, results: ResultService, queue: ScanQueue, repository_id: int
) -> None:
    other = repositories.create("other", "https://example.org/other").id
    mine, others = results.queue(repository_id).id, results.queue(other).id
    assert queue.claim(mine, "w") is not None

    def chosen(**wanted: Any) -> list[int]:
        return [result.id for result in results.list(**wanted).items]

    assert chosen() == [others, mine]
    assert chosen(repository_id=other) == [others]
    assert chosen(status="In Progress") == [mine]
    assert chosen(status="Queued", repository_id=other) == [others]
    assert chosen(status="Queued", repository_id=repository_id) == []


@pytest.mark.parametrize(
    "wrong",
    [{"limit": 0}, {"limit": 201}, {"after": "x"}, {"status": "queued"}, {"status": ""}, {"status": "Q\0"}],
    ids=str,
)
def test_invalid_filters_are_refused(results: ResultService, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        results.list(**wrong)


def test_a_cursor_beyond_the_calendar_is_refused(results: ResultService) -> None:
    for moment in (MAX_ID, -MAX_ID):
        with pytest.raises(InvalidInput, match="cursor"):
            results.list(after=Cursors("results", 2).write([moment, 1]))


def test_a_cursor_after_the_last_record_gives_an_empty_page(results: ResultService, scanned: int) -> None:
    assert results.findings(scanned, after=Cursors("findings", 1).write([MAX_ID])).items == ()
    assert results.list(after=Cursors("results", 2).write([0, -MAX_ID])).items == ()


# Findings


def test_findings_come_in_the_order_of_the_report(results: ResultService, scanned: int) -> None:
    first = results.findings(scanned, limit=3)
    rest = results.findings(scanned, limit=3, after=first.next)
    assert numbers(first.items) == [1, 2, 3]
    assert numbers(rest.items) == [4, 5]
    assert rest.next is None
    assert results.get(scanned).findings_count == 5


def test_the_findings_after_the_first_ones_can_be_listed(results: ResultService, scanned: int) -> None:
    shown = results.first_findings([scanned], limit=2)[scanned]
    rest = results.findings(scanned, after=findings_cursor(len(shown)))
    assert numbers([*shown, *rest.items]) == [1, 2, 3, 4, 5]


def test_findings_are_filtered_by_rule_and_severity(results: ResultService, scanned: int) -> None:
    assert numbers(results.findings(scanned, rule_id="a").items) == [1, 3, 5]
    assert numbers(results.findings(scanned, severity="HIGH").items) == [2, 3, 5]
    page = results.findings(scanned, rule_id="a", severity="HIGH", limit=1)
    assert numbers(page.items) == [3]
    assert numbers(results.findings(scanned, rule_id="a", severity="HIGH", limit=1, after=page.next).items) == [5]


@pytest.mark.parametrize("rule_id", ["", "nobody", "a\0", "\ud800", "x" * 9000], ids=ascii)
def test_a_rule_without_findings_gives_an_empty_page(results: ResultService, scanned: int, rule_id: str) -> None:
    assert results.findings(scanned, rule_id=rule_id).items == ()


@pytest.mark.parametrize(
    "wrong",
    [{"limit": 0}, {"limit": 1001}, {"after": "x"}, {"severity": "high"}, {"severity": ""}, {"change": "old"}],
    ids=str,
)
def test_invalid_pages_of_findings_are_refused(results: ResultService, scanned: int, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        results.findings(scanned, **wrong)


def test_a_cursor_of_results_is_refused_for_findings(results: ResultService, scanned: int, repository_id: int) -> None:
    results.queue(repository_id)
    with pytest.raises(InvalidInput):
        results.findings(scanned, after=results.list(limit=1).next)


def test_the_first_findings_of_several_results_are_read_at_once(
    results: ResultService, scanned: int, repository_id: int
) -> None:
    empty = results.queue(repository_id).id
    found = results.first_findings([empty, scanned], limit=2)
    assert list(found) == [empty, scanned]
    assert found[empty] == []
    assert numbers(found[scanned]) == [1, 2]
    assert results.first_findings([]) == {}
