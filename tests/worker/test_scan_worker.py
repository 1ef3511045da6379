"""A whole worker in this process, with every broker and every database; the scans are fake."""

from __future__ import annotations

import gc
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from beca_api.worker.broker import open_broker
from beca_api.worker.embedded import EmbeddedWorker, open_notifier
from beca_api.worker.notifications import BrokerNotifier, queue_name
from beca_api.worker.scan_worker import ScanWorker, retention_task
from beca_core.storage.models import OutboxEvent
from beca_core.storage.services.outbox import outbox_reading
from beca_core.storage.services.outbox.outbox_reading import Outbox
from beca_core.storage.services.queue import ScanQueue
from beca_core.storage.services.workers import WorkerRegister

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_api.worker.notifications import ScanNotifier


@contextmanager
def running(bench: Any, backend: Any, *, sweep_seconds: float = 0.2) -> Iterator[ScanNotifier]:
    """Run a worker on a bench, and yield a server's notifier."""
    settings = bench.settings(broker_url=backend.url, broker_namespace=backend.namespace, sweep_seconds=sweep_seconds)
    queue = ScanQueue(bench.database, settings.lease_seconds, 3)
    name = queue_name(backend.namespace)
    with (
        closing(open_broker(settings)) as broker,
        BrokerNotifier(broker, name) as notifier,
        ScanWorker(settings, queue, WorkerRegister(bench.database), broker, notifier, bench.command),
    ):
        time.sleep(0.2)  # the first sweep is over: later results are found by message or by a later sweep
        yield notifier


@pytest.fixture
def bench(database, tmp_path, make_bench):
    """A bench on each kind of database."""
    return make_bench(database, tmp_path)


@pytest.fixture
def ended(bench, wait_until) -> Callable[..., bool]:
    """Returns whether all these results succeed in time."""

    def all_ended(ids: list[int], timeout: float = 60.0) -> bool:
        return wait_until(lambda: all(bench.results.get(i).status == "Success" for i in ids), timeout)

    return all_ended


def notify_until(notifier: ScanNotifier, result_id: int, ended: Callable[..., bool]) -> bool:
    """Notify repeatedly until the result has ended; return whether it ended in time."""
    for _ in range(120):
        notifier.notify(result_id)
        if ended([result_id], timeout=0.5):
            return True
    return False


class TestEveryBackend:
    @pytest.mark.slow
    def test_duplicate_messages_run_each_scan_once(self, bench, backend, ended):
        with running(bench, backend, sweep_seconds=60) as notifier:
            ids = [bench.queued("happy") for _ in range(6)]
            for result_id in [*ids, *reversed(ids)]:
                notifier.notify(result_id)
            assert ended(ids)
            for result_id in ids:
                notifier.notify(result_id)
            time.sleep(0.3)
        results = [bench.results.get(result_id) for result_id in ids]
        assert [(result.attempt, result.findings_count) for result in results] == [(1, 2)] * 6
        assert len(bench.pids) == 6

    @pytest.mark.slow
    def test_the_sweeper_finds_a_result_whose_message_was_lost(self, bench, backend, ended):
        with running(bench, backend):
            assert ended([bench.queued("happy") for _ in range(3)])

    def test_a_stopped_worker_releases_its_scans(self, bench, backend, ended, wait_until, is_alive):
        slow = bench.queued("hang")
        with running(bench, backend) as notifier:
            notifier.notify(slow)
            assert wait_until(lambda: bench.pids)
            assert bench.results.get(slow).status == "In Progress"
            began = time.monotonic()
        assert time.monotonic() - began < 30
        result = bench.results.get(slow)
        assert (result.status, result.attempt) == ("Queued", 0)
        assert not any(map(is_alive, bench.pids))
        assert not bench.workspaces


class TestOutage:
    @pytest.fixture(params=["rabbitmq", "redis"])
    def backend(self, request):
        yield request.getfixturevalue(f"{request.param}_backend")
        gc.collect()

    @pytest.fixture
    def bench(self, sqlite_database, tmp_path, make_bench):
        return make_bench(sqlite_database, tmp_path)

    def test_a_worker_is_notified_again_after_an_outage_of_its_broker(
        self, bench, backend, put_proxy, ended, wait_until, logged
    ):
        proxy, proxied = put_proxy(backend)
        with running(bench, proxied, sweep_seconds=60) as notifier:
            notifier.notify(first := bench.queued("happy"))
            assert ended([first])
            time.sleep(1)  # a worker that has ended a scan looks once for another one
            proxy.cut()
            notifier.notify(second := bench.queued("happy"))
            assert wait_until(
                lambda: "notification failed, the sweeper will send another" in [e["event"] for e in logged]
            )
            assert bench.results.get(second).status == "Queued"
            proxy.restore()
            assert notify_until(notifier, second, ended)

    def test_no_notification_is_lost_when_an_idle_connection_was_closed(self, bench, backend, put_proxy, ended):
        proxy, proxied = put_proxy(backend)
        with running(bench, proxied, sweep_seconds=60) as notifier:
            notifier.notify(first := bench.queued("happy"))
            assert ended([first])
            proxy.drop()
            notifier.notify(second := bench.queued("happy"))
            assert ended([second])

    def test_a_worker_waits_for_a_broker_that_is_not_up_yet(self, bench, backend, put_proxy, ended):
        proxy, proxied = put_proxy(backend)
        proxy.cut()
        with running(bench, proxied, sweep_seconds=60) as notifier:
            notifier.notify(result_id := bench.queued("happy"))
            time.sleep(0.5)
            assert bench.results.get(result_id).status == "Queued"
            proxy.restore()
            assert notify_until(notifier, result_id, ended)

    def test_scans_continue_without_the_broker(self, bench, backend, put_proxy, ended):
        proxy, proxied = put_proxy(backend)
        with running(bench, proxied):
            proxy.cut()
            assert ended([bench.queued("happy")])

    def test_a_worker_stops_without_its_broker(self, bench, backend, put_proxy, ended, wait_until):
        proxy, proxied = put_proxy(backend)
        with running(bench, proxied) as notifier:
            notifier.notify(result_id := bench.queued("hang"))
            assert wait_until(lambda: bench.pids)
            proxy.cut()
            began = time.monotonic()
        assert time.monotonic() - began < 40
        assert bench.results.get(result_id).status == "Queued"


