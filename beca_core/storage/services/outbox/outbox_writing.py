"""Events are written in the transaction that makes the change, as the last thing before it ends.

On PostgreSQL, two transactions could take ids in one order and be committed in the other: a reader that has seen the
second would miss the first. So a transaction that writes events holds an advisory lock from then on until it ends, and
the ids have the order of the commits. It waits for nothing else while it holds that lock, so no two transactions wait
for each other. SQLite has one writer at a time anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, literal, select, text
from sqlmodel import col

from beca_core.storage.models import Issue, IssueState, OutboxEvent, Result, UtcDateTime
from beca_core.storage.tables import rows_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from beca_core.storage.services.transitions import Claim

RESULT_ENDED: Final = "result-ended"
_ISSUE: Final = "issue-{}"
_OPENED: Final = _ISSUE.format("opened")
_ADVISORY_LOCK: Final = int.from_bytes(b"beca out")
_REFERENCES: Final = ("result_id", "issue_id", "before", "after")


def add_result_events(session: Session, result_ids: Collection[int], now: datetime) -> None:
    """Record that results have ended.

    Args:
        session: The transaction, which changes nothing afterwards.
        result_ids: The results.
        now: The time.
    """
    if not result_ids:
        return
    _lock(session)
    found = select(
        literal(RESULT_ENDED), literal(now, UtcDateTime), col(Result.original_repository_id), col(Result.id)
    ).where(col(Result.id).in_(result_ids))
    columns = ["kind", "at", "repository_id", "result_id"]
    session.execute(insert(OutboxEvent).from_select(columns, found.order_by(col(Result.id))))


def add_scan_events(session: Session, claim: Claim, changes: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Record that a scan has opened and changed issues, and has ended.

    Args:
        session: The transaction, which changes nothing afterwards.
        claim: The claim of the scan.
        changes: The columns of the issues' events, but for those that were opened.
        now: The time.
    """
    _lock(session)
    opened = select(
        literal(_OPENED),
        literal(now, UtcDateTime),
        literal(claim.repository_id),
        literal(claim.result_id),
        col(Issue.id),
    ).where(
        col(Issue.repository_id) == claim.repository_id,
        col(Issue.first_result_id) == claim.result_id,
        col(Issue.state) == IssueState.OPEN,
    )
    columns = ["kind", "at", "repository_id", "result_id", "issue_id"]
    session.execute(insert(OutboxEvent).from_select(columns, opened.order_by(col(Issue.id))))
    rows = [
        {"kind": _ISSUE.format(each["kind"]), "at": now, "repository_id": claim.repository_id}
        | {name: each[name] for name in _REFERENCES}
        for each in changes
    ]
    if rows:
        session.execute(insert(rows_of(OutboxEvent)), rows)
    add_result_events(session, [claim.result_id], now)


def _lock(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
