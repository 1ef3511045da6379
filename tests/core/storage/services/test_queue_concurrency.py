"""Many threads use the queue at once: each scan has one owner and ends once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from beca_core.storage.services.queue import ScanQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database
    from beca_core.storage.services.results import ResultService
    from beca_core.storage.services.transitions import Claim

Outcome = TypeVar("Outcome")

THREADS = 8


def at_once(work: Callable[[int], Outcome], threads: int = THREADS) -> list[Outcome]:
    """Run a function in several threads that start at the same time."""
    start = threading.Barrier(threads)

    def begin(number: int) -> Outcome:
        start.wait(10)
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


def claims_at_once(queue: ScanQueue, result_id: int) -> list[Claim]:
    claims = at_once(lambda number: queue.claim(result_id, f"w{number}"))
    return [claim for claim in claims if claim is not None]


@pytest.mark.slow
def test_one_of_many_claims_succeeds(queue: ScanQueue, results: ResultService, another: Callable[..., int]) -> None:
    for _ in range(10):
        result_id = another()
        assert len(claims_at_once(queue, result_id)) == 1
        assert results.get(result_id).attempt == 1


@pytest.mark.slow
def test_of_many_scans_of_one_repository_one_begins(
    queue: ScanQueue, results: ResultService, repository_id: int
) -> None:
    """Workers that claim different scans of it at once cannot see each other; the index decides."""
    for _ in range(5):
        ids = [results.queue(repository_id, scope).id for scope in ("head", "history") * 4]
        claims = [claim for claim in at_once(lambda n, ids=ids: queue.claim(ids[n], f"w{n}")) if claim is not None]
        (begun,) = claims
        assert queue.finish(begun, [], {}, {})
        following = [claim for claim in at_once(lambda n: queue.claim_next(f"w{n}")) if claim is not None]
        assert len(following) <= 1, "PostgreSQL skips rows that are being claimed"
        for result_id in ids:
            if result_id != begun.result_id:
                results.cancel(result_id)


@pytest.mark.slow
def test_each_call_of_claim_next_returns_another_scan(queue: ScanQueue, another: Callable[..., int]) -> None:
    ids = [another() for _ in range(20)]
    taken = at_once(lambda number: [queue.claim_next(f"w{number}") for _ in range(5)])
    claims = [claim for by_one in taken for claim in by_one if claim is not None]
    assert len({claim.result_id for claim in claims}) == len(claims), "no scan was claimed twice"
    while (claim := queue.claim_next("last")) is not None:  # PostgreSQL skips rows that are being claimed
        claims.append(claim)
    assert sorted(claim.result_id for claim in claims) == ids


@pytest.mark.slow
def test_one_of_many_takes_over_a_scan(queue: ScanQueue, another: Callable[..., int], clock: Any) -> None:
    for _ in range(5):
        result_id = another()
        first = queue.claim(result_id, "gone")
        clock.advance(60)
        assert [claim.attempt for claim in claims_at_once(queue, result_id)] == [2]
        assert first is not None
        assert not queue.renew(first)


def test_an_owner_can_end_a_scan_only_once(
    queue: ScanQueue, results: ResultService, result_id: int, make_finding: Callable[..., dict[str, Any]]
) -> None:
    claim = queue.claim(result_id, "w")
    assert claim is not None
    ended = at_once(
        lambda n: queue.finish(claim, [make_finding()] * 3, {}, {}) if n % 2 else queue.fail(claim, "code", "message")
    )
    assert sum(ended) == 1
    result = results.get(result_id)
    stored = len(results.findings(result_id).items)
    assert (str(result.status), stored) in {("Success", 3), ("Failure", 0)}
    assert result.findings_count == stored


@pytest.mark.slow
def test_of_an_old_and_a_new_owner_one_ends_the_scan(
    queue: ScanQueue,
    results: ResultService,
    another: Callable[..., int],
    clock: Any,
    make_finding: Callable[..., dict[str, Any]],
) -> None:
    for _ in range(10):
        result_id = another()
        old = queue.claim(result_id, "old")
        assert old is not None
        clock.advance(60)

        def act(number: int, old: Claim = old) -> bool:
            if number == 0:
                return queue.finish(old, [make_finding(redacted="old")], {}, {})
            new = queue.claim(old.result_id, "new")
            return new is not None and queue.finish(new, [make_finding(redacted="new")] * 2, {}, {})

        by_old, by_new = at_once(act, threads=2)
        assert by_old != by_new
        found = [finding["redacted"] for finding in results.findings(result_id).items]
        assert found == (["old"] if by_old else ["new", "new"])


def test_one_of_many_sweepers_notifies(queue: ScanQueue, another: Callable[..., int], clock: Any) -> None:
    ids = [another() for _ in range(20)]
    clock.advance(30)
    notified = Counter(result_id for due in at_once(lambda _: queue.due(), threads=4) for result_id in due)
    assert notified == Counter(ids)


@pytest.mark.slow
def test_many_workers_empty_the_queue(
    database: Database, results: ResultService, repository_id: int, another: Callable[..., int]
) -> None:
    """Real time, workers that give up at random, notifications for every worker: nothing is lost or duplicated."""
    ids = [results.queue(repository_id).id for _ in range(8)] + [another() for _ in range(16)]
    queue = ScanQueue(database, lease_seconds=0.05, max_attempts=1000, notify_again_seconds=0.01)
    finished: Counter[int] = Counter()
    counting = threading.Lock()

    def work(number: int) -> None:
        for turn in range(400):
            due = queue.due()
            for result_id in due[number % 3 :: 3]:
                claim = queue.claim(result_id, f"w{number}")
                if claim is None or (number + turn) % 4 == 0:  # some die while they scan
                    continue
                if queue.renew(claim, {"turn": turn}) and queue.finish(claim, [], {"by": number}, {}):
                    with counting:
                        finished[result_id] += 1
            if len(finished) == len(ids):
                return

    at_once(work, threads=6)
    assert finished == Counter(ids)
    assert len(results.list(status="Success").items) == len(ids)
