"""Events reach each consumer at least once and in order, whoever fails, sleeps or dies."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from beca_api.delivery import event_poller
from beca_api.delivery.event_poller import MOST_TRIES, EventPoller
from beca_core.errors import DatabaseUnavailable, PluginFailed
from beca_core.storage.models import OutboxConsumer, OutboxEvent
from beca_core.storage.services.outbox.outbox_reading import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.plugins.contributions.notices import ServerEvent
    from beca_core.storage.database import Database

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Listener:
    """A consumer that notes what it hears, and fails as often as it was told to."""

    def __init__(self, name: str = "c", fails: dict[int, int] | None = None) -> None:
        self.name = name
        self.heard: list[int] = []
        self.tries: list[int] = []
        self._fails = fails or {}

    def deliver(self, event: ServerEvent) -> None:
        self.tries.append(event.id)
        if self._fails.get(event.id, 0):
            self._fails[event.id] -= 1
            raise PluginFailed("raised OSError")
        self.heard.append(event.id)


@pytest.fixture
def happen(database: Database) -> Callable[[int], list[int]]:
    """Stores some events, and returns the ids of all of them."""

    def store(count: int) -> list[int]:
        with database.session() as session:
            session.add_all(OutboxEvent(kind="result-ended", at=NOON) for _ in range(count))
        return [event.id for event in Outbox(database).after(0, 10_000)]

    return store


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_poller, "FIRST_PAUSE", 0.0)


def poller(database: Database, *listeners: Listener) -> EventPoller:
    """Return a poller whose consumers are known already."""
    made = EventPoller(database, lambda: listeners, 0.01)
    made.poll()
    return made


def position(database: Database, name: str = "c") -> int:
    with database.session(read_only=True) as session:
        found = session.get(OutboxConsumer, name)
    assert found is not None
    return found.position


def test_each_event_is_delivered_once_and_in_order(database: Database, happen: Callable[[int], list[int]]) -> None:
    listener = Listener()
    polls = poller(database, listener)
    assert listener.heard == []
    ids = happen(250)
    polls.poll()
    assert listener.heard == ids
    polls.poll()
    assert listener.heard == ids
    assert position(database) == ids[-1]


def test_what_happened_before_a_consumer_was_known_is_not_delivered(
    database: Database, happen: Callable[[int], list[int]]
) -> None:
    happen(3)
    listener = Listener()
    polls = poller(database, listener)
    assert listener.heard == []
    ids = happen(2)
    polls.poll()
    assert listener.heard == ids[3:]


def test_consumers_do_not_wait_for_one_that_fails(database: Database, happen: Callable[[int], list[int]]) -> None:
    ids = happen(1)
    first = ids[-1] + 1
    failing, well = Listener("a", {first: 3}), Listener("b")
    polls = poller(database, failing, well)
    ids = happen(2)[1:]
    polls.poll()
    assert (failing.heard, well.heard) == ([], ids)
    for _ in range(3):
        polls.poll()
    assert failing.heard == ids


def test_an_event_that_fails_comes_again_and_those_before_it_do_not(
    database: Database, happen: Callable[[int], list[int]]
) -> None:
    before = happen(1)[-1]
    bad = before + 3
    listener = Listener(fails={bad: 2})
    polls = poller(database, listener)
    ids = happen(4)[1:]
    for _ in range(3):
        polls.poll()
    assert listener.heard == ids
    assert listener.tries == [ids[0], ids[1], bad, bad, bad, ids[3]]


def test_an_event_that_always_fails_is_skipped_after_some_tries(
    database: Database, happen: Callable[[int], list[int]]
) -> None:
    bad = happen(1)[-1] + 1
    listener = Listener(fails={bad: 1000, bad + 1: 1})
    polls = poller(database, listener)
    ids = happen(3)[1:]
    with capture_logs() as logged:
        for _ in range(MOST_TRIES + 2):
            polls.poll()
    assert listener.heard == ids[1:]
    assert listener.tries.count(bad) == MOST_TRIES
    assert listener.tries.count(bad + 1) == 2, "its tries are counted anew"
    (skipped,) = [entry for entry in logged if entry["event"] == "event skipped"]
    assert (skipped["consumer"], skipped["event_id"], skipped["fault"]) == ("c", bad, "raised OSError")


def test_a_consumer_that_fails_is_left_alone_for_a_while(
    database: Database, happen: Callable[[int], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_poller, "FIRST_PAUSE", 1000.0)
    bad = happen(1)[-1] + 1
    listener = Listener(fails={bad: 1})
    polls = poller(database, listener)
    happen(1)
    for _ in range(3):
        polls.poll()
    assert listener.tries == [bad]


class Killed(BaseException):
    """Ends a poller as a kill would: nothing is recorded."""


def test_what_was_not_recorded_is_delivered_again_by_another_process(
    database: Database, happen: Callable[[int], list[int]]
) -> None:
    class Dying(Listener):
        def deliver(self, event: ServerEvent) -> None:
            super().deliver(event)
            if len(self.heard) == 3:
                raise Killed

    dying = Dying()
    polls = poller(database, dying)
    ids = happen(5)
    with pytest.raises(Killed):
        polls.poll()
    heir = Listener()
    poller(database, heir)
    assert heir.heard == [], "the consumer is still held for the dead process"
    with database.session() as session:
        held = session.get(OutboxConsumer, "c")
        assert held is not None
        held.held_until = datetime.now(UTC) - timedelta(seconds=1)
    poller(database, heir)
    assert dying.heard == ids[:3]
    assert heir.heard == ids


def test_many_processes_deliver_each_event_once(database: Database, happen: Callable[[int], list[int]]) -> None:
    heard: list[int] = []
    lock = threading.Lock()

    class Shared(Listener):
        def deliver(self, event: ServerEvent) -> None:
            with lock:
                heard.append(event.id)

    pollers = [poller(database, Shared()) for _ in range(4)]
    ids = happen(40)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            list(pool.map(EventPoller.poll, pollers))
    assert heard == ids


def test_a_thread_delivers_until_it_is_stopped(database: Database, happen: Callable[[int], list[int]]) -> None:
    listener = Listener()
    poller(database, listener)
    with EventPoller(database, lambda: [listener], 0.01) as polls:
        ids = happen(3)
        end = time.monotonic() + 30
        while listener.heard != ids and time.monotonic() < end:
            time.sleep(0.01)
    assert listener.heard == ids
    assert not polls._thread.is_alive()
    happen(1)
    assert listener.heard == ids


def test_a_poller_that_stops_records_what_it_has_delivered(
    database: Database, happen: Callable[[int], list[int]]
) -> None:
    class Stopping(Listener):
        def deliver(self, event: ServerEvent) -> None:
            super().deliver(event)
            if len(self.heard) == 2:
                polls._stopped.set()

    listener = Stopping()
    polls = poller(database, listener)
    ids = happen(5)
    polls.poll()
    assert listener.heard == ids[:2]
    assert position(database) == ids[1]
    heir = Listener()
    poller(database, heir)
    assert heir.heard == ids[2:], "it is given back at once"


def test_an_outage_of_the_database_ends_no_poller(
    database: Database, happen: Callable[[int], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Listener()
    polls = poller(database, listener)
    ids = happen(2)
    with monkeypatch.context() as patch, capture_logs() as logged:

        def fail(*_arguments: object) -> None:
            raise DatabaseUnavailable("The database does not answer.")

        patch.setattr(Outbox, "after", fail)
        polls.poll()
    assert [entry["error"] for entry in logged] == ["DatabaseUnavailable"]
    polls.poll()
    assert listener.heard == ids


@pytest.mark.parametrize("error", [OSError("a secret"), SystemExit(3)])
def test_a_consumer_may_raise_anything_and_the_log_does_not_repeat_it(
    database: Database, happen: Callable[[int], list[int]], error: BaseException
) -> None:
    class Raising(Listener):
        def deliver(self, event: ServerEvent) -> None:
            raise error

    polls = poller(database, Raising())
    happen(1)
    with capture_logs() as logged:
        polls.poll()
    assert [entry["fault"] for entry in logged] == [f"raised {type(error).__name__}"]
    assert "secret" not in str(logged)
