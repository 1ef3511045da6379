"""The outbox: which changes are events, in which order, and who has heard of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete

from beca_core.storage.database import Database
from beca_core.storage.models import OutboxConsumer, OutboxEvent
from beca_core.storage.services.outbox.consumers import OutboxConsumers
from beca_core.storage.services.outbox.outbox_reading import Outbox
from beca_core.storage.services.outbox.outbox_writing import add_result_events

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.plugins.contributions.notices import ServerEvent
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.repositories import RepositoryService
    from beca_core.storage.services.results import ResultService
    from beca_core.storage.services.transitions import Claim

HOLD = 60
RULES = {"secret-key": 1}
COMPLETE = {"complete": True}


@pytest.fixture
def outbox(database: Database, clock: Any) -> Outbox:
    return Outbox(database, clock=clock)


@pytest.fixture
def consumers(database: Database, clock: Any) -> OutboxConsumers:
    return OutboxConsumers(database, HOLD, clock=clock)


@pytest.fixture
def scan(
    queue: ScanQueue, results: ResultService, repository_id: int, make_finding: Callable[..., dict[str, Any]]
) -> Callable[..., int]:
    """Stores a scan that finds a secret at each of some paths; returns its result."""

    def run(*paths: str, **members: Any) -> int:
        claim = queue.claim(results.queue(repository_id).id, "w")
        assert claim is not None
        found = []
        for path in paths:
            finding = make_finding(**members)
            finding["location"] = finding["location"] | {"path": path}
            found.append(finding)
        assert queue.finish(claim, found, COMPLETE, dict.fromkeys(("secret-key", members.get("ruleId", "x")), 1))
        return claim.result_id

    return run


def kinds(events: Any) -> list[str]:
    return [event.kind for event in events]


# What is an event


def test_a_scan_that_finds_a_secret(outbox: Outbox, scan: Callable[..., int], repository_id: int, clock: Any) -> None:
    result_id = scan("a", "b")
    opened, _, ended = outbox.after(0, 10)
    assert kinds(outbox.after(0, 10)) == ["issue-opened", "issue-opened", "result-ended"]
    assert (opened.repository_id, opened.result_id, opened.at) == (repository_id, result_id, "2026-01-31T12:00:00Z")
    assert (opened.issue["path"], opened.issue["state"], opened.issue["ruleId"]) == ("a", "open", "secret-key")
    assert opened.issue["severity"] == "HIGH"
    assert (ended.issue, ended.result_id) == ({}, result_id)
    assert (ended.result["status"], ended.result["findingsCount"]) == ("Success", 2)
    assert ended.result["repositoryUrl"] == "https://example.org/shop"
    assert ended.result["finishedAt"] == "2026-01-31T12:00:00Z"


def test_what_becomes_of_an_issue(outbox: Outbox, scan: Callable[..., int]) -> None:
    scan("a")
    scan("moved")
    scan()
    scan("moved")
    events = outbox.after(0, 100)
    assert [kind for kind in kinds(events) if kind != "result-ended"] == [
        "issue-opened",
        "issue-moved",
        "issue-fixed",
        "issue-reopened",
    ]
    assert kinds(events).count("result-ended") == 4
    moved = next(event for event in events if event.kind == "issue-moved")
    assert (moved.before, moved.after) == ("a", "moved")


def test_a_scan_of_what_is_known_already_is_only_its_end(outbox: Outbox, scan: Callable[..., int]) -> None:
    scan("a")
    last = outbox.last_id()
    scan("a")
    assert kinds(outbox.after(last, 100)) == ["result-ended"]


@pytest.mark.parametrize("end", ["fail", "cancel", "delete", "exhaust"])
def test_every_end_is_an_event(
    end: str,
    outbox: Outbox,
    queue: ScanQueue,
    results: ResultService,
    repositories: RepositoryService,
    repository_id: int,
    result_id: int,
    clock: Any,
) -> None:
    if end == "delete":
        repositories.delete(repository_id)
    elif end == "cancel":
        results.cancel(result_id)
        results.cancel(result_id)
    else:
        for _ in range(1 if end == "fail" else 3):
            claim = queue.claim_next("w")
            assert claim is not None
            clock.advance(HOLD)
        if end == "fail":
            assert queue.fail(claim, "code", "message")
            assert not queue.fail(claim, "code", "message")
        else:
            queue.due()
            queue.due()
    (ended,) = outbox.after(0, 10)
    assert (ended.kind, ended.result_id, ended.repository_id) == ("result-ended", result_id, repository_id)
    assert ended.result["failure"]["code"]


def test_what_does_not_end_is_no_event(outbox: Outbox, queue: ScanQueue, results: ResultService, claim: Claim) -> None:
    queue.renew(claim, {"blobs": 1})
    queue.release(claim)
    results.queue(claim.repository_id)
    queue.due()
    assert outbox.after(0, 10) == []


def test_a_change_that_is_rolled_back_is_no_event(
    outbox: Outbox, queue: ScanQueue, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*arguments: Any) -> None:
        add_result_events(*arguments)
        raise Killed

    monkeypatch.setattr("beca_core.storage.services.queue.add_result_events", die)
    with pytest.raises(Killed):
        queue.fail(claim, "code", "message")
    monkeypatch.undo()
    assert outbox.after(0, 10) == []
    assert queue.holds(claim)
    assert queue.fail(claim, "code", "message")
    assert kinds(outbox.after(0, 10)) == ["result-ended"]


def test_events_outlive_what_they_are_about(
    outbox: Outbox, scan: Callable[..., int], repositories: RepositoryService, repository_id: int
) -> None:
    scan("a")
    repositories.delete(repository_id)
    opened, ended = outbox.after(0, 10)
    assert (opened.issue, opened.repository_id) == ({}, repository_id)
    assert ended.result["repositoryId"] is None


def test_pages_of_events_have_each_once(outbox: Outbox, scan: Callable[..., int]) -> None:
    scan(*"abcdefg")
    seen: list[int] = []
    while page := outbox.after(seen[-1] if seen else 0, 3):
        seen += [event.id for event in page]
    assert len(seen) == 8
    assert seen == sorted(set(seen))
    assert outbox.last_id() == seen[-1]


def test_old_events_are_forgotten_and_ids_are_never_used_again(
    outbox: Outbox, scan: Callable[..., int], clock: Any
) -> None:
    scan("a")
    last = outbox.last_id()
    clock.advance(7 * 24 * 3600 - 1)
    assert outbox.forget(7) == 0
    clock.advance(2)
    assert outbox.forget(7) == 2
    assert outbox.forget(7) == 0
    scan("a")
    assert [event.id > last for event in outbox.after(0, 10)] == [True]


# The order of ids


@pytest.mark.slow
def test_a_reader_never_misses_an_event_that_is_committed_late(
    outbox: Outbox, queue: ScanQueue, another: Callable[..., int]
) -> None:
    """Many scans end at once while somebody reads on from the last id that was seen."""
    ids = [another() for _ in range(24)]
    claims = [queue.claim(result_id, "w") for result_id in ids]
    done = threading.Event()
    seen: list[ServerEvent] = []

    def read() -> None:
        while True:
            last_round = done.is_set()
            seen.extend(outbox.after(seen[-1].id if seen else 0, 5))
            if last_round and not outbox.after(seen[-1].id if seen else 0, 1):
                return

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(lambda claim: claim is not None and queue.fail(claim, "code", "message"), claims))
    done.set()
    reader.join(60)
    assert sorted(event.result_id or 0 for event in seen) == ids


def test_on_postgresql_ids_have_the_order_of_the_commits(
    postgres_url: str, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that has written its event holds all others back until it ends."""
    with Database(postgres_url) as database:
        outbox = Outbox(database, clock=clock)
        order: list[str] = []
        inside = threading.Event()

        def write(name: str, *, waits: bool) -> None:
            with database.session() as session:
                add_result_events(session, [1], clock())
                if waits:
                    inside.set()
                    threading.Event().wait(0.5)
                order.append(name)

        first = threading.Thread(target=write, args=("first",), kwargs={"waits": True})
        first.start()
        assert inside.wait(10)
        write("second", waits=False)
        first.join(10)
        assert order == ["first", "second"]
        assert outbox.last_id() == 0, "there is no result 1"


