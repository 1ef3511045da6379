"""A database with the rows of many made-up scans, for measurements of the server."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, text

from beca_core.findings import Change, Confidence, Severity
from beca_core.report import Coverage
from beca_core.storage.issue_models import folded_path, urgency_of
from beca_core.storage.models import (
    OPEN_ISSUES,
    Appearance,
    Issue,
    IssueEvent,
    IssueState,
    Repository,
    Result,
    Standing,
    Status,
    StoredFinding,
    StoredRuleset,
    utc_now,
)
from beca_core.storage.services.stored_findings import path_key
from beca_core.storage.tables import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.storage.database import Database
    from beca_core.storage.tables import Table

_RULES: Final = tuple(f"made-up-token-{number}" for number in range(40))
_FOLDERS: Final = ("src", "config", "deploy", "tests/data", "docs/examples")
_RULESET: Final = "0" * 64
_AT_ONCE: Final = 5_000
_COVERAGE: Final = Coverage(commits=200, blobs=1_000, bytes=10_000_000).to_dict()


@dataclass(frozen=True, slots=True)
class Filling:
    """How much there is in the database.

    Args:
        repositories: Number of repositories.
        results: Number of results of each, all of them successes.
        issues: Number of issues of each.
        findings: Number of findings of each result, at most `issues`.
    """

    repositories: int
    results: int
    issues: int
    findings: int

    def fill(self, database: Database) -> None:
        """Store the rows in an empty database, with ids from 1 on."""
        _store(database, StoredRuleset, [{"digest": _RULESET, "rules": dict.fromkeys(_RULES, 1)}])
        for table, rows in (
            (Repository, self._repositories()),
            (Result, self._results()),
            (Issue, self._issues()),
            (IssueEvent, self._events()),
            (Appearance, self._appearances()),
            (StoredFinding, self._findings()),
        ):
            _store(database, table, rows)
        with database.session() as session:
            if session.get_bind().dialect.name == "postgresql":
                for table in (Repository, Result, Issue, IssueEvent, Appearance):
                    last = session.scalar(select(func.max(rows_of(table).c.id)))
                    following = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
                    session.execute(following, {"name": str(table.__tablename__), "last": last})
        _settle(database)

    def _repositories(self) -> Iterator[dict[str, Any]]:
        now = utc_now()
        for number in range(1, self.repositories + 1):
            yield {
                "id": number,
                "name": f"team-{number % 50}/service-{number}",
                "url": f"https://git.example.org/team-{number % 50}/service-{number}",
                "created_at": now - timedelta(days=200),
                "updated_at": now - timedelta(days=200),
                "version": 1,
                "scans": self.results,
                "scanned_at": now - timedelta(minutes=number),
                "latest_result_id": self._result_of(number, self.results - 1),
                **self._open_issues(number),
            }

    def _open_issues(self, repository: int) -> dict[str, int]:
        """Return the columns with the numbers of a repository's open issues."""
        first = (repository - 1) * self.issues + 1
        unfixed = Counter(_severity(first + nth) for nth in range(self.issues) if not _is_fixed(nth))
        return {column: unfixed[severity] for severity, column in OPEN_ISSUES.items()}

    def _result_of(self, repository: int, nth: int) -> int:
        """Return the id of a result; those of all repositories take turns, as in time."""
        return nth * self.repositories + repository

    def _results(self) -> Iterator[dict[str, Any]]:
        now = utc_now()
        for nth in range(self.results):
            for number in range(1, self.repositories + 1):
                at = now - timedelta(days=self.results - nth, minutes=number % 600)
                yield {
                    "id": self._result_of(number, nth),
                    "repository_id": number,
                    "original_repository_id": number,
                    "repository_name": f"team-{number % 50}/service-{number}",
                    "repository_url": f"https://git.example.org/team-{number % 50}/service-{number}",
                    "scope": "history",
                    "status": Status.SUCCESS,
                    "queued_at": at,
                    "scanning_at": at + timedelta(seconds=1),
                    "finished_at": at + timedelta(seconds=20),
                    "attempt": 1,
                    "coverage": _COVERAGE,
                    "ruleset_digest": _RULESET,
                    "changes": {"new": 0, "carried": self.findings, "gone": 0} if nth else None,
                    "findings_count": self.findings,
                    "revision": 3,
                }

    def _each_issue(self) -> Iterator[tuple[int, int, int]]:
        """Yield the id of each issue, its repository, and its number there from 0 on."""
        for repository in range(1, self.repositories + 1):
            for nth in range(self.issues):
                yield (repository - 1) * self.issues + nth + 1, repository, nth

    def _issues(self) -> Iterator[dict[str, Any]]:
        now = utc_now()
        for issue, repository, nth in self._each_issue():
            is_fixed = _is_fixed(nth)
            shown = _shown(issue, nth)
            yield {
                **shown,
                "id": issue,
                "repository_id": repository,
                "folded_path": folded_path(shown["path"]),
                "urgency": urgency_of(shown["severity"], shown["confidence"]),
                "state": IssueState.FIXED if is_fixed else IssueState.OPEN,
                "standing": Standing.ELSEWHERE if is_fixed else Standing.HEAD,
                "opened_at": now - timedelta(days=self.results, minutes=issue % 1_000),
                "changed_at": now - timedelta(days=issue % max(self.results, 1), minutes=issue % 1_000),
                "first_result_id": repository,
            }

    def _events(self) -> Iterator[dict[str, Any]]:
        at = utc_now() - timedelta(days=self.results)
        for issue, repository, _ in self._each_issue():
            yield {"id": issue, "issue_id": issue, "kind": "opened", "at": at, "result_id": repository}

    def _appearances(self) -> Iterator[dict[str, Any]]:
        for issue, _, nth in self._each_issue():
            yield {
                **_shown(issue, nth),
                "id": issue,
                "issue_id": issue,
                "digest": _digest("appearance", issue),
                "type": "sast",
                "begin_line": nth + 1,
                "begin_column": 9,
                "end_line": nth + 1,
                "end_column": 49,
                "in_head": not _is_fixed(nth),
                "commit_id": _digest("commit", issue)[:40],
                "commit_author": "A",
                "commit_date": utc_now(),
                "occurrences": 1 + nth,
                "truncated": False,
            }

    def _findings(self) -> Iterator[dict[str, Any]]:
        for nth in range(self.results):
            for repository in range(1, self.repositories + 1):
                for ordinal in range(self.findings):
                    yield {
                        "result_id": self._result_of(repository, nth),
                        "ordinal": ordinal + 1,
                        "appearance_id": (repository - 1) * self.issues + (ordinal + nth) % self.issues + 1,
                        "change": Change.CARRIED if nth else None,
                    }


