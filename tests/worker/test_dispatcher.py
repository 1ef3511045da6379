"""Slots, and the dispatcher that starts scans for messages."""

from __future__ import annotations

import time
from threading import Barrier, Event, Lock, Thread
from typing import TYPE_CHECKING

import pytest

from beca_api.worker.dispatcher import Dispatcher
from beca_api.worker.slots import Slots
from beca_core.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.transitions import Claim


class TestSlots:
    def test_no_more_slots_are_taken_than_exist(self):
        slots = Slots(2)
        assert slots.take(0)
        assert slots.take(0)
        assert not slots.take(0.01)
        slots.release()
        assert slots.take(0)

    def test_a_waiting_thread_gets_a_released_slot(self):
        slots = Slots(1)
        slots.take(0)
        taken = Event()
        Thread(target=lambda: slots.take(60) and taken.set(), daemon=True).start()
        assert not taken.wait(0.05)
        slots.release()
        assert taken.wait(30)

    def test_closing_ends_all_waits(self):
        slots = Slots(1)
        slots.take(0)
        answers: list[bool] = []
        waiter = Thread(target=lambda: answers.append(slots.take(60)))
        waiter.start()
        slots.close()
        waiter.join(30)
        assert answers == [False]
        slots.release()
        assert not slots.take(0)

    def test_wait_until_free(self):
        slots = Slots(2)
        slots.take(0)
        assert not slots.wait_until_free(0.01)
        slots.release()
        assert slots.wait_until_free(0)


class Scans:
    """Replaces the supervisor: records its claims, and finishes each when `may_end` is set."""

    def __init__(self, queue: ScanQueue, *, instantly: bool = False) -> None:
        self.queue = queue
        self.begun: list[int] = []
        self.most = 0
        self._running = 0
        self._lock = Lock()
        self.may_end = Event()
        if instantly:
            self.may_end.set()

    def run(self, claim: Claim) -> None:
        with self._lock:
            self.begun.append(claim.result_id)
            self._running += 1
            self.most = max(self.most, self._running)
        self.may_end.wait(60)
        self.queue.finish(claim, [], {"complete": True}, {})
        with self._lock:
            self._running -= 1


@pytest.fixture
def slots() -> Slots:
    return Slots(2)


@pytest.fixture
def scans(bench) -> Scans:
    return Scans(bench.queue)


@pytest.fixture
def dispatcher(bench, slots, scans) -> Iterator[Dispatcher]:
    """A dispatcher; all its scans have ended before the database is closed."""
    yield Dispatcher(bench.queue, "owner", slots, scans.run)
    slots.close()
    scans.may_end.set()
    assert slots.wait_until_free(60)


