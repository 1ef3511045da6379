"""Retention: which ended scans are deleted, and how.

Of each repository and scope, the latest scans are kept, up to a number and an age. The latest successful one always
remains, and so does the latest successful one that is complete: issues refer to what they last reported. Scans of
deleted repositories are kept up to the age. Issues are never deleted here.

A scan is deleted in short transactions: first its findings, some hundred at a time, and the appearances to which no
other scan refers; then the scan itself. Several processes may do so at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, exists, false, func, or_, select
from sqlmodel import col

from beca_core.storage.models import Result, Status, StoredRuleset, utc_now
from beca_core.storage.services.recording.appearances import forget_findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock

_RESULTS_AT_ONCE: Final = 1000
"""Scans that one call deletes at most, so that it does not hold up what comes after it."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Deletes ended scans that are too many or too old.

    Args:
        database: Where they are stored.
        keep_results: How many of one repository and scope are kept.
        keep_days: For how many days.
        clock: Returns the current time.
    """

    database: Database
    keep_results: int
    keep_days: int
    clock: Clock = utc_now

    def run(self) -> int:
        """Delete some of the scans that need not be kept, the oldest first, and return how many were deleted."""
        with self.database.session(read_only=True) as session:
            ids = session.scalars(self._superfluous()).all()
        for result_id in ids:
            self._delete(result_id)
        if ids:
            with self.database.session() as session:
                _forget_rulesets(session)
        return len(ids)

    def _superfluous(self) -> Select[int]:
        before = self.clock() - timedelta(days=self.keep_days)
        ranked = _ranked()
        too_many = and_(ranked.c.repository_id.is_not(None), ranked.c.rank > self.keep_results)
        is_kept = and_(
            ranked.c.repository_id.is_not(None),
            ranked.c.status == Status.SUCCESS,
            or_(ranked.c.rank_of_status == 1, and_(ranked.c.complete, ranked.c.rank_of_complete == 1)),
        )
        return (
            select(ranked.c.id)
            .where(or_(ranked.c.finished_at < before, too_many), ~is_kept)
            .order_by(ranked.c.id)
            .limit(_RESULTS_AT_ONCE)
        )

    def _delete(self, result_id: int) -> None:
        remaining = True
        while remaining:
            with self.database.session() as session:
                remaining = forget_findings(session, result_id)
                if not remaining:
                    session.execute(delete(Result).where(col(Result.id) == result_id))


def _rank(like: Sequence[Any], order: Sequence[Any]) -> Any:
    return func.row_number().over(partition_by=like, order_by=order)


def _ranked() -> Any:
    """Return all ended scans, each with its rank among those like it, the latest first."""
    series = col(Result.repository_id), col(Result.scope)
    latest = col(Result.finished_at).desc(), col(Result.id).desc()
    complete = func.coalesce(col(Result.coverage)["complete"].as_boolean(), false())
    return (
        select(
            col(Result.id),
            col(Result.repository_id),
            col(Result.status),
            col(Result.finished_at),
            complete.label("complete"),
            _rank(series, latest).label("rank"),
            _rank((*series, col(Result.status)), latest).label("rank_of_status"),
            _rank((*series, complete), latest).label("rank_of_complete"),
        )
        .where(col(Result.status).in_([Status.SUCCESS, Status.FAILURE]))
        .subquery()
    )


def _forget_rulesets(session: Session) -> None:
    unused = ~exists().where(col(Result.ruleset_digest) == col(StoredRuleset.digest))
    # Locked first: a scan that is being stored may refer to one in the meantime.
    locked = session.scalars(select(col(StoredRuleset.digest)).where(unused).with_for_update(skip_locked=True)).all()
    session.execute(delete(StoredRuleset).where(col(StoredRuleset.digest).in_(locked), unused))
