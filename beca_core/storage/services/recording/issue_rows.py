"""The rows of issues: read before a scan is stored, and changed when it ends."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, delete, exists, func, insert, literal, or_, select, update
from sqlmodel import col

from beca_core.storage.bulk_rows import insert_rows
from beca_core.storage.issue_models import folded_path, urgency_of
from beca_core.storage.models import (
    OPEN_ISSUES,
    Appearance,
    Issue,
    IssueEvent,
    IssueState,
    Repository,
    Standing,
    StoredFinding,
    UtcDateTime,
)
from beca_core.storage.services.recording.issue_identity import KnownPlace
from beca_core.storage.tables import reserved_ids, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from beca_core.findings import Severity
    from beca_core.storage.services.recording.issue_identity import Place
    from beca_core.storage.services.transitions import Claim

_SHOWN: Final = ("rule_id", "severity", "confidence", "description", "redacted", "presence")
_DECIDED: Final = (*_SHOWN, "fingerprint", "path_key", "last_commit_id")
_COLUMNS: Final = tuple(getattr(Issue, name) for name in ("id", *_DECIDED, "path", "state", "standing"))
_ROWS: Final = 1000


class KnownIssue(NamedTuple):
    """What a scan has to know of an issue.

    Args:
        rule_id: The rule that reported it last.
        place: Where it is shown.
        path: The path of that place.
        state: Its state.
        standing: Where it stands.
        shown: A digest of how it is shown.
    """

    rule_id: str
    place: Place
    path: str
    state: IssueState
    standing: Standing
    shown: bytes

    def differences(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns if the issue is not shown so already, else nothing."""
        return {} if _digest(columns) == self.shown else dict(columns)


@dataclass(slots=True)
class KnownIssues:
    """The issues of a repository before a scan is stored.

    Args:
        scans: How many scans of the repository have succeeded.
        latest_result_id: The latest of them.
        issues: The issues, by id.
        places: The issue of each place.
        renewed: The fingerprints of issues that have those of the key before, as far as they are known.
    """

    scans: int = 0
    latest_result_id: int | None = None
    issues: dict[int, KnownIssue] = field(default_factory=dict)
    places: dict[Place, KnownPlace] = field(default_factory=dict)
    renewed: dict[int, str] = field(default_factory=dict)

    @classmethod
    def read(cls, session: Session, repository_id: int, present: Mapping[str, str]) -> KnownIssues:
        """Read the issues of a repository; of one that was deleted, there are none.

        Args:
            session: The transaction.
            repository_id: The repository.
            present: Fingerprints by those that the key before gives the same secrets; the places have the present ones.
        """
        known = cls()
        scans = select(col(Repository.scans), col(Repository.latest_result_id)).where(
            col(Repository.id) == repository_id
        )
        for row in session.execute(scans):
            known.scans, known.latest_result_id = row.scans, row.latest_result_id
        mine = col(Issue.repository_id) == repository_id, col(Issue.state) != IssueState.PENDING
        for row in session.execute(select(*_COLUMNS).where(*mine).execution_options(yield_per=_ROWS)):
            place = row.fingerprint, row.path_key
            shown = _digest({name: getattr(row, name) for name in _DECIDED})
            known.issues[row.id] = KnownIssue(row.rule_id, place, row.path, row.state, row.standing, shown)
            known.places[place] = KnownPlace(row.id, row.standing is Standing.HEAD)
        known._renew(present)
        known._read_other_places(session, repository_id, present)
        return known

    def _renew(self, present: Mapping[str, str]) -> None:
        """Take issues under their present fingerprints; of two at a place, the one that has it already stays alone."""
        taken = set(self.places)
        for former in list(self.places) if present else ():
            renewed = present.get(former[0], former[0]), former[1]
            if renewed in taken:
                continue
            taken.add(renewed)
            place = self.places[renewed] = self.places.pop(former)
            self.issues[place.issue_id] = self.issues[place.issue_id]._replace(place=renewed)
            self.renewed[place.issue_id] = renewed[0]

    def _read_other_places(self, session: Session, repository_id: int, present: Mapping[str, str]) -> None:
        """Add the places that issues have left, and those by which less specific rules know them."""
        latest = and_(
            col(StoredFinding.appearance_id) == col(Appearance.id),
            col(StoredFinding.result_id) == self.latest_result_id,
        )
        statement = (
            select(
                col(Appearance.issue_id),
                col(Appearance.fingerprint),
                col(Appearance.path_key),
                col(Appearance.superseded),
                and_(col(Appearance.in_head), exists().where(latest)).label("at_head"),
            )
            .join(Issue, col(Issue.id) == col(Appearance.issue_id))
            .where(
                col(Issue.repository_id) == repository_id,
                or_(
                    col(Appearance.fingerprint) != col(Issue.fingerprint),
                    col(Appearance.path_key) != col(Issue.path_key),
                    col(Appearance.superseded).is_not(None),
                ),
            )
            .order_by(col(Appearance.id))
            .execution_options(yield_per=_ROWS)
        )
        own = set(self.places)
        for issue_id, fingerprint, path_key, superseded, at_head in session.execute(statement):
            if issue_id not in self.issues:
                continue
            others = [each["fingerprint"] for each in superseded or () if not each.get("partial")]
            for place in [(present.get(each, each), path_key) for each in (fingerprint, *others)]:
                if place not in own:
                    known = self.places.get(place)
                    self.places[place] = KnownPlace(issue_id, at_head or (known is not None and known.at_head))