class TestDispatcher:
    def test_a_message_is_handled_while_the_scan_runs(self, bench, dispatcher, scans, wait_until):
        dispatcher.handle(bench.queued("x"))
        assert wait_until(lambda: scans.begun)
        assert bench.results.get(scans.begun[0]).status == "In Progress"
        scans.may_end.set()

    def test_no_more_scans_are_claimed_than_run(self, bench, dispatcher, scans, wait_until):
        ids = [bench.queued("x") for _ in range(5)]
        for result_id in ids:
            dispatcher.handle(result_id)
        assert wait_until(lambda: len(scans.begun) == 2)
        assert [bench.results.get(result_id).status for result_id in ids[2:]] == ["Queued"] * 3
        scans.may_end.set()

    @pytest.mark.slow
    def test_a_slot_continues_until_no_result_is_waiting(self, bench, dispatcher, scans, slots, wait_until):
        ids = [bench.queued("x") for _ in range(20)]
        for result_id in ids[:2]:
            dispatcher.handle(result_id)
        scans.may_end.set()
        assert wait_until(lambda: slots.wait_until_free(0) and len(scans.begun) == 20)
        assert sorted(scans.begun) == ids
        assert scans.most <= 2

    def test_a_duplicate_message_runs_a_scan_once(self, bench, dispatcher, scans, slots, wait_until):
        result_id = bench.queued("x")
        barrier = Barrier(2)

        def handle() -> None:
            barrier.wait()
            dispatcher.handle(result_id)

        threads = [Thread(target=handle) for _ in range(2)]
        for thread in threads:
            thread.start()
        scans.may_end.set()
        for thread in threads:
            thread.join()
        dispatcher.handle(result_id)
        assert wait_until(lambda: slots.wait_until_free(0))
        assert scans.begun == [result_id]

    @pytest.mark.parametrize("unknown", [0, -1, 12345, 2**70, "1; DROP TABLE result", None, True])
    def test_a_message_without_a_waiting_result_is_ignored(self, dispatcher, scans, slots, unknown):
        dispatcher.handle(unknown)
        assert slots.wait_until_free(0)
        assert not scans.begun

    def test_a_busy_worker_drops_a_message_soon(self, bench, dispatcher, scans):
        for _ in range(2):
            dispatcher.handle(bench.queued("x"))
        began = time.monotonic()
        dispatcher.handle(bench.queued("x"))
        assert time.monotonic() - began < 30
        scans.may_end.set()

    def test_free_slots_are_filled_without_a_message(self, bench, dispatcher, scans, wait_until):
        dispatcher.fill()
        assert not scans.begun
        ids = [bench.queued("x") for _ in range(3)]
        dispatcher.fill()
        assert wait_until(lambda: sorted(scans.begun) == ids[:2])
        dispatcher.fill()
        assert bench.results.get(ids[2]).status == "Queued"
        scans.may_end.set()

    def test_a_closed_worker_starts_no_scan(self, bench, dispatcher, scans, slots):
        ids = [bench.queued("x") for _ in range(3)]
        dispatcher.handle(ids[0])
        slots.close()
        scans.may_end.set()
        dispatcher.handle(ids[1])
        assert slots.wait_until_free(60)
        assert scans.begun == ids[:1]

    def test_an_unavailable_database_is_logged(self, bench, dispatcher, slots, logged, monkeypatch):
        def unavailable(*_args: object) -> None:
            raise DatabaseUnavailable("The database does not answer.")

        monkeypatch.setattr(bench.queue, "claim", unavailable)
        dispatcher.handle(bench.queued("x"))
        assert slots.wait_until_free(0)
        assert [(entry["event"], entry["error"]) for entry in logged] == [("claim failed", "DatabaseUnavailable")]


class TestClaimNext:
    """`ScanQueue.claim_next`, on both kinds of database."""

    @pytest.fixture
    def queue(self, database):
        from beca_core.storage.services.queue import ScanQueue

        return ScanQueue(database, 60, 3)

    @pytest.fixture
    def ids(self, database) -> list[int]:
        from beca_core.storage.services.repositories import RepositoryService
        from beca_core.storage.services.results import ResultService

        repositories = [RepositoryService(database).create("r", f"https://example.org/{n}") for n in range(12)]
        return [ResultService(database).queue(repository.id).id for repository in repositories]

    def test_the_oldest_is_first(self, queue, ids):
        claims = [queue.claim_next("me") for _ in range(13)]
        assert [claim and claim.result_id for claim in claims] == [*ids, None]
        assert {claim.attempt for claim in claims if claim} == {1}

    def test_no_two_workers_claim_the_same_scan(self, queue, ids):
        barrier, claimed = Barrier(4), []

        def work() -> None:
            barrier.wait()
            while claim := queue.claim_next("me"):
                claimed.append(claim.result_id)

        threads = [Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(claimed) == ids

    def test_a_scan_without_attempts_left_is_skipped(self, database, ids):
        from sqlalchemy import text

        from beca_core.storage.services.queue import ScanQueue

        with database.session() as session:
            session.execute(text("UPDATE result SET attempt = 3 WHERE id < :id"), {"id": ids[5]})
        claim = ScanQueue(database, 60, 3).claim_next("me")
        assert claim is not None
        assert claim.result_id == ids[5]
