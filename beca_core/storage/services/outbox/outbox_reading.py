"""Events are read in the order of their ids, with what the result and the issue are now; old ones are deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import lazyload
from sqlmodel import col

from beca_core.findings import format_time
from beca_core.plugins.contributions.notices import ServerEvent
from beca_core.storage.models import Issue, OutboxEvent, Result, utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock

_ROWS: Final = 10_000
_RESULT: Final = (
    "id",
    "status",
    "scope",
    "priority",
    "repository_id",
    "repository_name",
    "repository_url",
    "queued_at",
    "scanning_at",
    "finished_at",
    "attempt",
    "failure",
    "changes",
    "findings_count",
)
_ISSUE: Final = (
    "id",
    "repository_id",
    "rule_id",
    "path",
    "description",
    "severity",
    "confidence",
    "fingerprint",
    "redacted",
    "state",
    "standing",
    "presence",
    "opened_at",
    "changed_at",
    "first_result_id",
    "first_commit_id",
    "last_commit_id",
)


class Outbox:
    """The events of all servers and workers of a database.

    Args:
        database: The database.
        clock: Returns the current time.
    """

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def last_id(self) -> int:
        """Return the id of the latest event; 0: there is none."""
        with self._database.session(read_only=True) as session:
            return session.scalar(select(func.max(col(OutboxEvent.id)))) or 0

    def after(self, event_id: int, limit: int) -> Sequence[ServerEvent]:
        """Return the events after one, the oldest first.

        Args:
            event_id: Its id; 0: from the first on.
            limit: How many at most.
        """
        statement = (
            select(OutboxEvent, Result, Issue)
            .join(Result, col(Result.id) == col(OutboxEvent.result_id), isouter=True)
            .join(Issue, col(Issue.id) == col(OutboxEvent.issue_id), isouter=True)
            .options(lazyload(Result.stored_ruleset))
            .where(col(OutboxEvent.id) > event_id)
            .order_by(col(OutboxEvent.id))
            .limit(limit)
        )
        with self._database.session(read_only=True) as session:
            return [_event(*row) for row in session.execute(statement)]

    def forget(self, days: int) -> int:
        """Delete some of the events that are older than so many days, and return how many; for the sweeper."""
        before = self._clock() - timedelta(days=days)
        old = select(col(OutboxEvent.id)).where(col(OutboxEvent.at) < before).order_by(col(OutboxEvent.id)).limit(_ROWS)
        with self._database.session() as session:
            last = max(session.scalars(old), default=None)
            if last is None:
                return 0
            gone = delete(OutboxEvent).where(col(OutboxEvent.id) <= last, col(OutboxEvent.at) < before)
            return len(session.scalars(gone.returning(col(OutboxEvent.id))).all())


def _event(event: OutboxEvent, result: Result | None, issue: Issue | None) -> ServerEvent:
    return ServerEvent(
        id=event.id,
        kind=event.kind,
        at=format_time(event.at),
        repository_id=event.repository_id,
        result_id=event.result_id,
        result={} if result is None else _document(result, _RESULT),
        issue={} if issue is None else _document(issue, _ISSUE),
        before=event.before,
        after=event.after,
    )


def _document(record: Result | Issue, names: Sequence[str]) -> dict[str, Any]:
    """Return members of a record as the REST API shows them."""
    return {_camel(name): _plain(getattr(record, name)) for name in names}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        moment: datetime = value
        return format_time(moment)
    return str(value) if isinstance(value, str) else value
