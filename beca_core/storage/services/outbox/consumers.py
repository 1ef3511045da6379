"""How far each consumer has heard of the events, and which process delivers to it.

A process takes a consumer for a time, delivers, and records after each few events how far it has come. If it dies, what
it had delivered since then is delivered again, by whoever takes the consumer when the time is over: at least once, and
in the order of the ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from beca_core.storage.models import OutboxConsumer, OutboxEvent, utc_now
from beca_core.storage.outbox_models import MAX_CONSUMER
from beca_core.storage.services.validation import storable_text

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock


@dataclass(frozen=True, slots=True)
class TakenConsumer:
    """A consumer that a process delivers to.

    Args:
        name: The consumer.
        owner: The process.
        position: The last event that was delivered.
        failures: How often the next one could not be delivered.
    """

    name: str
    owner: str
    position: int
    failures: int = 0


class OutboxConsumers:
    """The consumers of all servers and workers of a database.

    Args:
        database: The database.
        hold_seconds: How long a process has a consumer that it takes, after each time that it records its position.
        clock: Returns the current time.
    """

    def __init__(self, database: Database, hold_seconds: float, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._hold = timedelta(seconds=hold_seconds)
        self._clock = clock

    def register(self, name: str) -> None:
        """Add a consumer, unless it is known; it hears of what happens from now on."""
        name = storable_text(name, MAX_CONSUMER)
        known = select(col(OutboxConsumer.name)).where(col(OutboxConsumer.name) == name)
        latest = select(func.coalesce(func.max(col(OutboxEvent.id)), literal(0))).scalar_subquery()
        with self._database.session(read_only=True) as session:
            if session.scalar(known) is not None:
                return
        try:
            with self._database.session() as session:
                session.execute(insert(OutboxConsumer).values(name=name, position=latest))
        except IntegrityError:  # another process has just added it
            return

    def waiting(self, name: str) -> bool:
        """Return whether there is an event that a consumer has not heard of; nothing is written."""
        mine = col(OutboxConsumer.name) == storable_text(name, MAX_CONSUMER)
        later = select(col(OutboxConsumer.position)).where(
            mine, select(func.max(col(OutboxEvent.id))).scalar_subquery() > col(OutboxConsumer.position)
        )
        with self._database.session(read_only=True) as session:
            return session.scalar(later) is not None

    def take(self, name: str, owner: str) -> TakenConsumer | None:
        """Take a consumer for this process; None: another process has it, or it waits after a failure.

        Args:
            name: The consumer.
            owner: A name that no other process has.
        """
        now = self._clock()
        held = col(OutboxConsumer.held_until)
        free = or_(held.is_(None), held <= now, col(OutboxConsumer.owner) == owner)
        values = {"owner": owner, "held_until": now + self._hold}
        mine = col(OutboxConsumer.name) == storable_text(name, MAX_CONSUMER)
        statement = update(OutboxConsumer).where(mine, free).values(**values).returning(OutboxConsumer)
        with self._database.session() as session:
            row = session.scalars(statement).one_or_none()
        return None if row is None else TakenConsumer(row.name, owner, row.position, row.failures)

    def advance(self, taken: TakenConsumer, position: int) -> TakenConsumer | None:
        """Record that everything up to an event was delivered, and keep the consumer; None: it was taken away."""
        values = {"position": position, "failures": 0, "held_until": self._clock() + self._hold}
        return TakenConsumer(taken.name, taken.owner, position) if self._write(taken, values) else None

    def postpone(self, taken: TakenConsumer, seconds: float) -> None:
        """Record that the next event could not be delivered, and give the consumer back; nobody tries before then.

        Args:
            taken: The consumer, as it is recorded.
            seconds: How long everybody waits.
        """
        until = self._clock() + timedelta(seconds=seconds)
        self._write(taken, {"failures": taken.failures + 1, "owner": None, "held_until": until})

    def give_back(self, taken: TakenConsumer) -> None:
        """Give the consumer back, so that any process can take it."""
        self._write(taken, {"owner": None, "held_until": None})

    def _write(self, taken: TakenConsumer, values: dict[str, Any]) -> bool:
        mine: tuple[ColumnElement[bool], ...] = (
            col(OutboxConsumer.name) == taken.name,
            col(OutboxConsumer.owner) == taken.owner,
        )
        statement = update(OutboxConsumer).where(*mine).values(**values).returning(col(OutboxConsumer.name))
        with self._database.session() as session:
            return session.scalar(statement) is not None
