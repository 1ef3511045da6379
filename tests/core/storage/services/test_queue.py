"""The queue, one transition at a time: what it changes, and when it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from beca_core.storage.services.queue import MAX_DUE, ScanQueue
from tests.core.storage.services.conftest import LEASE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database
    from beca_core.storage.services.repositories import RepositoryService
    from beca_core.storage.services.results import ResultService
    from beca_core.storage.services.transitions import Claim

NOTIFY_AGAIN = 30


# Claim


def test_a_claim_begins_a_scan(queue: ScanQueue, results: ResultService, result_id: int, clock: Any) -> None:
    clock.advance(5)
    claim = queue.claim(result_id, "worker")
    assert claim is not None
    assert (claim.result_id, claim.attempt, claim.scope) == (result_id, 1, "history")
    assert (claim.repository_name, claim.repository_url) == ("shop", "https://example.org/shop")
    begun = results.get(result_id)
    assert (begun.status, begun.attempt, begun.scanning_at) == ("In Progress", 1, clock.now)
    assert begun.revision == 2


def test_a_claimed_scan_cannot_be_claimed_again(queue: ScanQueue, claim: Claim, clock: Any) -> None:
    assert queue.claim(claim.result_id, "another") is None
    clock.advance(LEASE_SECONDS - 1)
    assert queue.claim(claim.result_id, "another") is None
    assert queue.claim(claim.result_id, "worker") is None


def test_a_scan_whose_worker_died_begins_again(
    queue: ScanQueue, results: ResultService, claim: Claim, clock: Any
) -> None:
    queue.renew(claim, {"blobs": 7})
    clock.advance(LEASE_SECONDS)
    second = queue.claim(claim.result_id, "another")
    assert second is not None
    assert second.attempt == 2
    begun = results.get(claim.result_id)
    assert (begun.scanning_at, begun.progress) == (clock.now, None)


def test_a_worker_that_claims_a_scan_twice_gets_two_leases(queue: ScanQueue, claim: Claim, clock: Any) -> None:
    """Two threads of a worker, or two containers with the same name, have different leases."""
    queue.release(claim)
    again = queue.claim(claim.result_id, "worker")
    assert again is not None
    assert again.attempt == claim.attempt
    assert not queue.renew(claim)
    assert queue.renew(again)


@pytest.mark.parametrize("unknown", [0, -1, 999_999, 2**63 - 1, 2**63, 10**30])
def test_an_unknown_id_gives_no_claim(queue: ScanQueue, result_id: int, unknown: int) -> None:
    assert queue.claim(unknown, "worker") is None


def test_an_owner_may_have_any_name(queue: ScanQueue, result_id: int) -> None:
    claim = queue.claim(result_id, "w\0\ud800" * 500)
    assert claim is not None
    assert queue.renew(claim)


def test_the_oldest_waiting_scan_is_next(queue: ScanQueue, another: Callable[..., int], clock: Any) -> None:
    ids = []
    for _ in range(3):
        ids.append(another())
        clock.advance(1)
    claims = [queue.claim_next("worker") for _ in range(4)]
    assert [claim and claim.result_id for claim in claims] == [*ids, None]
    clock.advance(LEASE_SECONDS - 1)
    assert queue.claim_next("worker") is None
    clock.advance(1)
    taken_over = queue.claim_next("worker")
    assert taken_over is not None
    assert (taken_over.result_id, taken_over.attempt) == (ids[0], 2)


def test_a_scan_that_cannot_begin_is_not_next(
    repositories: RepositoryService,
    queue: ScanQueue,
    results: ResultService,
    claim: Claim,
    repository_id: int,
    clock: Any,
) -> None:
    repositories.delete(repository_id)
    other = results.queue(repositories.create("other", "https://example.org/other").id).id
    for _ in range(3):
        clock.advance(LEASE_SECONDS)
        begun = queue.claim_next("worker")
        assert begun is not None
        assert begun.result_id == other
    clock.advance(LEASE_SECONDS)
    assert queue.claim_next("worker") is None


# Order


def test_scans_of_a_higher_priority_are_next(queue: ScanQueue, another: Callable[..., int], clock: Any) -> None:
    low, normal = another("low"), another()
    clock.advance(1)
    high, second = another("high"), another()
    claims = [queue.claim_next("worker") for _ in range(4)]
    assert [claim and claim.result_id for claim in claims] == [high, normal, second, low]


def test_a_scan_whose_worker_died_is_before_all_that_wait(
    queue: ScanQueue, another: Callable[..., int], clock: Any
) -> None:
    low = another("low")
    assert queue.claim_next("worker") is not None
    clock.advance(LEASE_SECONDS)
    another("high")
    taken_over = queue.claim_next("worker")
    assert taken_over is not None
    assert taken_over.result_id == low


def test_of_one_repository_one_scan_runs_at_a_time(
    queue: ScanQueue, results: ResultService, claim: Claim, repository_id: int, another: Callable[..., int], clock: Any
) -> None:
    waiting = results.queue(repository_id, "head").id
    clock.advance(1)
    other = another()
    assert queue.claim(waiting, "worker") is None
    assert [each and each.result_id for each in (queue.claim_next("w"), queue.claim_next("w"))] == [other, None]
    clock.advance(LEASE_SECONDS - 2)
    assert queue.due() == [], "nobody is told of a scan that cannot begin"
    assert queue.finish(claim, [], {}, {})
    assert queue.due() == [waiting]
    begun = queue.claim_next("worker")
    assert begun is not None
    assert begun.result_id == waiting


def test_a_scan_whose_worker_died_holds_its_place(
    queue: ScanQueue, results: ResultService, claim: Claim, repository_id: int, clock: Any
) -> None:
    """Until it has ended, no other scan of the repository begins, so the order of the scans is kept."""
    waiting = results.queue(repository_id, "head").id
    for attempt in (2, 3):
        clock.advance(LEASE_SECONDS)
        assert queue.claim(waiting, "worker") is None
        again = queue.claim_next("worker")
        assert again is not None
        assert (again.result_id, again.attempt) == (claim.result_id, attempt)
    clock.advance(LEASE_SECONDS)
    assert queue.claim_next("worker") is None
    assert queue.due() == [waiting]


def test_scans_of_a_deleted_repository_block_nothing(
    repositories: RepositoryService, queue: ScanQueue, claim: Claim, repository_id: int, another: Callable[..., int]
) -> None:
    repositories.delete(repository_id)
    other = another()
    begun = queue.claim_next("worker")
    assert begun is not None
    assert begun.result_id == other
    assert queue.renew(claim)


def test_two_running_scans_of_one_repository_cannot_be_stored(
    database: Database, results: ResultService, claim: Claim, repository_id: int
) -> None:
    other = results.queue(repository_id, "head").id
    begin = "UPDATE result SET status = 'In Progress', lease_owner = 'x', attempt = 1, lease_expires_at = queued_at,"
    with pytest.raises(IntegrityError), database.session() as session:
        session.execute(text(f"{begin} scanning_at = queued_at WHERE id = {other}"))


# Due


def test_a_scan_that_was_just_queued_is_not_due_yet(queue: ScanQueue, result_id: int, clock: Any) -> None:
    assert queue.due() == [], "the caller of queue() has notified the workers"
    clock.advance(NOTIFY_AGAIN)
    assert queue.due() == [result_id]
    assert queue.due() == []
    clock.advance(NOTIFY_AGAIN - 1)
    assert queue.due() == []
    clock.advance(1)
    assert queue.due() == [result_id]


def test_a_notification_is_not_a_visible_change(
    queue: ScanQueue, results: ResultService, result_id: int, clock: Any
) -> None:
    clock.advance(NOTIFY_AGAIN)
    assert queue.due() == [result_id]
    assert results.get(result_id).revision == 1


def test_a_running_scan_is_not_due(queue: ScanQueue, claim: Claim, clock: Any) -> None:
    clock.advance(LEASE_SECONDS - 1)
    assert queue.due() == []


@pytest.mark.slow
def test_a_scan_whose_worker_died_is_due_at_once(queue: ScanQueue, claim: Claim, clock: Any) -> None:
    clock.advance(LEASE_SECONDS)
    assert queue.due() == [claim.result_id]
    assert queue.due() == []


@pytest.mark.slow
def test_the_oldest_are_due_first_and_the_others_follow(
    queue: ScanQueue, another: Callable[..., int], clock: Any
) -> None:
    ids = [another() for _ in range(MAX_DUE + 2)]
    clock.advance(NOTIFY_AGAIN)
    assert queue.due() == ids[:MAX_DUE]
    assert queue.due() == [], "a long queue does not fill the broker"
    for taken in ids[:2]:
        queue.claim(taken, "worker")
    assert queue.due() == ids[MAX_DUE:]


def test_a_scan_fails_after_its_last_attempt(
    queue: ScanQueue, results: ResultService, result_id: int, clock: Any
) -> None:
    for attempt in (1, 2, 3):
        claim = queue.claim(result_id, "worker")
        assert claim is not None
        assert claim.attempt == attempt
        clock.advance(LEASE_SECONDS)
    assert queue.claim(result_id, "worker") is None
    assert results.get(result_id).status == "In Progress"
    assert queue.due() == []
    ended = results.get(result_id)
    assert (ended.status, ended.attempt, ended.finished_at) == ("Failure", 3, clock.now)
    assert ended.failure == {
        "code": "attempts-exhausted",
        "message": "Every worker that began this scan died or lost its lease.",
    }
    assert claim is not None
    assert not queue.finish(claim, [], {}, {})


def test_the_last_attempt_can_succeed_however_late(queue: ScanQueue, result_id: int, clock: Any) -> None:
    for _ in range(3):
        claim = queue.claim(result_id, "worker")
        clock.advance(LEASE_SECONDS)
    assert claim is not None
    assert queue.finish(claim, [], {}, {})


def test_a_queued_scan_ends_when_fewer_attempts_are_allowed_than_it_had(
    database: Database, queue: ScanQueue, results: ResultService, result_id: int, clock: Any
) -> None:
    queue.claim(result_id, "worker")
    clock.advance(LEASE_SECONDS)
    second = queue.claim(result_id, "worker")
    assert second is not None
    queue.release(second)
    strict = ScanQueue(database, LEASE_SECONDS, 1, clock=clock)
    assert strict.claim(result_id, "worker") is None
    assert strict.due() == []
    assert results.get(result_id).status == "Failure"


def test_no_scan_of_a_deleted_repository_begins(
    repositories: RepositoryService,
    queue: ScanQueue,
    results: ResultService,
    claim: Claim,
    repository_id: int,
    clock: Any,
) -> None:
    repositories.delete(repository_id)
    assert queue.renew(claim)
    clock.advance(LEASE_SECONDS)
    assert queue.claim(claim.result_id, "another") is None
    assert queue.due() == []
    ended = results.get(claim.result_id)
    assert ended.failure is not None
    assert ended.failure["code"] == "repository-deleted"


def test_a_scan_released_after_its_repository_was_deleted_ends(
    repositories: RepositoryService, queue: ScanQueue, results: ResultService, claim: Claim, repository_id: int
) -> None:
    repositories.delete(repository_id)
    assert queue.release(claim)
    assert queue.due() == []
    assert results.get(claim.result_id).status == "Failure"


# Orphans


def test_a_restarted_server_can_claim_the_scans_of_its_predecessor(
    queue: ScanQueue, results: ResultService, another: Callable[..., int], claim: Claim
) -> None:
    waiting = another()
    assert queue.release_orphans() == 1
    assert queue.due() == [claim.result_id, waiting]
    assert results.get(claim.result_id).status == "In Progress"
    again = queue.claim(claim.result_id, "worker")
    assert again is not None
    assert again.attempt == 2
    assert not queue.renew(claim)


def test_without_orphans_nothing_is_released(queue: ScanQueue) -> None:
    assert queue.release_orphans() == 0
    assert queue.due() == []


def test_a_claim_names_the_repository(queue: ScanQueue, repository_id: int, result_id: int) -> None:
    claim = queue.claim(result_id, "w")
    assert claim is not None
    assert claim.repository_id == repository_id


def test_known_repositories_are_those_that_exist(
    queue: ScanQueue, repositories: RepositoryService, repository_id: int
) -> None:
    other = repositories.create("other", "https://example.org/other").id
    repositories.delete(repository_id)
    asked = {repository_id, other, *range(10**6, 10**6 + 2500)}
    assert queue.known_repositories(asked) == {other}
    assert queue.known_repositories([]) == set()
