"""The numbers of a dashboard's first page, in one call; each is one query, of an index or of the repositories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import case, func, select
from sqlmodel import col

from beca_core.storage.models import (
    OPEN_ISSUES,
    Issue,
    IssueState,
    RegisteredWorker,
    Repository,
    Result,
    Status,
    utc_now,
)
from beca_core.storage.services.workers import alive_seconds, seen_since

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from beca_core.findings import Severity
    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock

WEEK: Final = timedelta(days=7)
AGES: Final = {"day": timedelta(days=1), "week": WEEK, "month": timedelta(days=30)}
"""The ages of a latest scan, by name, the youngest first; older ones are `older`, and there is `never`."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a dashboard shows first.

    Args:
        open_issues: Number of issues that are open or reopened, by severity; each severity has a number.
        opened_this_week: Issues that were first found in the last seven days.
        fixed_this_week: Issues that were fixed in the last seven days, and still are.
        repositories: Number of repositories by the age of their latest successful scan: `day`, `week`, `month` (at
            most so old), `older`, `never`.
        failures_this_week: Scans that were queued in the last seven days and failed.
        queued: Scans that wait.
        running: Scans in progress.
        oldest_queued_at: Since when the first of the waiting scans waits; None if none does.
        workers: Processes that run scans and are alive.
    """

    open_issues: Mapping[Severity, int]
    opened_this_week: int
    fixed_this_week: int
    repositories: Mapping[str, int]
    failures_this_week: int
    queued: int
    running: int
    oldest_queued_at: datetime | None
    workers: int


class SummaryService:
    """Makes summaries.

    Args:
        database: The database.
        sweep_seconds: How often workers sweep; one that has not been seen for three sweeps is not alive.
        clock: Returns the current time.
    """

    def __init__(self, database: Database, sweep_seconds: float = 10.0, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._alive = timedelta(seconds=alive_seconds(sweep_seconds))
        self._clock = clock

    def get(self) -> Summary:
        """Return the numbers as they are now."""
        now = self._clock()
        queued = col(Result.status) == Status.QUEUED
        failed = col(Result.status) == Status.FAILURE
        with self._database.session(read_only=True) as session:
            return Summary(
                open_issues=_open_issues(session),
                opened_this_week=_count(
                    session, Issue, col(Issue.opened_at) >= now - WEEK, col(Issue.state) != IssueState.PENDING
                ),
                fixed_this_week=_count(
                    session, Issue, col(Issue.changed_at) >= now - WEEK, col(Issue.state) == IssueState.FIXED
                ),
                repositories=_repositories(session, now),
                failures_this_week=_count(session, Result, failed, col(Result.queued_at) >= now - WEEK),
                queued=_count(session, Result, queued),
                running=_count(session, Result, col(Result.status) == Status.IN_PROGRESS),
                oldest_queued_at=session.scalar(select(func.min(col(Result.queued_at))).where(queued)),
                workers=_count(session, RegisteredWorker, seen_since(now - self._alive)),
            )


def _open_issues(session: Session) -> dict[Severity, int]:
    sums = [func.coalesce(func.sum(getattr(Repository, column)), 0) for column in OPEN_ISSUES.values()]
    return dict(zip(OPEN_ISSUES, map(int, session.execute(select(*sums)).one()), strict=True))


def _repositories(session: Session, now: datetime) -> dict[str, int]:
    """Return how many repositories there are of each age."""
    scanned = col(Repository.scanned_at)
    whens = [(scanned.is_(None), "never"), *((scanned >= now - age, name) for name, age in AGES.items())]
    age = case(*whens, else_="older")
    statement = select(age.label("age"), func.count()).group_by("age")
    return {**dict.fromkeys((*AGES, "older", "never"), 0), **{row[0]: row[1] for row in session.execute(statement)}}


def _count(
    session: Session, table: type[Issue | RegisteredWorker | Repository | Result], *conditions: ColumnElement[bool]
) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
