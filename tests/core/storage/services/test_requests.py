"""Asking for scans, with priorities and a bound, and cancelling them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core.errors import Conflict, InvalidInput, NotFound, TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.repositories import RepositoryService
    from beca_core.storage.services.results import ResultService
    from beca_core.storage.services.transitions import Claim


@pytest.mark.parametrize("priority", ["high", "normal", "low"])
def test_a_scan_has_the_priority_that_was_asked_for(results: ResultService, repository_id: int, priority: str) -> None:
    assert results.request(repository_id, priority=priority).result.priority == priority


def test_a_scan_that_nobody_was_asked_about_has_the_normal_priority(results: ResultService, repository_id: int) -> None:
    assert results.request(repository_id).result.priority == "normal"
    assert results.queue(repository_id).priority == "normal"


@pytest.mark.parametrize("priority", ["", "HIGH", "urgent", "1"])
def test_other_priorities_are_refused(results: ResultService, repository_id: int, priority: str) -> None:
    with pytest.raises(InvalidInput, match="high, normal, low"):
        results.request(repository_id, priority=priority)
    assert results.list().items == ()


def test_a_waiting_scan_gets_a_higher_priority_and_never_a_lower_one(
    results: ResultService, repository_id: int
) -> None:
    first = results.request(repository_id, priority="low")
    seen = []
    for priority in ("normal", "low", "high", "normal"):
        again = results.request(repository_id, priority=priority)
        assert (again.is_new, again.result.id) == (False, first.result.id)
        seen.append((str(again.result.priority), again.result.revision))
    assert seen == [("normal", 2), ("normal", 2), ("high", 3), ("high", 3)]


def test_a_full_queue_refuses_new_scans_only(
    repositories: RepositoryService, results: ResultService, repository_id: int, another: Callable[..., int]
) -> None:
    another()
    waiting = results.request(repository_id, most=2)
    third = repositories.create("third", "https://example.org/third").id
    with pytest.raises(TooManyRequests, match="2 scans wait already"):
        results.request(third, most=2)
    assert results.request(repository_id, most=2).result.id == waiting.result.id
    assert len(results.list(status="Queued").items) == 2


def test_a_scan_that_has_begun_makes_room(
    queue: ScanQueue, repositories: RepositoryService, results: ResultService, another: Callable[..., int]
) -> None:
    another()
    repository = repositories.create("third", "https://example.org/third").id
    with pytest.raises(TooManyRequests):
        results.request(repository, most=1)
    assert queue.claim_next("worker") is not None
    assert results.request(repository, most=1).is_new


# Cancelling


def test_a_cancelled_scan_never_begins(queue: ScanQueue, results: ResultService, result_id: int) -> None:
    cancelled = results.cancel(result_id)
    assert cancelled.failure == {"code": "cancelled", "message": "The scan was cancelled."}
    assert (cancelled.attempt, cancelled.scanning_at) == (0, None)
    assert queue.claim(result_id, "worker") is None
    assert queue.claim_next("worker") is None
    assert queue.due() == []


def test_a_worker_of_a_cancelled_scan_changes_nothing_any_more(
    queue: ScanQueue, results: ResultService, claim: Claim
) -> None:
    assert queue.holds(claim)
    cancelled = results.cancel(claim.result_id)
    assert not queue.holds(claim)
    assert not any([queue.renew(claim, {}), queue.release(claim), queue.fail(claim, "a", "b")])
    assert not queue.finish(claim, [], {}, {})
    assert results.get(claim.result_id) == cancelled


def test_after_a_cancelled_scan_the_next_one_of_the_repository_can_begin(
    queue: ScanQueue, results: ResultService, claim: Claim, repository_id: int
) -> None:
    waiting = results.request(repository_id).result.id
    assert queue.claim_next("worker") is None
    results.cancel(claim.result_id)
    begun = queue.claim_next("worker")
    assert begun is not None
    assert begun.result_id == waiting


def test_a_scan_whose_worker_died_can_be_cancelled(
    queue: ScanQueue, results: ResultService, claim: Claim, clock: Callable[..., None]
) -> None:
    queue.release_orphans()
    assert results.cancel(claim.result_id).status == "Failure"
    assert queue.claim(claim.result_id, "another") is None


def test_cancelling_again_changes_nothing(results: ResultService, result_id: int) -> None:
    first = results.cancel(result_id)
    assert results.cancel(result_id) == first


def test_a_scan_that_has_ended_in_another_way_cannot_be_cancelled(
    queue: ScanQueue, results: ResultService, claim: Claim, another: Callable[..., int]
) -> None:
    queue.finish(claim, [], {}, {})
    failed = queue.claim(another(), "worker")
    assert failed is not None
    queue.fail(failed, "fetch-failed", "No.")
    for each in (claim, failed):
        before = results.get(each.result_id)
        with pytest.raises(Conflict, match="has ended already"):
            results.cancel(each.result_id)
        assert results.get(each.result_id) == before


@pytest.mark.parametrize("unknown", [0, -1, 999_999, 2**63])
def test_an_unknown_scan_cannot_be_cancelled(results: ResultService, result_id: int, unknown: int) -> None:
    with pytest.raises(NotFound):
        results.cancel(unknown)


# Deleted repositories


def test_results_of_a_deleted_repository_can_be_listed(
    repositories: RepositoryService, results: ResultService, queue: ScanQueue, claim: Claim, repository_id: int
) -> None:
    queue.finish(claim, [], {}, {})
    queued = results.request(repository_id).result.id
    repositories.delete(repository_id)
    listed = results.list(repository_id=repository_id).items
    assert [(each.id, each.repository_id) for each in listed] == [(queued, None), (claim.result_id, None)]
    assert [each.id for each in results.list(repository_id=repository_id, status="Success").items] == [claim.result_id]
    assert results.list(repository_id=repository_id + 1).items == ()