def shown_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of an issue that a finding decides.

    Args:
        values: The columns of the finding's appearance.
    """
    return {
        **{name: values[name] for name in (*_SHOWN, "fingerprint", "path", "path_bytes", "path_key")},
        "folded_path": folded_path(values["path"]),
        "urgency": urgency_of(values["severity"], values["confidence"]),
        "last_commit_id": values["commit_id"],
    }


def add_pending_issues(session: Session, claim: Claim, rows: Iterable[Mapping[str, Any]], now: datetime) -> list[int]:
    """Store issues that nobody sees until the scan ends, and return their ids.

    Args:
        session: The transaction.
        claim: The claim of the scan.
        rows: Of each issue the columns of an appearance.
        now: The time.
    """
    rows = list(rows)
    ids = list(reserved_ids(session, Issue, len(rows)))
    issues = [
        {
            "id": issue_id,
            "repository_id": claim.repository_id,
            **shown_columns(values),
            "state": IssueState.PENDING,
            "standing": Standing.HEAD if values["in_head"] else Standing.ELSEWHERE,
            "opened_at": now,
            "changed_at": now,
            "first_result_id": claim.result_id,
            "first_commit_id": values["commit_id"],
        }
        for issue_id, values in zip(ids, rows, strict=True)
    ]
    insert_rows(session, Issue, issues)
    return ids


def remove_pending_issues(session: Session, repository_id: int) -> bool:
    """Remove some of the issues that a scan has stored that did not end, and return whether there were any."""
    some = _pending(repository_id).with_only_columns(col(Issue.id)).limit(_ROWS)
    ids = session.scalars(some).all()
    session.execute(delete(Issue).where(col(Issue.id).in_(ids)))
    return bool(ids)


def open_pending_issues(session: Session, claim: Claim, now: datetime) -> int:
    """Show the issues that begin with a scan, and return how many there are."""
    event = _pending(claim.repository_id).with_only_columns(
        col(Issue.id), literal("opened"), literal(now, UtcDateTime), literal(claim.result_id)
    )
    session.execute(insert(IssueEvent).from_select(["issue_id", "kind", "at", "result_id"], event))
    opened = update(Issue).where(
        col(Issue.repository_id) == claim.repository_id, col(Issue.state) == IssueState.PENDING
    )
    result = session.execute(
        opened.values(state=IssueState.OPEN),
        execution_options={"synchronize_session": False},
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def change_issues(
    session: Session, known: KnownIssues, changes: Mapping[int, dict[str, Any]], result_id: int, now: datetime
) -> list[dict[str, Any]]:
    """Change issues as a scan has decided, record what has become of them, and return the columns of these events.

    Args:
        session: The transaction.
        known: The issues before.
        changes: The columns that change, by issue.
        result_id: The scan.
        now: The time.
    """
    absent = [issue_id for issue_id, change in changes.items() if change.get("standing") is Standing.ABSENT]
    last = _last_results(session, absent, result_id)
    for issue_id in absent:
        changes[issue_id]["last_result_id"] = last.get(issue_id, result_id)
    rows = list(changes.values())
    events = [event for row in rows for event in _events(known.issues[row["id"]], row, result_id, now)]
    if rows:
        session.execute(update(Issue), rows)
    if events:
        session.execute(insert(rows_of(IssueEvent)), events)
    return events


def count_open_issues(session: Session, repository_id: int) -> None:
    """Write into a repository how many of its issues are open, by severity."""
    unfixed = col(Issue.repository_id) == repository_id, col(Issue.state).in_([IssueState.OPEN, IssueState.REOPENED])
    counts = select(col(Issue.severity), func.count()).where(*unfixed).group_by(col(Issue.severity))
    found: dict[Severity, int] = {row[0]: row[1] for row in session.execute(counts)}
    values = {column: found.get(severity, 0) for severity, column in OPEN_ISSUES.items()}
    session.execute(update(Repository).where(col(Repository.id) == repository_id).values(values))


def _events(issue: KnownIssue, change: Mapping[str, Any], result_id: int, now: datetime) -> list[dict[str, Any]]:
    found: list[tuple[str, str | None, str | None]] = []
    if change.get("path_key", issue.place[1]) != issue.place[1]:
        found.append(("moved", issue.path, change["path"]))
    if change.get("rule_id", issue.rule_id) != issue.rule_id:
        found.append(("renamed", issue.rule_id, change["rule_id"]))
    if "state" in change:
        found.append((change["state"].value, None, None))
    return [
        {"issue_id": change["id"], "kind": kind, "at": now, "result_id": result_id, "before": before, "after": after}
        for kind, before, after in found
    ]


def _last_results(session: Session, issue_ids: list[int], but: int) -> dict[int, int]:
    """Return the last result that reported each of some issues."""
    found: dict[int, int] = {}
    for begin in range(0, len(issue_ids), _ROWS):
        statement = (
            select(col(Appearance.issue_id), func.max(col(StoredFinding.result_id)))
            .join(StoredFinding, col(StoredFinding.appearance_id) == col(Appearance.id))
            .where(col(Appearance.issue_id).in_(issue_ids[begin : begin + _ROWS]), col(StoredFinding.result_id) != but)
            .group_by(col(Appearance.issue_id))
        )
        found |= {issue_id: last for issue_id, last in session.execute(statement) if issue_id is not None}
    return found


def _pending(repository_id: int) -> Any:
    return select(Issue).where(col(Issue.repository_id) == repository_id, col(Issue.state) == IssueState.PENDING)


def _digest(columns: Mapping[str, Any]) -> bytes:
    return hashlib.blake2b(repr([str(columns[name]) for name in _DECIDED]).encode(), digest_size=16).digest()
