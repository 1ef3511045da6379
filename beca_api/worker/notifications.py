"""Notifications: messages that tell workers to look at one row of the result table.

A message may be lost, late or duplicated. A worker that receives one twice finds the row taken; the sweeper notifies
again when a message was lost. A notification that fails is therefore logged and never an error for the caller.
"""

from __future__ import annotations

from queue import Full, Queue
from threading import Thread
from typing import TYPE_CHECKING, Final, Protocol

import structlog
from dramatiq import Message, actor

from beca_api.worker.broker import reach

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from dramatiq import Broker

ACTOR_NAME: Final = "scan"
_MAX_PENDING: Final = 10_000
_CLOSE_SECONDS: Final = 5.0

_log = structlog.stdlib.get_logger(__name__)


class ScanNotifier(Protocol):
    """Notifies workers of results that wait for them."""

    def notify(self, result_id: int) -> None:
        """Tell workers that a result is waiting; return at once and never raise.

        Args:
            result_id: Id of a result whose row is committed.
        """


class BrokerNotifier:
    """Send notifications from a thread of its own, so that no caller waits for a slow broker.

    Args:
        broker: Where messages go; the caller closes it, after this notifier.
        queue_name: The queue that workers consume.
    """

    def __init__(self, broker: Broker, queue_name: str) -> None:
        broker.declare_queue(queue_name)
        self._broker = broker
        self._queue_name = queue_name
        self._pending: Queue[int | None] = Queue(_MAX_PENDING)
        self._thread = Thread(target=self._run, name="notifier", daemon=True)
        self._thread.start()

    def notify(self, result_id: int) -> None:
        """Tell workers that a result is waiting; return at once and never raise."""
        try:
            self._pending.put_nowait(result_id)
        except Full:
            _log.warning(
                "notification dropped, the sweeper will send another", result_id=result_id, reason="broker is slow"
            )

    def close(self) -> None:
        """Stop sending; pending notifications are left to the sweeper unless the broker takes them within seconds."""
        try:
            self._pending.put_nowait(None)
        except Full:
            return
        self._thread.join(_CLOSE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            reach(self._broker)
        except Exception as error:  # noqa: BLE001 - each broker has errors of its own
            _log.warning("broker cannot be reached, scans wait until it can", error=type(error).__name__)
        while (result_id := self._pending.get()) is not None:
            self._send(result_id)

    def _send(self, result_id: int) -> None:
        message: Message[None] = Message(self._queue_name, ACTOR_NAME, args=(result_id,), kwargs={}, options={})
        try:
            self._broker.enqueue(message)
        except Exception as error:  # noqa: BLE001 - each broker has errors of its own
            _log.warning(
                "notification failed, the sweeper will send another", result_id=result_id, error=type(error).__name__
            )


def queue_name(namespace: str) -> str:
    """Return the name of the queue that carries the notifications."""
    return f"{namespace}.scans"


def subscribe(broker: Broker, queue: str, handle: Callable[[int], None]) -> None:
    """Have the workers of a broker call `handle` with the result id of each message."""
    actor(broker=broker, actor_name=ACTOR_NAME, queue_name=queue)(handle)
