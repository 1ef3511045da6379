"""Results: queue a scan, cancel it, and read its result.

This module inserts `Queued` results and ends those that are cancelled; `beca_core.storage.services.queue` makes all
other changes and draws the states. Every visible change increments `revision`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import func, insert, literal, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload
from sqlmodel import col

from beca_core.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from beca_core.findings import Change, Severity
from beca_core.storage.models import (
    RESULT_SCOPES,
    Appearance,
    Priority,
    Repository,
    Result,
    Status,
    StoredFinding,
    UtcDateTime,
    utc_now,
)
from beca_core.storage.services.audit import note
from beca_core.storage.services.outbox.outbox_writing import add_result_events
from beca_core.storage.services.pages import Cursors, Page, checked_limit, from_microseconds, microseconds
from beca_core.storage.services.stored_findings import finding_document, reported_findings
from beca_core.storage.services.stored_reports import stored_report
from beca_core.storage.services.transitions import CANCELLED, failure_values
from beca_core.storage.services.validation import is_id, named_id, storable_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from enum import StrEnum

    from sqlalchemy import Row
    from sqlalchemy.orm import Session
    from sqlalchemy.sql.dml import ReturningUpdate

    from beca_core.report import Report
    from beca_core.rules.rule import RuleInfo
    from beca_core.storage.database import Database
    from beca_core.storage.models import Clock

MAX_PAGE: Final = 200
MAX_FINDINGS: Final = 1000

_RESULTS: Final = Cursors("results", 2)
_FINDINGS: Final = Cursors("findings", 1)
Choice = TypeVar("Choice", bound="StrEnum")


@dataclass(frozen=True, slots=True)
class RequestedScan:
    """The answer to somebody who asks for a scan.

    Args:
        result: The queued result.
        is_new: Whether it was queued now.
    """

    result: Result
    is_new: bool


class ResultService:
    """The queued and finished scans, and their findings.

    Args:
        database: Where they are stored.
        clock: Returns the current time.
    """

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    def request(
        self, repository_id: int, scope: str = "history", priority: str = "normal", *, most: int | None = None
    ) -> RequestedScan:
        """Ask for a scan of a repository: queue one, unless one of the same scope waits already.

        Args:
            repository_id: What to scan; its name and URL are copied.
            scope: `history` or `head`.
            priority: `high`, `normal` or `low`; a scan that waits already with a lower one gets this one.
            most: How many scans may wait; when many ask at once, a few more can. None: any number.

        Returns:
            The result that waits; if it is new, the caller notifies the workers.

        Raises:
            InvalidInput: If the scope or the priority is not one of these.
            NotFound: If there is no such repository.
            TooManyRequests: If too many scans wait.
        """
        _check(repository_id, scope)
        rank = _member(Priority, priority, "priority").rank
        mine = col(Result.repository_id) == repository_id, col(Result.scope) == scope
        waiting = select(Result).where(*mine, col(Result.status) == Status.QUEUED).order_by(col(Result.id)).limit(1)
        lock = select(col(Repository.id)).where(col(Repository.id) == repository_id).with_for_update()
        with self._database.session() as session:
            session.execute(lock)  # of two that ask at once, the second one sees what the first one has queued
            found = session.scalars(waiting).one_or_none()
            if found is None:
                _refuse_if_full(session, most)
            elif rank < found.priority_rank:
                found = session.scalars(_with_priority(found.id, rank)).one_or_none()
            queued = self._insert(session, repository_id, scope, rank) if found is None else found
            if found is None and queued is not None:
                note(session, "scan.requested", queued.id, queued.queued_at)
        if queued is None:
            raise _not_found("repository", repository_id)
        return RequestedScan(queued, found is None)

    def queue(self, repository_id: int, scope: str = "history") -> Result:
        """Queue a scan of a repository, whatever waits already; the caller notifies the workers afterwards.

        Args:
            repository_id: What to scan; its name and URL are copied.
            scope: `history` or `head`.

        Raises:
            InvalidInput: If the scope is not one of these.
            NotFound: If there is no such repository.
        """
        _check(repository_id, scope)
        try:
            with self._database.session() as session:
                queued = self._insert(session, repository_id, scope)
        except IntegrityError:  # the repository was deleted at the same time
            queued = None
        if queued is None:
            raise _not_found("repository", repository_id)
        return queued

    def cancel(self, result_id: int) -> Result:
        """End a scan that waits or runs, and return its result; to cancel it again changes nothing.

        A worker that runs it notices within a second, on whichever machine, and kills its processes.

        Raises:
            NotFound: If there is no such result.
            Conflict: If the scan has ended in another way.
        """
        known = result_id if is_id(result_id) else 0
        unended = col(Result.id) == known, col(Result.status).in_([Status.QUEUED, Status.IN_PROGRESS])
        now = self._clock()
        cancelled = update(Result).where(*unended).values(**failure_values(now, CANCELLED))
        with self._database.session() as session:
            ended = session.scalars(cancelled.returning(Result)).one_or_none()
            add_result_events(session, [] if ended is None else [ended.id], now)
            if ended is not None:
                note(session, "scan.cancelled", result_id, now)
        if ended is not None:
            return ended
        found = self.get(result_id)
        if found.failure is None or found.failure["code"] != CANCELLED:
            raise Conflict(f"Result {result_id} has ended already.")
        return found

    def _insert(
        self, session: Session, repository_id: int, scope: str, rank: int = Priority.NORMAL.rank
    ) -> Result | None:
        now = self._clock()
        copied = select(
            col(Repository.id),
            col(Repository.id),
            literal(rank),
            col(Repository.name),
            col(Repository.url),
            literal(str(scope)),
            literal(now, UtcDateTime),
            literal(now, UtcDateTime),
        ).where(col(Repository.id) == repository_id)
        columns = [
            "repository_id",
            "original_repository_id",
            "priority",
            "repository_name",
            "repository_url",
            "scope",
            "queued_at",
            "rung_at",
        ]  # of the table
        return session.scalars(insert(Result).from_select(columns, copied).returning(Result)).one_or_none()

    def get(self, result_id: int) -> Result:
        """Return a result.

        Raises:
            NotFound: If there is none with that id.
        """
        with self._database.session(read_only=True) as session:
            found = session.get(Result, result_id) if is_id(result_id) else None
        if found is None:
            raise _not_found("result", result_id)
        return found

    def revisions(self, result_ids: Collection[int]) -> dict[int, int]:
        """Return the revision that each of some results has now; one that does not exist is left out."""
        statement = select(col(Result.id), col(Result.revision)).where(col(Result.id).in_(result_ids))
        with self._database.session(read_only=True) as session:
            return {row.id: row.revision for row in session.execute(statement)}

    def latest(self, repository_ids: Collection[int]) -> dict[int, Result]:
        """Return the latest result of each of some repositories, whatever its status, by repository id."""
        newest = select(func.max(col(Result.id))).where(col(Result.repository_id).in_(repository_ids))
        wanted = select(Result).where(col(Result.id).in_(newest.group_by(col(Result.repository_id))))
        with self._database.session(read_only=True) as session:
            return {result.repository_id: result for result in session.scalars(wanted) if result.repository_id}

    def list(
        self,
        *,
        repository_id: int | None = None,
        status: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> Page[Result]:
        """Return a page of results, newest first.

        Args:
            repository_id: Only those of this repository, which may have been deleted; an unknown id has none.
            status: Only those with this status: `Queued`, `In Progress`, `Success` or `Failure`.
            limit: 1 to 200.
            after: The cursor of the previous page.

        Raises:
            InvalidInput: If the status, the limit or the cursor is not valid.
        """
        order = col(Result.queued_at), col(Result.id)
        statement = select(Result).options(selectinload(Result.stored_ruleset))  # many results have the same
        statement = statement.order_by(*(column.desc() for column in order))
        statement = statement.limit(checked_limit(limit, MAX_PAGE) + 1)
        if repository_id is not None:
            known = repository_id if is_id(repository_id) else 0
            statement = statement.where(col(Result.original_repository_id) == known)
        if status is not None:
            statement = statement.where(col(Result.status) == _member(Status, status, "status"))
        if after is not None:
            statement = statement.where(tuple_(*order) < _key(after))
        with self._database.session(read_only=True) as session:
            found = session.scalars(statement).all()
        return _RESULTS.page(found, limit, lambda result: [microseconds(result.queued_at), result.id])

    def findings(
        self,
        result_id: int,
        *,
        rule_id: str | None = None,
        severity: str | None = None,
        change: str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> Page[dict[str, Any]]:
        """Return a page of a result's findings in the shape of `Finding.to_dict`, in the order of the report.

        Args:
            result_id: The result.
            rule_id: Only those of this rule.
            severity: Only those of this severity: `LOW`, `MEDIUM`, `HIGH` or `CRITICAL`.
            change: Only those with this change since the previous scan: `new`, `carried` or `gone`.
            limit: 1 to 1,000.
            after: The cursor of the previous page.

        Raises:
            NotFound: If there is no such result.
            InvalidInput: If the severity, the change, the limit or the cursor is not valid.
        """
        _, page = self._found(result_id, rule_id=rule_id, severity=severity, change=change, limit=limit, after=after)
        return Page(tuple(finding_document(row, row.change) for row in page.items), page.next)

    def report(self, result_id: int, rules: Mapping[str, RuleInfo], **which: Any) -> Page[Report]:
        """Return a page of a result's findings as a report, for the output formats.

        Args:
            result_id: The result.
            rules: What is known of rules, by id.
            which: Which findings, and which page of them, as for `findings`.

        Raises:
            NotFound: If there is no such result.
            InvalidInput: As for `findings`.
        """
        result, page = self._found(result_id, **which)
        return Page((stored_report(result, page.items, rules),), page.next)

    def _found(
        self,
        result_id: int,
        *,
        rule_id: str | None = None,
        severity: str | None = None,
        change: str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> tuple[Result, Page[Row[Any]]]:
        statement = reported_findings().where(col(StoredFinding.result_id) == result_id)
        statement = statement.order_by(col(StoredFinding.ordinal)).limit(checked_limit(limit, MAX_FINDINGS) + 1)
        if rule_id is not None:
            statement = statement.where(col(Appearance.rule_id) == storable_text(rule_id))
        if severity is not None:
            wanted = _member(Severity, severity, "severity")
            statement = statement.where(col(Appearance.severity) == wanted)
        if change is not None:
            statement = statement.where(col(StoredFinding.change) == _member(Change, change, "change"))
        if after is not None:
            statement = statement.where(col(StoredFinding.ordinal) > _FINDINGS.read(after)[0])
        with self._database.session(read_only=True) as session:
            result = session.get(Result, result_id) if is_id(result_id) else None
            if result is None:
                raise _not_found("result", result_id)
            found = session.execute(statement).all() if result.status is Status.SUCCESS else ()
        return result, _FINDINGS.page(found, limit, lambda row: [row.ordinal])

    def first_findings(
        self, result_ids: Collection[int], limit: int = MAX_FINDINGS
    ) -> dict[int, Sequence[dict[str, Any]]]:
        """Return the first findings of several results at once, by result id, in the shape of `Finding.to_dict`.

        Args:
            result_ids: Ids of existing results.
            limit: How many of each, 1 to 1,000; `Result.findings_count` shows whether there are more.

        Raises:
            InvalidInput: If the limit is not valid.
        """
        statement = (
            reported_findings()
            .where(
                col(StoredFinding.result_id).in_(result_ids),
                col(StoredFinding.ordinal) <= checked_limit(limit, MAX_FINDINGS),
            )
            .order_by(col(StoredFinding.result_id), col(StoredFinding.ordinal))
        )
        documents: defaultdict[int, Any] = defaultdict(list)
        with self._database.session(read_only=True) as session:
            for row in session.execute(statement):
                documents[row.result_id].append(finding_document(row, row.change))
        return {result_id: documents[result_id] for result_id in result_ids}


def findings_cursor(count: int) -> str:
    """Return the cursor after the first so many findings of a result, as returned by `first_findings`."""
    return _FINDINGS.write([count])


def _refuse_if_full(session: Session, most: int | None) -> None:
    if most is None:
        return
    queued = select(col(Result.id)).where(col(Result.status) == Status.QUEUED)
    if session.scalar(queued.offset(most - 1).limit(1)) is not None:
        raise TooManyRequests(f"{most} scans wait already.", hint="Try again later.")


def _with_priority(result_id: int, rank: int) -> ReturningUpdate[Result]:
    """Return an update of a scan that still waits."""
    waiting = col(Result.id) == result_id, col(Result.status) == Status.QUEUED
    values = {"priority_rank": rank, "revision": col(Result.revision) + 1}
    return update(Result).where(*waiting).values(**values).returning(Result)


def _check(repository_id: int, scope: str) -> None:
    if scope not in RESULT_SCOPES:
        raise InvalidInput("There is no such scope.", hint="Use history or head.", pointer="/scope")
    if not is_id(repository_id):
        raise _not_found("repository", repository_id)


def _key(cursor: str) -> tuple[datetime, int]:
    number, result_id = _RESULTS.read(cursor)
    return from_microseconds(number), result_id


def _member(enum: type[Choice], value: str, what: str) -> Choice:
    try:
        return enum(value)
    except ValueError:
        raise InvalidInput(f"The {what} is not valid.", hint=f"Use one of: {', '.join(enum)}.") from None


def _not_found(kind: str, record_id: int) -> NotFound:
    return NotFound(f"There is no {kind} with {named_id(record_id)}.")
