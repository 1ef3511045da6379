"""The data of migration 0008: issues, appearances and references out of the findings of the version before.

This is a copy of what version 0008 did when a scan ended, and never changes: what issues mean may change later. A moved
file and a renamed rule are not recognized here; the issues of the version before are those of their places.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

if TYPE_CHECKING:
    from collections.abc import Iterator

Place: TypeAlias = tuple[str, str]

_JSON: Final = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_MOMENT: Final = sa.DateTime(timezone=True)
_TYPES: Final[dict[str, Any]] = {
    "path_bytes": sa.LargeBinary, "in_head": sa.Boolean, "truncated": sa.Boolean, "commit_date": _MOMENT,
    "decodings": _JSON, "tags": _JSON, "parts": _JSON, "attributes": _JSON, "superseded": _JSON, "labels": _JSON,
}  # fmt: skip
_DETAILS: Final = (
    "type", "rule_id", "severity", "confidence", "path", "path_bytes", "begin_line", "begin_column", "end_line",
    "end_column", "description", "fingerprint", "redacted", "in_head", "commit_id", "commit_author", "commit_date",
    "occurrences", "decodings", "truncated", "presence", "variant", "provider", "category", "tags", "parts",
    "attributes", "superseded", "labels", "lowered_from",
)  # fmt: skip
_SHOWN: Final = (
    "fingerprint", "path", "path_bytes", "path_key", "rule_id", "severity", "confidence", "description", "redacted",
    "presence",
)  # fmt: skip
_SEVERITIES: Final = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
_CONFIDENCES: Final = ("LOW", "MEDIUM", "HIGH")
_STANDINGS: Final = ("absent", "elsewhere", "head")
_ROWS: Final = 500


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column, _TYPES.get(column)) for column in columns))


_BEFORE: Final = _table("finding_before", "result_id", "ordinal", "change", *_DETAILS)
_RESULT: Final = sa.table(
    "result",
    *(sa.column(name) for name in ("id", "repository_id", "scope", "status", "ruleset_digest")),
    sa.column("coverage", _JSON),
    sa.column("finished_at", _MOMENT),
)
_RULESET: Final = sa.table("ruleset", sa.column("digest"), sa.column("rules", _JSON))
_ISSUE: Final = sa.table(
    "issue",
    *(sa.column(name, _TYPES.get(name)) for name in ("id", "repository_id", *_SHOWN, "urgency", "state", "standing")),
    *(sa.column(name, _MOMENT) for name in ("opened_at", "changed_at")),
    *(sa.column(name) for name in ("first_result_id", "first_commit_id", "last_result_id", "last_commit_id")),
)
_EVENT: Final = sa.table(
    "issue_event", *(sa.column(name) for name in ("issue_id", "kind", "result_id")), sa.column("at", _MOMENT)
)
_SIGHTING: Final = _table("appearance", "id", "issue_id", "digest", "path_key", *_DETAILS)
_FINDING: Final = _table("finding", "result_id", "ordinal", "appearance_id", "change")


@dataclass(slots=True)
class _ReplayedIssue:
    """The columns of an issue that change, and the last result that had it."""

    id: int
    shown: dict[str, Any]
    state: str
    standing: str
    changed_at: datetime
    last: int
    last_commit: str | None


@dataclass(slots=True)
class _ReplayedRepository:
    """The issues of one repository so far."""

    id: int
    issues: dict[Place, _ReplayedIssue] = field(default_factory=dict)
    appearances: dict[str, int] = field(default_factory=dict)


def replay(connection: sa.Connection) -> None:
    """Convert all findings of the table `finding_before`; the new tables are empty."""
    _Replay(connection).run()


class _Replay:
    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._issues = 0
        self._appearances = 0
        self._rulesets: dict[str, Any] = {}

    def run(self) -> None:
        order = _RESULT.c.repository_id, _RESULT.c.finished_at, _RESULT.c.id
        has_findings = sa.exists().where(_BEFORE.c.result_id == _RESULT.c.id)
        results = sa.select(_RESULT).where(sa.or_(_RESULT.c.status == "Success", has_findings)).order_by(*order)
        repository: _ReplayedRepository | None = None
        for result in self._connection.execute(results).all():
            if result.repository_id is None:
                for rows in self._findings(result.id):
                    self._refer(result.id, rows, self._add_appearances(None, rows))
                continue
            if repository is None or repository.id != result.repository_id:
                self._write(repository)
                repository = _ReplayedRepository(result.repository_id)
            self._replay_result(repository, result)
        self._write(repository)
        self._count_on()

    def _replay_result(self, repository: _ReplayedRepository, result: Any) -> None:
        seen: dict[Place, bool] = {}
        opened: set[Place] = set()
        for rows in self._findings(result.id):
            begun: list[dict[str, Any]] = []
            for row in rows:
                place = row["fingerprint"], row["path_key"]
                if place not in repository.issues:
                    begun.append(self._begin(repository, place, row, result))
                    opened.add(place)
                issue = repository.issues[place]
                if not seen.get(place) and (row["in_head"] or place not in seen):
                    issue.shown = {name: row[name] for name in _SHOWN} | {"urgency": _urgency(row)}
                    issue.last_commit = row["commit_id"]
                seen[place] = bool(row["in_head"]) or seen.get(place, False)
                if place in opened and seen[place]:
                    issue.standing = "head"
                issue.last = result.id
            if begun:
                self._connection.execute(_ISSUE.insert(), begun)
            self._refer(result.id, rows, self._add_appearances(repository, rows))
        events = [self._event(repository.issues[place], "opened", result) for place in seen if place in opened]
        events += self._changes(repository, result, seen)
        if events:
            self._connection.execute(_EVENT.insert(), events)

    def _begin(self, repository: _ReplayedRepository, place: Place, row: dict[str, Any], result: Any) -> dict[str, Any]:
        self._issues += 1
        standing = "head" if row["in_head"] else "elsewhere"
        shown = {name: row[name] for name in _SHOWN} | {"urgency": _urgency(row)}
        issue = _ReplayedIssue(self._issues, shown, "open", standing, result.finished_at, result.id, row["commit_id"])
        repository.issues[place] = issue
        return {
            "id": issue.id,
            "repository_id": repository.id,
            **shown,
            "state": "open",
            "standing": standing,
            "opened_at": result.finished_at,
            "changed_at": result.finished_at,
            "first_result_id": result.id,
            "first_commit_id": row["commit_id"],
            "last_result_id": None,
            "last_commit_id": row["commit_id"],
        }

    def _changes(
        self, repository: _ReplayedRepository, result: Any, seen: dict[Place, bool]
    ) -> Iterator[dict[str, Any]]:
        """Change the issues after a result, and yield what has become of them."""
        complete, rules = bool((result.coverage or {}).get("complete")), self._rules(result.ruleset_digest)
        for place, issue in repository.issues.items():
            before, after = map(_STANDINGS.index, (issue.standing, _standing(issue, seen.get(place), result)))
            proves_absence = complete and (place in seen or issue.shown["rule_id"] in rules)
            if after < before and not proves_absence:
                after = before
            issue.standing = _STANDINGS[after]
            if issue.standing == "head" or (after != before and place not in seen):
                issue.shown["presence"] = None
            if after == before:
                continue
            state = "fixed" if after < before else "reopened" if issue.state == "fixed" else issue.state
            if state != issue.state:
                issue.state, issue.changed_at = state, result.finished_at
                yield self._event(issue, state, result)

    def _event(self, issue: _ReplayedIssue, kind: str, result: Any) -> dict[str, Any]:
        return {"issue_id": issue.id, "kind": kind, "at": result.finished_at, "result_id": result.id}

    def _rules(self, digest: str | None) -> Any:
        if digest is not None and digest not in self._rulesets:
            rules = sa.select(_RULESET.c.rules).where(_RULESET.c.digest == digest)
            self._rulesets[digest] = self._connection.scalar(rules) or {}
        return self._rulesets.get(digest or "", {})

    def _findings(self, result_id: int) -> Iterator[list[dict[str, Any]]]:
        """Yield the findings of a result, some hundred at a time, each with the key of its path."""
        last = 0
        while True:
            mine = _BEFORE.c.result_id == result_id, _BEFORE.c.ordinal > last
            rows = self._connection.execute(
                sa.select(_BEFORE).where(*mine).order_by(_BEFORE.c.ordinal).limit(_ROWS)
            ).mappings().all()  # fmt: skip
            if not rows:
                return
            last = rows[-1]["ordinal"]
            yield [{**row, "path_key": _path_key(row["path"], row["path_bytes"])} for row in rows]

    def _add_appearances(self, repository: _ReplayedRepository | None, rows: list[dict[str, Any]]) -> list[int]:
        ids, added = [], []
        for row in rows:
            values = {name: row[name] for name in (*_DETAILS, "path_key")}
            issue = None if repository is None else repository.issues[row["fingerprint"], row["path_key"]].id
            digest = None if issue is None else _digest(issue, values)
            known = None if repository is None or digest is None else repository.appearances.get(digest)
            if known is None:
                self._appearances += 1
                known = self._appearances
                added.append({"id": known, "issue_id": issue, "digest": digest, **values})
                if repository is not None and digest is not None:
                    repository.appearances[digest] = known
            ids.append(known)
        if added:
            self._connection.execute(_SIGHTING.insert(), added)
        return ids

    def _refer(self, result_id: int, rows: list[dict[str, Any]], appearances: list[int]) -> None:
        references = [
            {"result_id": result_id, "ordinal": row["ordinal"], "appearance_id": appearance, "change": row["change"]}
            for row, appearance in zip(rows, appearances, strict=True)
        ]
        self._connection.execute(_FINDING.insert(), references)

    def _write(self, repository: _ReplayedRepository | None) -> None:
        """Write what has become of the issues of a repository."""
        issues = [] if repository is None else list(repository.issues.values())
        names = (*_SHOWN, "urgency", "state", "standing", "changed_at", "last_result_id", "last_commit_id")
        statement = _ISSUE.update().where(_ISSUE.c.id == sa.bindparam("issue"))
        statement = statement.values({name: sa.bindparam(f"new_{name}") for name in names})
        for begin in range(0, len(issues), _ROWS):
            self._connection.execute(statement, [_row(issue) for issue in issues[begin : begin + _ROWS]])

    def _count_on(self) -> None:
        """Let the database number new rows after these."""
        if self._connection.dialect.name != "postgresql":
            return
        for table, last in (("issue", self._issues), ("appearance", self._appearances)):
            sequence = sa.func.pg_get_serial_sequence(table, "id")
            self._connection.execute(sa.select(sa.func.setval(sequence, max(last, 1), last > 0)))


def _row(issue: _ReplayedIssue) -> dict[str, Any]:
    values = {
        **issue.shown,
        "state": issue.state,
        "standing": issue.standing,
        "changed_at": issue.changed_at,
        "last_result_id": issue.last if issue.standing == "absent" else None,
        "last_commit_id": issue.last_commit,
    }
    return {"issue": issue.id, **{f"new_{name}": value for name, value in values.items()}}


def _standing(issue: _ReplayedIssue, at_head: bool | None, result: Any) -> str:
    if at_head is not None:
        return "head" if at_head else "elsewhere"
    return "absent" if result.scope == "history" or issue.standing == "absent" else "elsewhere"


def _urgency(row: dict[str, Any]) -> int:
    return _SEVERITIES.index(row["severity"]) * len(_CONFIDENCES) + _CONFIDENCES.index(row["confidence"])


def _path_key(path: str, path_bytes: bytes | None) -> str:
    return hashlib.blake2b(path.encode() if path_bytes is None else path_bytes, digest_size=16).hexdigest()


def _digest(issue_id: int, values: dict[str, Any]) -> str:
    """Return the digest that the next scan makes of the same finding."""
    described = json.dumps([issue_id, *(values[name] for name in sorted(values))], default=_plain)
    return hashlib.sha256(described.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return str(value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))
    return value.hex() if isinstance(value, bytes) else str(value)
