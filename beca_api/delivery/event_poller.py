"""`EventPoller`: looks for new events, and delivers them to the consumers of this process."""

from __future__ import annotations

import os
import secrets
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from beca_core.errors import PluginFailed
from beca_core.storage.services.outbox.consumers import OutboxConsumers
from beca_core.storage.services.outbox.outbox_reading import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType
    from typing import Self

    from beca_core.plugins.contributions.notices import ServerEvent
    from beca_core.storage.database import Database
    from beca_core.storage.services.outbox.consumers import TakenConsumer

POLL_SECONDS: Final = 1.0
MOST_TRIES: Final = 5
"""How often an event is delivered to a consumer that fails, before it is skipped."""
FIRST_PAUSE: Final = 5.0
"""Seconds before the second try; each pause is twice as long as the one before."""

_HOLD_SECONDS: Final = 60.0
_RECORD_SECONDS: Final = 5.0
_BATCH: Final = 100
_STOP_SECONDS: Final = 10.0

_log = structlog.stdlib.get_logger(__name__)


class EventConsumer(Protocol):
    """Somebody who wants to hear of all events."""

    @property
    def name(self) -> str:
        """The name under which is recorded how far it has heard of them; the same in all processes."""

    def deliver(self, event: ServerEvent) -> None:
        """Take an event; after any exception it is delivered again, some time later."""


class EventPoller:
    """A thread that delivers events; no error ends it. Of all processes, one at a time delivers to a consumer.

    Args:
        database: Where the events are; used by this thread.
        consumers: Returns the consumers that this process has now.
        interval: Time between two looks, in seconds.
    """

    def __init__(
        self, database: Database, consumers: Callable[[], Iterable[EventConsumer]], interval: float = POLL_SECONDS
    ) -> None:
        self._outbox = Outbox(database)
        self._positions = OutboxConsumers(database, _HOLD_SECONDS)
        self._consumers = consumers
        self._interval = interval
        self._owner = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._registered: set[str] = set()
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="event-poller", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the thread when the delivery of the current event has ended."""
        self._stopped.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.poll()
            self._stopped.wait(self._interval)

    def poll(self) -> None:
        """Deliver what waits now."""
        try:
            for consumer in self._consumers():
                self._serve(consumer)
        except Exception as error:  # noqa: BLE001 - the next look may succeed
            _log.warning("events not delivered", error=type(error).__name__)

    def _serve(self, consumer: EventConsumer) -> None:
        if consumer.name not in self._registered:
            self._positions.register(consumer.name)
            self._registered.add(consumer.name)
        if not self._positions.waiting(consumer.name):
            return
        taken = self._positions.take(consumer.name, self._owner)
        while taken is not None:
            events = () if self._stopped.is_set() else self._outbox.after(taken.position, _BATCH)
            if not events:
                self._positions.give_back(taken)
                return
            taken = self._deliver(consumer, taken, events)

    def _deliver(
        self, consumer: EventConsumer, taken: TakenConsumer, events: Sequence[ServerEvent]
    ) -> TakenConsumer | None:
        """Deliver some events, and return how far the consumer is; None: it waits, or another process has it."""
        delivered, recorded = taken.position, monotonic()
        for event in events:
            fault = _fault(consumer, event)
            if fault:
                known = taken if delivered == taken.position else self._positions.advance(taken, delivered)
                if known is None or not self._is_skipped(known, event, fault):
                    return None
            delivered = event.id
            if fault or self._stopped.is_set() or monotonic() > recorded + _RECORD_SECONDS:
                following = self._positions.advance(taken, delivered)
                if following is None or self._stopped.is_set():
                    return following
                taken, recorded = following, monotonic()
        return self._positions.advance(taken, delivered)

    def _is_skipped(self, taken: TakenConsumer, event: ServerEvent, fault: str) -> bool:
        """Return whether an event that could not be delivered is given up; if not, the consumer waits."""
        tries = taken.failures + 1
        log = _log.bind(consumer=taken.name, event_id=event.id, kind=event.kind, fault=fault, tries=tries)
        if tries >= MOST_TRIES:
            log.error("event skipped")
            return True
        log.warning("event not delivered yet")
        self._positions.postpone(taken, FIRST_PAUSE * 2**taken.failures)
        return False


def _fault(consumer: EventConsumer, event: ServerEvent) -> str:
    """Deliver an event, and return what went wrong; empty: nothing. The text of an exception may hold anything."""
    try:
        consumer.deliver(event)
    except PluginFailed as failure:
        return failure.event
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a consumer may be the code of a plugin
        return f"raised {type(error).__name__}"
    return ""