# Consumers


def test_a_consumer_hears_of_what_happens_after_it_was_added(
    consumers: OutboxConsumers, outbox: Outbox, scan: Callable[..., int]
) -> None:
    scan("a")
    consumers.register("c")
    consumers.register("c")
    assert not consumers.waiting("c")
    scan("a")
    assert consumers.waiting("c")
    taken = consumers.take("c", "me")
    assert taken is not None
    assert kinds(outbox.after(taken.position, 10)) == ["result-ended"]


def test_one_process_at_a_time_has_a_consumer(consumers: OutboxConsumers, clock: Any) -> None:
    consumers.register("c")
    taken = consumers.take("c", "me")
    assert taken is not None
    assert consumers.take("c", "other") is None
    assert consumers.take("c", "me") == taken
    consumers.give_back(taken)
    assert consumers.take("c", "other") is not None
    assert consumers.advance(taken, 1) is None, "it is no longer mine"


def test_a_consumer_of_a_dead_process_is_taken_after_a_while(consumers: OutboxConsumers, clock: Any) -> None:
    consumers.register("c")
    dead = consumers.take("c", "dead")
    assert dead is not None
    clock.advance(HOLD - 1)
    kept = consumers.advance(dead, 5)
    assert kept is not None
    clock.advance(HOLD - 1)
    assert consumers.take("c", "other") is None
    clock.advance(1)
    taken = consumers.take("c", "other")
    assert taken is not None
    assert taken.position == 5
    assert consumers.advance(kept, 6) is None


