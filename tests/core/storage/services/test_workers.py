"""The register of workers: who is alive, who has left, and who is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from beca_core.storage.models import RegisteredWorker
from beca_core.storage.services.summary import SummaryService
from beca_core.storage.services.workers import DAY_SECONDS, WorkerRegister, alive_seconds, note_seconds

if TYPE_CHECKING:
    from beca_core.storage.database import Database
    from tests.core.storage.services.conftest import ManualClock

SECONDS = 30


@pytest.fixture
def register(database: Database, clock: ManualClock) -> WorkerRegister:
    return WorkerRegister(database, clock=clock)


def names(register: WorkerRegister, seconds: float = SECONDS) -> list[str]:
    return [worker.name for worker in register.alive(seconds)]


def test_a_worker_that_notes_is_alive_and_keeps_when_it_started(register: WorkerRegister, clock: ManualClock) -> None:
    started = clock.now
    register.note("a-1", "a", "1.2.3", 4)
    clock.advance(20)
    register.note("a-1", "a", "1.2.3", 4)
    (worker,) = register.alive(SECONDS)
    assert (worker.name, worker.host, worker.version, worker.slots) == ("a-1", "a", "1.2.3", 4)
    assert (worker.started_at, worker.seen_at) == (started, clock.now)


def test_a_worker_that_says_nothing_more_is_not_alive_after_the_time(
    register: WorkerRegister, clock: ManualClock
) -> None:
    register.note("killed", "a", "1", 2)
    clock.advance(SECONDS)
    register.note("other", "b", "1", 2)
    assert names(register) == ["killed", "other"]
    clock.advance(0.001)
    assert names(register) == ["other"]
    register.note("killed", "a", "1", 2)
    assert names(register) == ["killed", "other"], "it was only slow"


def test_a_worker_that_leaves_is_gone_and_the_others_stay(register: WorkerRegister) -> None:
    for name in ("a", "b"):
        register.note(name, "host", "1", 1)
    register.leave("a")
    register.leave("unknown")
    assert names(register) == ["b"]


def test_workers_that_were_not_seen_for_a_day_are_forgotten(
    register: WorkerRegister, database: Database, clock: ManualClock
) -> None:
    register.note("old", "host", "1", 1)
    clock.advance(DAY_SECONDS - 1)
    register.note("new", "host", "1", 1)
    register.forget()
    assert names(register, 2 * DAY_SECONDS) == ["new", "old"]
    clock.advance(1)
    register.forget()
    with database.session(read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(RegisteredWorker)) == 1
    register.forget(0)
    assert names(register, 2 * DAY_SECONDS) == []


def test_the_name_of_a_host_may_be_anything(register: WorkerRegister) -> None:
    register.note("a", "h\x00st\udc80" + "x" * 1000, "1", 256)
    assert register.alive(SECONDS)[0].host.startswith("h\N{REPLACEMENT CHARACTER}st")


@pytest.mark.parametrize(("sweep", "note", "alive"), [(10, 10, 30), (0.1, 1, 3), (3600, 3600, 10800)])
def test_a_worker_is_alive_for_three_sweeps(sweep: float, note: float, alive: float) -> None:
    assert (note_seconds(sweep), alive_seconds(sweep)) == (note, alive)


def test_the_summary_counts_workers_that_are_alive(
    register: WorkerRegister, database: Database, clock: ManualClock
) -> None:
    often, seldom = (SummaryService(database, sweep, clock=clock) for sweep in (2.0, 60.0))
    assert often.get().workers == 0
    register.note("a", "host", "1", 1)
    register.note("b", "host", "1", 1)
    clock.advance(7)
    register.note("b", "host", "1", 1)
    assert (often.get().workers, seldom.get().workers) == (1, 2)
