"""The doorbell: a message that tells the workers to look at one row of the result table, and no more than that.

A message may be lost, late or doubled. A worker that gets one twice finds the row taken; a row whose message was
lost is rung for again by the sweeper. So a failed ring is worth a log line, and never an error to a caller.
"""

from __future__ import annotations

from queue import Full, Queue
from threading import Thread
from typing import TYPE_CHECKING, Final, Protocol

import structlog
from dramatiq import Message, actor

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from dramatiq import Broker

ACTOR_NAME: Final = "scan"
_WAITING: Final = 10_000
_CLOSE_SECONDS: Final = 5.0

_log = structlog.stdlib.get_logger(__name__)


class Doorbell(Protocol):
    """Calls for a worker."""

    def ring(self, result_id: int) -> None:
        """Say that a result waits for a worker; returns at once and never raises.

        Args:
            result_id: Id of a result whose row is committed.
        """


class QueuedDoorbell:
    """Ring from a thread of its own: no caller waits for a broker that is away, and one connection is enough.

    Args:
        broker: Where messages go; the caller closes it, after this.
        queue_name: The queue that workers listen to.
    """

    def __init__(self, broker: Broker, queue_name: str) -> None:
        broker.declare_queue(queue_name)
        self._broker = broker
        self._queue_name = queue_name
        self._waiting: Queue[int | None] = Queue(_WAITING)
        self._thread = Thread(target=self._run, name="doorbell", daemon=True)
        self._thread.start()

    def ring(self, result_id: int) -> None:
        """Say that a result waits for a worker; returns at once and never raises."""
        try:
            self._waiting.put_nowait(result_id)
        except Full:
            _log.warning("ring dropped, the sweeper will ring again", result_id=result_id, reason="broker is slow")

    def close(self) -> None:
        """Stop ringing; what still waits is left to the sweeper when the broker does not take it at once."""
        try:
            self._waiting.put_nowait(None)
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
        while (result_id := self._waiting.get()) is not None:
            self._send(result_id)

    def _send(self, result_id: int) -> None:
        message: Message[None] = Message(self._queue_name, ACTOR_NAME, args=(result_id,), kwargs={}, options={})
        try:
            self._broker.enqueue(message)
        except Exception as error:  # noqa: BLE001 - each broker has errors of its own
            _log.warning("ring failed, the sweeper will ring again", result_id=result_id, error=type(error).__name__)


def queue_name(namespace: str) -> str:
    """Return the name of the queue of scans."""
    return f"{namespace}.scans"


def answer_doorbell(broker: Broker, queue: str, answer: Callable[[int], None]) -> None:
    """Have the workers of a broker call `answer` with the result id of each message."""
    actor(broker=broker, actor_name=ACTOR_NAME, queue_name=queue)(answer)