def test_a_consumer_that_failed_waits(consumers: OutboxConsumers, clock: Any) -> None:
    consumers.register("c")
    taken = consumers.take("c", "me")
    assert taken is not None
    consumers.postpone(taken, 10)
    clock.advance(9)
    assert consumers.take("c", "me") is None
    clock.advance(1)
    again = consumers.take("c", "other")
    assert again is not None
    assert (again.position, again.failures) == (taken.position, 1)
    further = consumers.advance(again, 1)
    assert further is not None
    assert further.failures == 0


def test_nobody_has_an_unknown_consumer(consumers: OutboxConsumers) -> None:
    assert consumers.take("unknown", "me") is None
    assert not consumers.waiting("unknown")


def test_of_many_processes_one_adds_and_one_takes_a_consumer(consumers: OutboxConsumers) -> None:
    def act(number: int) -> bool:
        consumers.register("c")
        return consumers.take("c", f"p{number}") is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(act, range(8))) == 1


class DeliveryMachine(RuleBasedStateMachine):
    """Processes deliver to one consumer; some are killed between delivery and record, some sleep too long."""

    database: Database
    workers = ("p1", "p2")

    @initialize()
    def begin(self) -> None:
        from tests.core.storage.services.conftest import ManualClock

        self.clock = ManualClock()
        with self.database.session() as session:
            for table in (OutboxEvent, OutboxConsumer):
                session.execute(delete(table))
        self.outbox = Outbox(self.database, clock=self.clock)
        self.consumers = OutboxConsumers(self.database, HOLD, clock=self.clock)
        self.consumers.register("c")
        self.written: list[int] = []
        self.heard: list[int] = []
        self.recorded = 0

    @rule(count=st.integers(1, 4))
    def happen(self, count: int) -> None:
        with self.database.session() as session:
            session.add_all(OutboxEvent(kind="result-ended", at=self.clock()) for _ in range(count))
        self.written = [event.id for event in self.outbox.after(0, 1000)]

    @rule(seconds=st.sampled_from([1, HOLD]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(worker=st.sampled_from(workers), most=st.integers(1, 3), end=st.sampled_from(["record", "die", "oversleep"]))
    def deliver(self, worker: str, most: int, end: str) -> None:
        taken = self.consumers.take("c", worker)
        if taken is None:
            return
        events = self.outbox.after(taken.position, most)
        self.heard += [event.id for event in events]
        if end == "oversleep":
            self.clock.advance(HOLD)
            other = self.consumers.take("c", "p3")
            assert other is not None
            assert other.position == taken.position
            assert self.consumers.advance(taken, 10**6) is None
            self.consumers.give_back(other)
        elif end == "record" and events:
            assert self.consumers.advance(taken, events[-1].id) is not None
            self.recorded = events[-1].id

    @rule()
    def all_is_heard_of_once_a_process_works(self) -> None:
        self.clock.advance(HOLD)
        self.deliver("p1", 1000, "record")
        assert set(self.written) <= set(self.heard)
        assert not self.consumers.waiting("c")

    @invariant()
    def nothing_that_is_recorded_was_missed(self) -> None:
        assert {event_id for event_id in self.written if event_id <= self.recorded} <= set(self.heard)
        order = list(dict.fromkeys(self.heard))
        assert order == sorted(order), "each is first heard of in its turn"


@pytest.mark.slow
def test_the_guarantees_of_the_delivery_hold(database: Database) -> None:
    DeliveryMachine.database = database
    run_state_machine_as_test(
        DeliveryMachine,
        settings=settings(
            max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
