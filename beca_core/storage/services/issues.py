"""Issues, as people and dashboards ask for them: a page of them, and one with its history.

What a running scan has found is not shown. `beca_core.storage.services.recording` changes issues.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, func, select, tuple_
from sqlmodel import col

from beca_core.errors import NotFound
from beca_core.findings import Confidence
from beca_core.storage.issue_models import folded_path, urgency_of
from beca_core.storage.models import Appearance, Issue, IssueEvent, IssueState, Result, Status, StoredFinding
from beca_core.storage.services.pages import Cursors, checked_limit, from_microseconds, microseconds
from beca_core.storage.services.stored_findings import finding_document, reported_findings, storable_time
from beca_core.storage.services.validation import is_id, named_id, storable_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from beca_core.findings import Severity
    from beca_core.storage.database import Database
    from beca_core.storage.services.pages import Page

MAX_PAGE: Final = 200
MAX_EVENTS: Final = 1000
"""The latest events of an issue that are shown."""
MAX_PLACES: Final = 100


class IssueOrder(StrEnum):
    """The orders of a list of issues; the first of each is the latest, or the worst."""

    CHANGED = "changed"
    OPENED = "opened"
    URGENCY = "urgency"


class StateFilter(StrEnum):
    """Which issues, by their state."""

    OPEN = "open"
    REOPENED = "reopened"
    FIXED = "fixed"
    UNFIXED = "unfixed"
    """Open or reopened."""


@dataclass(frozen=True, slots=True)
class IssueFilter:
    """Which issues a list has; None means any.

    Args:
        repository_id: Those of this repository; an unknown id has none.
        rule_id: Those of this rule.
        severity: Those of this severity.
        confidence: Those of this confidence.
        state: Those in this state.
        since: Those whose state has changed at this time or later.
        search: Those whose path contains this text among its last 500 characters, in any letter case.
    """

    repository_id: int | None = None
    rule_id: str | None = None
    severity: Severity | None = None
    confidence: Confidence | None = None
    state: StateFilter | None = None
    since: datetime | None = None
    search: str | None = None

    def conditions(self, order: IssueOrder) -> list[ColumnElement[bool]]:
        """Return the conditions that its issues fulfil, in a form for which a list in an order walks an index."""
        found = [_condition(self.state)]
        if self.repository_id is not None:
            found.append(col(Issue.repository_id) == (self.repository_id if is_id(self.repository_id) else 0))
        if self.rule_id is not None:
            found.append(col(Issue.rule_id) == storable_text(self.rule_id))
        if self.severity is not None:
            found.append(col(Issue.severity) == self.severity)
            if order is IssueOrder.URGENCY:
                least, most = (
                    urgency_of(self.severity, confidence) for confidence in (min(Confidence), max(Confidence))
                )
                found.append(col(Issue.urgency).between(least, most))
        if self.confidence is not None:
            found.append(col(Issue.confidence) == self.confidence)
        if self.since is not None:
            found.append(col(Issue.changed_at) >= storable_time(self.since))
        if self.search:
            found.append(col(Issue.folded_path).contains(folded_path(storable_text(self.search)), autoescape=True))
        return found


@dataclass(frozen=True, slots=True)
class IssueDetails:
    """An issue and what has become of it.

    Args:
        issue: The issue.
        history: Its latest events, the oldest first.
        last_result_id: The latest result that reports it; None if that was deleted.
        findings: The first findings of that result that belong to it, in the shape of `Finding.to_dict`.
    """

    issue: Issue
    history: Sequence[IssueEvent]
    last_result_id: int | None
    findings: Sequence[dict[str, Any]]


class IssueService:
    """The issues of all repositories.

    Args:
        database: Where they are stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self,
        which: IssueFilter | None = None,
        *,
        order: IssueOrder = IssueOrder.CHANGED,
        limit: int = 50,
        after: str | None = None,
    ) -> Page[Issue]:
        """Return a page of issues.

        Args:
            which: Which issues; None means all.
            order: Their order.
            limit: 1 to 200.
            after: The cursor of the previous page, of a list in the same order.

        Raises:
            InvalidInput: If the limit or the cursor is not valid.
        """
        cursors = Cursors(f"issues-{order.value}", 2)
        first = {
            IssueOrder.CHANGED: col(Issue.changed_at),
            IssueOrder.OPENED: col(Issue.opened_at),
            IssueOrder.URGENCY: col(Issue.urgency),
        }[order]
        columns = first, col(Issue.id)
        in_order = [column.desc() for column in columns]
        wanted = select(col(Issue.id)).where(*(which or IssueFilter()).conditions(order))
        wanted = wanted.order_by(*in_order).limit(checked_limit(limit, MAX_PAGE) + 1)
        if after is not None:
            number, issue_id = cursors.read(after)
            begin: Any = number if order is IssueOrder.URGENCY else from_microseconds(number)
            wanted = wanted.where(tuple_(*columns) < (begin, issue_id))
        # Where the index has all that is asked for, rows are read of this page only.
        statement = select(Issue).where(col(Issue.id).in_(wanted)).order_by(*in_order)
        with self._database.session(read_only=True) as session:
            found = session.scalars(statement).all()
        return cursors.page(found, limit, lambda issue: [_key(issue, order), issue.id])

    def get(self, issue_id: int) -> IssueDetails:
        """Return an issue with its history.

        Raises:
            NotFound: If there is none with that id.
        """
        events = select(IssueEvent).where(col(IssueEvent.issue_id) == issue_id)
        succeeded = exists().where(col(Result.id) == col(StoredFinding.result_id), col(Result.status) == Status.SUCCESS)
        latest = (
            select(func.max(col(StoredFinding.result_id)))
            .join(Appearance, col(Appearance.id) == col(StoredFinding.appearance_id))
            .where(col(Appearance.issue_id) == issue_id, succeeded)
        )
        with self._database.session(read_only=True) as session:
            issue = session.get(Issue, issue_id) if is_id(issue_id) else None
            if issue is None or issue.state is IssueState.PENDING:
                raise NotFound(f"There is no issue with {named_id(issue_id)}.")
            history = session.scalars(events.order_by(col(IssueEvent.id).desc()).limit(MAX_EVENTS)).all()
            result_id = session.scalar(latest)
            places = reported_findings().where(
                col(StoredFinding.result_id) == result_id, col(Appearance.issue_id) == issue_id
            )
            found = session.execute(places.order_by(col(StoredFinding.ordinal)).limit(MAX_PLACES)).all()
        documents = [finding_document(row, row.change) for row in found]
        return IssueDetails(issue, history[::-1], issue.last_result_id or result_id, documents)


def _condition(state: StateFilter | None) -> ColumnElement[bool]:
    """Return the condition for a state; None: any that is shown.

    The common ones say what an issue is not: for what it is, SQLite would use an index of states, and then sort all
    that it finds.
    """
    if state is None:
        return col(Issue.state) != IssueState.PENDING
    if state is StateFilter.UNFIXED:
        return col(Issue.state).not_in([IssueState.PENDING, IssueState.FIXED])
    return col(Issue.state) == IssueState(state.value)


def _key(issue: Issue, order: IssueOrder) -> int:
    if order is IssueOrder.URGENCY:
        return issue.urgency
    return microseconds(issue.changed_at if order is IssueOrder.CHANGED else issue.opened_at)
