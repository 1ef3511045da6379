"""The register of workers: which processes run scans, so that operators see whether any does.

Each worker notes at every sweep that it is alive, and leaves when it stops. One that was killed says nothing more, so
it counts as alive for three sweeps. Nothing depends on the register: what a worker may do is decided by its leases.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update
from sqlmodel import col

from beca_core.storage.models import RegisteredWorker, utc_now
from beca_core.storage.services.validation import storable_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock

DAY_SECONDS: Final = 86_400.0
_ALIVE_SWEEPS: Final = 3
_SHORTEST_SECONDS: Final = 1.0


def note_seconds(sweep_seconds: float) -> float:
    """Return the time between two notes of a worker that sweeps so often: a sweep, and at least a second."""
    return max(sweep_seconds, _SHORTEST_SECONDS)


def alive_seconds(sweep_seconds: float) -> float:
    """Return for how long a worker that sweeps so often counts as alive after a note."""
    return _ALIVE_SWEEPS * note_seconds(sweep_seconds)


def seen_since(moment: datetime) -> ColumnElement[bool]:
    """Return the condition that a worker was alive at a time or later."""
    return col(RegisteredWorker.seen_at) >= moment


class WorkerRegister:
    """The workers of a database.

    Args:
        database: The database.
        clock: Returns the current time.
    """

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def note(self, name: str, host: str, version: str, slots: int) -> None:
        """Record that a worker is alive now.

        Args:
            name: What the owners of its leases begin with; no other worker has ever had it.
            host: Name of its machine.
            version: Version of its BECA.
            slots: How many scans it runs at once.
        """
        now = self._clock()
        seen = update(RegisteredWorker).where(col(RegisteredWorker.name) == name).values(seen_at=now)
        values = {"name": name, "host": storable_text(host), "version": version, "slots": slots}
        with self._database.session() as session:
            if session.scalar(seen.returning(col(RegisteredWorker.name))) is None:
                session.execute(insert(RegisteredWorker).values(**values, started_at=now, seen_at=now))

    def leave(self, name: str) -> None:
        """Remove a worker that stops."""
        with self._database.session() as session:
            session.execute(delete(RegisteredWorker).where(col(RegisteredWorker.name) == name))

    def alive(self, seconds: float) -> Sequence[RegisteredWorker]:
        """Return the workers that were alive within the last so many seconds, by name."""
        statement = select(RegisteredWorker).where(seen_since(self._clock() - timedelta(seconds=seconds)))
        with self._database.session(read_only=True) as session:
            return session.scalars(statement.order_by(col(RegisteredWorker.name))).all()

    def forget(self, seconds: float = DAY_SECONDS) -> None:
        """Remove the workers that were last alive so many seconds ago or earlier; for the sweeper."""
        before = self._clock() - timedelta(seconds=seconds)
        with self._database.session() as session:
            session.execute(delete(RegisteredWorker).where(col(RegisteredWorker.seen_at) <= before))
