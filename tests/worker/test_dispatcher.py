"""Slots, and the way from a message to a running scan."""

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

    from beca_core.storage.services.queue import Claim, ScanQueue


class TestSlots:
    def test_there_are_no_more_than_there_are(self):
        slots = Slots(2)
        assert slots.take(0)
        assert slots.take(0)
        assert not slots.take(0.01)
        slots.release()
        assert slots.take(0)

    def test_a_waiter_gets_the_place_that_is_given_back(self):
        slots = Slots(1)
        slots.take(0)
        taken = Event()
        Thread(target=lambda: slots.take(5) and taken.set(), daemon=True).start()
        assert not taken.wait(0.05)
        slots.release()
        assert taken.wait(2)

    def test_closing_sends_waiters_away(self):
        slots = Slots(1)
        slots.take(0)
        answers: list[bool] = []
        waiter = Thread(target=lambda: answers.append(slots.take(60)))
        waiter.start()
        slots.close()
        waiter.join(2)
        assert answers == [False]
        slots.release()
        assert not slots.take(0)

    def test_waiting_until_all_are_free(self):
        slots = Slots(2)
        slots.take(0)
        assert not slots.wait_until_free(0.01)
        slots.release()
        assert slots.wait_until_free(0)


class Scans:
    """Runs nothing, but remembers what it was told to run, and waits to be told to end."""

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
        self.may_end.wait(10)
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
    """A dispatcher all of whose scans have ended when the database goes away."""
    yield Dispatcher(bench.queue, "owner", slots, scans.run)
    slots.close()
    scans.may_end.set()
    assert slots.wait_until_free(10)


class TestDispatcher:
    def test_the_message_is_done_with_while_the_scan_runs(self, bench, dispatcher, scans, wait_until):
        dispatcher.handle(bench.queued("x"))
        assert wait_until(lambda: scans.begun)
        assert bench.results.get(scans.begun[0]).status == "In Progress"
        scans.may_end.set()

    def test_no_more_are_claimed_than_run(self, bench, dispatcher, scans, wait_until):
        ids = [bench.queued("x") for _ in range(5)]
        for result_id in ids:
            dispatcher.handle(result_id)
        assert wait_until(lambda: len(scans.begun) == 2)
        assert [bench.results.get(result_id).status for result_id in ids[2:]] == ["Queued"] * 3
        scans.may_end.set()

    def test_a_slot_goes_on_until_nothing_waits(self, bench, dispatcher, scans, slots, wait_until):
        ids = [bench.queued("x") for _ in range(20)]
        for result_id in ids[:2]:
            dispatcher.handle(result_id)
        scans.may_end.set()
        assert wait_until(lambda: slots.wait_until_free(0) and len(scans.begun) == 20)
        assert sorted(scans.begun) == ids
        assert scans.most <= 2

    def test_a_doubled_message_is_one_run(self, bench, dispatcher, scans, slots, wait_until):
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
    def test_a_message_that_names_no_waiting_result(self, dispatcher, scans, slots, unknown):
        dispatcher.handle(unknown)
        assert slots.wait_until_free(0)
        assert not scans.begun

    def test_a_full_worker_lets_a_message_go_soon(self, bench, dispatcher, scans):
        for _ in range(2):
            dispatcher.handle(bench.queued("x"))
        began = time.monotonic()
        dispatcher.handle(bench.queued("x"))
        assert time.monotonic() - began < 2
        scans.may_end.set()

    def test_free_slots_are_filled_without_any_message(self, bench, dispatcher, scans, wait_until):
        dispatcher.fill()
        assert not scans.begun
        ids = [bench.queued("x") for _ in range(3)]
        dispatcher.fill()
        assert wait_until(lambda: sorted(scans.begun) == ids[:2])
        dispatcher.fill()
        assert bench.results.get(ids[2]).status == "Queued"
        scans.may_end.set()

    def test_a_closed_worker_begins_nothing_new(self, bench, dispatcher, scans, slots):
        ids = [bench.queued("x") for _ in range(3)]
        dispatcher.handle(ids[0])
        slots.close()
        scans.may_end.set()
        dispatcher.handle(ids[1])
        assert slots.wait_until_free(5)
        assert scans.begun == ids[:1]

    def test_a_database_that_is_away_costs_nothing_but_a_line(self, bench, dispatcher, slots, logged, monkeypatch):
        def away(*_args: object) -> None:
            raise DatabaseUnavailable("The database does not answer.")

        monkeypatch.setattr(bench.queue, "claim", away)
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

        repository = RepositoryService(database).create("r", "https://example.org/r")
        return [ResultService(database).queue(repository.id).id for _ in range(12)]

    def test_the_oldest_comes_first(self, queue, ids):
        claims = [queue.claim_next("me") for _ in range(13)]
        assert [claim and claim.result_id for claim in claims] == [*ids, None]
        assert {claim.attempt for claim in claims if claim} == {1}

    def test_of_many_workers_none_gets_what_another_has(self, queue, ids):
        barrier, got = Barrier(4), []

        def work() -> None:
            barrier.wait()
            while claim := queue.claim_next("me"):
                got.append(claim.result_id)

        threads = [Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(got) == ids

    def test_what_may_not_be_begun_is_passed_over(self, database, ids):
        from sqlalchemy import text

        from beca_core.storage.services.queue import ScanQueue

        with database.session() as session:
            session.execute(text("UPDATE result SET attempt = 3 WHERE id < :id"), {"id": ids[5]})
        claim = ScanQueue(database, 60, 3).claim_next("me")
        assert claim is not None
        assert claim.result_id == ids[5]