def _severity(issue: int) -> Severity:
    return list(Severity)[issue % len(Severity)]


def _is_fixed(nth: int) -> bool:
    return nth % 4 == 3


def _shown(issue: int, nth: int) -> dict[str, Any]:
    """Return the columns that an issue has in common with its appearance."""
    path = f"{_FOLDERS[nth % len(_FOLDERS)]}/module_{issue % 997}/settings_{nth}.py"
    return {
        "fingerprint": _digest("fingerprint", issue),
        "path": path,
        "path_key": path_key(path, None),
        "rule_id": _RULES[issue % len(_RULES)],
        "severity": _severity(issue),
        "confidence": list(Confidence)[nth % len(Confidence)],
        "description": "A made-up token.",
        "redacted": "made... (40 characters)",
    }


def _digest(kind: str, number: int) -> str:
    return hashlib.sha256(f"{kind} {number}".encode()).hexdigest()


def _settle(database: Database) -> None:
    """Do what PostgreSQL itself does some time after many rows have changed, where that is not switched off."""
    if not database.is_sqlite:
        with database._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _store(database: Database, table: type[Table], rows: Iterable[dict[str, Any]]) -> None:
    remaining = iter(rows)
    while batch := list(islice(remaining, _AT_ONCE)):
        with database.session() as session:
            session.execute(insert(rows_of(table)), batch)