class TestOpenNotifier:
    @pytest.mark.slow
    def test_without_a_broker_scans_run_in_this_process(self, bench, wait_until):
        result_id = bench.queued("happy")
        with open_notifier(bench.settings(allowed_schemes="file"), bench.database) as notifier:
            notifier.notify(result_id)
            assert wait_until(lambda: bench.results.get(result_id).status == "Failure")
        assert bench.results.get(result_id).failure["code"] == "forbidden-url"

    def test_with_a_broker_no_scan_runs_in_this_process(self, bench, rabbitmq_backend):
        settings = bench.settings(broker_url=rabbitmq_backend.url, broker_namespace=rabbitmq_backend.namespace)
        result_id = bench.queued("happy")
        with open_notifier(settings, bench.database) as notifier:
            notifier.notify(result_id)
            time.sleep(0.5)
        assert bench.results.get(result_id).status == "Queued"
        name = queue_name(rabbitmq_backend.namespace)
        with closing(open_broker(settings)) as broker, closing(broker.consume(name)) as consumer:
            message = next(consumer)
        assert message.args == (result_id,)

    def test_a_restarted_server_takes_over_its_scans_at_once(self, bench, wait_until):
        """Only if the database has one owner: on PostgreSQL another server may be running them."""
        claim = bench.claim("happy")
        with EmbeddedWorker(bench.settings(sweep_seconds=0.2, allowed_schemes="file"), bench.database):
            seconds = 60.0 if bench.database.is_sqlite else 3.0
            taken = wait_until(lambda: bench.results.get(claim.result_id).attempt == 2, seconds)
        assert taken is bench.database.is_sqlite


def test_each_sweep_does_what_else_is_to_be_done(bench, wait_until):
    swept: list[int] = []

    def fail() -> None:
        raise OSError

    settings = bench.settings(sweep_seconds=0.1)
    queue = ScanQueue(bench.database, settings.lease_seconds, 3)
    with (
        closing(open_broker(settings)) as broker,
        BrokerNotifier(broker, queue_name(settings.broker_namespace)) as notifier,
        ScanWorker(
            settings,
            queue,
            WorkerRegister(bench.database),
            broker,
            notifier,
            periodic_tasks=[fail, lambda: swept.append(1)],
        ),
    ):
        assert wait_until(lambda: len(swept) > 2)


def test_old_scans_events_and_workers_are_deleted_by_the_periodic_task(bench):
    """Events, however many: the task goes on until none is left that is too old."""
    old, new = datetime.now(UTC) - timedelta(days=8), datetime.now(UTC) - timedelta(days=6)
    with bench.database.session() as session:
        session.add_all(OutboxEvent(kind="result-ended", at=moment) for moment in [old] * 30 + [new] * 2)
    WorkerRegister(bench.database, clock=lambda: old).note("killed", "host", "1", 1)
    kept = [event.id for event in Outbox(bench.database).after(0, 100)][30:]
    task = retention_task(bench.settings(keep_event_days=7), bench.database)
    with patch.object(outbox_reading, "_ROWS", 10):
        task()
    assert [event.id for event in Outbox(bench.database).after(0, 100)] == kept
    assert len(kept) == 2
    assert not WorkerRegister(bench.database).alive(30 * 86_400)


def test_a_scan_that_somebody_else_cancels_is_killed_and_the_next_one_begins(
    bench, embedded_backend, wait_until, is_alive
):
    cancelled = bench.queued("stubborn")
    with running(bench, embedded_backend, sweep_seconds=0.5) as notifier:
        notifier.notify(cancelled)
        assert bench.wait_for_progress()
        running_pids = bench.pids
        assert all(map(is_alive, running_pids))
        bench.results.cancel(cancelled)
        assert wait_until(lambda: not any(map(is_alive, running_pids)), 30)
        following = bench.queued("happy")
        notifier.notify(following)
        assert wait_until(lambda: bench.results.get(following).status == "Success")
    assert bench.results.get(cancelled).failure["code"] == "cancelled"
