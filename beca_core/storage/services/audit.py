"""The audit log: who did what to which record.

Services note what they change in the transaction that changes it, so that there is an entry if and only if there is a
change. Who acts is known where a request or a command begins, which is not where the change is made: it is a context
variable. Workers act for nobody, and note nothing; what they do is in the results.

An entry names records by their ids. Nothing that a caller wrote is in it, so no secret can be.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from sqlalchemy import delete, insert, select
from sqlmodel import col

from beca_core.storage.models import AuditEntry, Way, utc_now
from beca_core.storage.services.pages import Cursors, Page, checked_limit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock

Action: TypeAlias = Literal[
    "repository.created",
    "repository.changed",
    "repository.deleted",
    "scan.requested",
    "scan.cancelled",
    "token.created",
    "token.revoked",
    "key.replaced",
]
"""What can be done; the part before the dot says of which kind the record is, a scan being the result."""

MAX_PAGE: Final = 200
_ROWS: Final = 1000
_CURSORS: Final = Cursors("audit", 1)


class Actor(NamedTuple):
    """Who acts.

    Args:
        way: By which way.
        token_id: The token of the caller; None: none was needed.
        client: The network address of the caller; None: it has none.
    """

    way: Way
    token_id: str | None = None
    client: str | None = None


_ACTING: Final[ContextVar[Actor | None]] = ContextVar("acting", default=None)


def act_as(actor: Actor) -> None:
    """Say who acts from now on, in this context."""
    _ACTING.set(actor)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Say who acts in a block."""
    before = _ACTING.set(actor)
    try:
        yield
    finally:
        _ACTING.reset(before)


def note(session: Session, action: Action, record_id: int | str, at: datetime) -> None:
    """Record what somebody does, if anybody is known to act.

    Args:
        session: The transaction in which it is done.
        action: What is done.
        record_id: Id of the record.
        at: The time.
    """
    actor = _ACTING.get()
    if actor is not None:
        who = {"actor": actor.way, "token_id": actor.token_id, "client": actor.client}
        session.execute(insert(AuditEntry).values(at=at, action=action, record_id=str(record_id), **who))


class AuditService:
    """The audit log.

    Args:
        database: Where it is stored.
        clock: Returns the current time.
    """

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def list(self, *, limit: int = 50, after: str | None = None) -> Page[AuditEntry]:
        """Return a page of all entries, the newest first.

        Args:
            limit: 1 to 200.
            after: The cursor of the previous page.

        Raises:
            InvalidInput: If the limit or the cursor is not valid.
        """
        statement = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(checked_limit(limit, MAX_PAGE) + 1)
        if after is not None:
            statement = statement.where(col(AuditEntry.id) < _CURSORS.read(after)[0])
        with self._database.session(read_only=True) as session:
            found = session.scalars(statement).all()
        return _CURSORS.page(found, limit, lambda entry: [entry.id])

    def forget(self, days: int) -> int:
        """Delete the entries that are older than so many days, in short transactions, and return their number."""
        before = self._clock() - timedelta(days=days)
        old = select(col(AuditEntry.id)).where(col(AuditEntry.at) < before).order_by(col(AuditEntry.at)).limit(_ROWS)
        count, ids = 0, [0]
        while ids:
            with self._database.session() as session:
                ids = list(session.scalars(old))
                session.execute(delete(AuditEntry).where(col(AuditEntry.id).in_(ids)))
            count += len(ids)
        return count
