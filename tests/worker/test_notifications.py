"""Notifications, the sweeper that repeats them, and the brokers that carry them."""

from __future__ import annotations

import time
from threading import Event
from typing import Any

import pytest
from dramatiq import Worker
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

from beca_api.worker import broker as brokers
from beca_api.worker import notifications
from beca_api.worker.broker import open_broker, reach
from beca_api.worker.notifications import BrokerNotifier, queue_name, subscribe
from beca_api.worker.sweeper import Sweeper
from beca_core.errors import InvalidSettings, MissingExtra
from beca_core.system.settings import Settings


class TestBroker:
    @pytest.mark.parametrize(
        ("url", "kind"),
        [
            ("", StubBroker),
            ("amqp://u:p@127.0.0.1:1/v", RabbitmqBroker),
            ("amqps://127.0.0.1:1", RabbitmqBroker),
            ("redis://127.0.0.1:1/3", RedisBroker),
            ("rediss://127.0.0.1:1", RedisBroker),
        ],
    )
    def test_the_url_chooses_the_broker_without_connecting(self, url: str, kind: type):
        broker = open_broker(Settings.load(broker_url=url, broker_namespace="ours"))
        assert type(broker) is kind
        assert broker.middleware == []
        if isinstance(broker, RedisBroker):
            assert broker.namespace == "ours"
        if isinstance(broker, RabbitmqBroker):
            assert broker.confirm_delivery is True

    @pytest.mark.parametrize(
        "url", ["kafka://host", "host", "amqp://host:port", "redis://host:port", "http://[", "amqp"]
    )
    def test_an_invalid_url_is_refused(self, url: str):
        with pytest.raises(InvalidSettings, match="BROKER_URL"):
            open_broker(Settings.load(broker_url=url))

    def test_the_url_is_never_repeated(self):
        with pytest.raises(InvalidSettings) as caught:
            open_broker(Settings.load(broker_url="amqp://user:hunter2@host:port"))
        assert "hunter2" not in f"{caught.value}{caught.value.__cause__}"

    @pytest.mark.parametrize(("url", "extra"), [("amqp://host", "rabbitmq"), ("redis://host", "redis")])
    def test_a_missing_driver_names_the_extra(self, url: str, extra: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(brokers, "find_spec", lambda _name: None)
        with pytest.raises(MissingExtra, match=rf"beca\[{extra}\]"):
            open_broker(Settings.load(broker_url=url))

    def test_dramatiq_has_no_global_broker(self):
        import dramatiq.broker

        open_broker(Settings.load())
        assert dramatiq.broker.global_broker is None


class BrokenBroker(StubBroker):
    """Refuses each message, once it may answer."""

    def __init__(self, *, at_once: bool = True) -> None:
        super().__init__(middleware=[])
        self.may_answer = Event()
        self.calls = 0
        if at_once:
            self.may_answer.set()

    def enqueue(self, *_args: Any, **_kwargs: Any) -> Any:
        self.calls += 1
        self.may_answer.wait(30)
        raise ConnectionError("amqp://user:hunter2@host is away")


class TestNotifier:
    def test_the_subscriber_gets_the_id(self, wait_until):
        broker, received = StubBroker(middleware=[]), []
        subscribe(broker, queue_name("n"), received.append)
        worker = Worker(broker, worker_threads=1, worker_timeout=50)
        worker.start()
        with BrokerNotifier(broker, queue_name("n")) as notifier:
            notifier.notify(7)
            notifier.notify(8)
            assert wait_until(lambda: received == [7, 8])
        worker.stop()

    def test_a_message_holds_nothing_but_the_id(self):
        broker = StubBroker(middleware=[])
        with BrokerNotifier(broker, "n.scans") as notifier:
            notifier.notify(7)
        [message] = [broker.consume("n.scans").__next__()]
        assert (message.actor_name, message.args, message.kwargs, message.options) == ("scan", (7,), {}, {})

    def test_an_unavailable_broker_is_logged(self, logged):
        broker = BrokenBroker()
        with BrokerNotifier(broker, "n.scans") as notifier:
            notifier.notify(1)
            notifier.notify(2)
        assert broker.calls == 2
        assert [entry["result_id"] for entry in logged] == [1, 2]
        assert {entry["error"] for entry in logged} == {"ConnectionError"}
        assert "hunter2" not in str(logged)

    @pytest.mark.parametrize("url", ["amqp://user:hunter2@127.0.0.1:1/v", "redis://:hunter2@127.0.0.1:1/0"])
    def test_a_broker_that_is_away_at_the_start_is_logged(self, url: str, logged, wait_until):
        broker = open_broker(Settings.load(broker_url=url))
        with BrokerNotifier(broker, "n.scans"):
            assert wait_until(lambda: logged)
        broker.close()
        assert logged[0]["event"] == "broker cannot be reached, scans wait until it can"
        assert "hunter2" not in str(logged)

    @pytest.mark.parametrize("backend", ["rabbitmq", "redis"])
    def test_a_broker_that_answers_is_not_logged(self, backend: str, logged, request: pytest.FixtureRequest):
        broker = open_broker(Settings.load(broker_url=request.getfixturevalue(f"{backend}_backend").url))
        reach(broker)
        broker.close()
        assert logged == []

    def test_callers_do_not_wait_for_a_slow_broker(self, monkeypatch: pytest.MonkeyPatch, logged):
        monkeypatch.setattr(notifications, "_MAX_PENDING", 3)
        monkeypatch.setattr(notifications, "_CLOSE_SECONDS", 0.1)
        broker = BrokenBroker(at_once=False)
        with BrokerNotifier(broker, "n.scans") as notifier:
            for result_id in range(20):
                notifier.notify(result_id)
        assert broker.calls <= 1, "it has not answered the first one yet"
        broker.may_answer.set()
        assert len([entry for entry in logged if entry["event"].startswith("notification dropped")]) >= 16


class Due:
    """A queue with these results of `due`; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls = 0

    def due(self) -> list[int]:
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, Exception):
            raise answer
        return answer


class Recorder:
    def __init__(self) -> None:
        self.ids: list[int] = []

        self.filled = 0

    def notify(self, result_id: int) -> None:
        self.ids.append(result_id)

    def fill(self) -> None:
        self.filled += 1


class TestSweeper:
    def test_it_notifies_at_once_and_then_at_intervals(self, wait_until):
        queue, notifier = Due([3, 1], [], [2]), Recorder()
        sweeper = Sweeper(queue, notifier, [notifier.fill], 0.05)
        sweeper.start()
        assert wait_until(lambda: notifier.ids == [3, 1, 2])
        sweeper.stop(30)
        assert notifier.filled == queue.calls >= 3
        calls = queue.calls
        time.sleep(0.2)
        assert queue.calls == calls

    def test_it_survives_errors(self, logged, wait_until):
        queue, notifier = Due(RuntimeError("hunter2"), OSError(), [5]), Recorder()
        sweeper = Sweeper(queue, notifier, [notifier.fill], 0.01)
        sweeper.start()
        assert wait_until(lambda: notifier.ids == [5])
        sweeper.stop(30)
        assert [entry["error"] for entry in logged if entry["event"] == "sweep failed"] == ["RuntimeError", "OSError"]
        assert "hunter2" not in str(logged)

    def test_a_periodic_task_that_fails_does_not_stop_the_others(self, logged, wait_until):
        def fail() -> None:
            raise OSError

        sweeper = Sweeper(Due(RuntimeError()), (notifier := Recorder()), [fail, notifier.fill], 3600)
        sweeper.start()
        assert wait_until(lambda: notifier.filled == 1)
        sweeper.stop(30)
        assert [entry["error"] for entry in logged] == ["RuntimeError", "OSError"]

    def test_stopping_does_not_wait_for_the_next_sweep(self):
        sweeper = Sweeper(Due(), (notifier := Recorder()), [notifier.fill], 3600)
        sweeper.start()
        began = time.monotonic()
        sweeper.stop(60)
        assert time.monotonic() - began < 30

    def test_stopping_does_not_wait_for_a_sweep_that_hangs(self):
        hung, ended = Event(), Event()

        class Hanging(Due):
            def due(self) -> list[int]:
                hung.wait(30)
                ended.set()
                return []

        sweeper = Sweeper(Hanging(), (notifier := Recorder()), [notifier.fill], 1)
        sweeper.start()
        sweeper.stop(0.05)
        assert not ended.is_set()
        hung.set()
