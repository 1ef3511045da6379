"""A worker is in the register while it runs, whatever its database does."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from beca_api.worker import heartbeat as module
from beca_api.worker.broker import open_broker
from beca_api.worker.embedded import EmbeddedWorker
from beca_api.worker.heartbeat import Heartbeat
from beca_api.worker.notifications import BrokerNotifier, queue_name
from beca_api.worker.scan_worker import ScanWorker
from beca_core import __version__
from beca_core.errors import DatabaseUnavailable
from beca_core.storage.services.workers import WorkerRegister

if TYPE_CHECKING:
    from collections.abc import Callable


class Recorder:
    """A register that writes down what is asked of it, and fails so often."""

    def __init__(self, failures: int = 0) -> None:
        self.asked: list[str] = []
        self.failures = failures

    def note(self, name: str, *_more: object) -> None:
        self._record(f"note {name}")

    def leave(self, name: str) -> None:
        self._record(f"leave {name}")

    def _record(self, what: str) -> None:
        self.asked.append(what)
        if len(self.asked) <= self.failures:
            raise DatabaseUnavailable("It does not answer.")


@pytest.fixture
def bench(database: Any, tmp_path: Any, make_bench: Callable[..., Any]) -> Any:
    """A bench on each kind of database."""
    return make_bench(database, tmp_path)


def test_it_notes_at_intervals_and_leaves_once(wait_until: Callable[..., bool]) -> None:
    register = Recorder()
    heartbeat = Heartbeat(register, "me", 2, 0.02)
    heartbeat.start()
    assert wait_until(lambda: len(register.asked) > 3)
    heartbeat.stop(30)
    assert set(register.asked[:-1]) == {"note me"}
    assert register.asked[-1] == "leave me"


def test_failures_are_logged_seldom_and_end_nothing(
    wait_until: Callable[..., bool], logged: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    register = Recorder(failures=20)
    heartbeat = Heartbeat(register, "me", 2, 0.001)
    heartbeat.start()
    assert wait_until(lambda: len(register.asked) > 25)
    heartbeat.stop(30)
    assert register.asked[-1] == "leave me"
    assert [(entry["event"], entry["error"]) for entry in logged] == [
        ("register of workers not written", "DatabaseUnavailable")
    ]
    monkeypatch.setattr(module, "_WARNING_SECONDS", 0.0)
    heartbeat = Heartbeat(Recorder(failures=1000), "me", 2, 0.001)
    heartbeat.start()
    assert wait_until(lambda: len(logged) > 3)
    heartbeat.stop(30)


def test_a_worker_registers_and_leaves(bench: Any, embedded_backend: Any, wait_until: Callable[..., bool]) -> None:
    register = WorkerRegister(bench.database)
    settings = bench.settings(workers=3, sweep_seconds=60, broker_namespace=embedded_backend.namespace)
    with (
        closing(open_broker(settings)) as broker,
        BrokerNotifier(broker, queue_name(settings.broker_namespace)) as notifier,
        ScanWorker(settings, bench.queue, register, broker, notifier, bench.command),
    ):
        scanned = bench.queued("hang")
        notifier.notify(scanned)
        assert wait_until(lambda: bench.results.get(scanned).status == "In Progress")
        assert wait_until(lambda: register.alive(60))
        (worker,) = register.alive(60)
        assert worker.name == bench.results.get(scanned).lease_owner.partition("#")[0]
        assert (worker.version, worker.slots) == (__version__, 3)
        assert worker.name.startswith(worker.host.partition("_")[0])
    assert not register.alive(60)


def test_a_worker_runs_scans_although_it_cannot_be_noted(
    bench: Any, embedded_backend: Any, wait_until: Callable[..., bool]
) -> None:
    settings = bench.settings(sweep_seconds=0.2, broker_namespace=embedded_backend.namespace)
    with (
        closing(open_broker(settings)) as broker,
        BrokerNotifier(broker, queue_name(settings.broker_namespace)) as notifier,
        ScanWorker(settings, bench.queue, Recorder(failures=10**6), broker, notifier, bench.command),
    ):
        scanned = bench.queued("happy")
        assert wait_until(lambda: bench.results.get(scanned).status == "Success")


def test_a_restarted_server_is_counted_once(bench: Any, wait_until: Callable[..., bool]) -> None:
    """Only if the database has one owner: on PostgreSQL the other may be another server."""
    register = WorkerRegister(bench.database)
    register.note("killed", "host", __version__, 1)
    with EmbeddedWorker(bench.settings(sweep_seconds=60), bench.database):
        assert wait_until(lambda: any(worker.name != "killed" for worker in register.alive(60)))
        assert len(register.alive(60)) == (1 if bench.database.is_sqlite else 2)
