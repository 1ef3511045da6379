"""Rows that satisfy every constraint, for tests to change."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from beca_core.findings import Confidence, Severity
from beca_core.storage.database import Database
from beca_core.storage.models import Appearance, Repository, Result, Status, StoredFinding, StoredRuleset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def add_repository(database: Database) -> Callable[..., int]:
    """Stores a repository, with some columns changed, and returns its id."""

    def add(**changes: Any) -> int:
        values = {"name": "shop", "url": "https://example.org/shop", "created_at": NOON, "updated_at": NOON} | changes
        with database.session() as session:
            return session.scalars(insert(Repository).values(**values).returning(Repository)).one().id

    return add


@pytest.fixture
def add_result(database: Database) -> Callable[..., int]:
    """Stores a result, with some columns changed, and returns its id. `ruleset` holds the rules themselves."""

    def add(ruleset: dict[str, int] | None = None, **changes: Any) -> int:
        if ruleset is not None:
            changes["ruleset_digest"] = secrets.token_hex(32)
            with database.session() as session:
                session.execute(insert(StoredRuleset).values(digest=changes["ruleset_digest"], rules=ruleset))
        values = {
            "repository_id": None,
            "repository_name": "shop",
            "repository_url": "https://example.org/shop",
            "scope": "history",
            "status": Status.QUEUED,
            "queued_at": NOON,
        } | changes
        with database.session() as session:
            return session.scalars(insert(Result).values(**values).returning(Result)).one().id

    return add


@pytest.fixture
def add_finding(database: Database) -> Callable[..., None]:
    """Stores a finding of a result and its appearance, with some columns changed."""

    def add(result_id: int, ordinal: int = 1, change: str | None = None, **changes: Any) -> None:
        values = {
            "type": "sast",
            "rule_id": "secret-key",
            "severity": Severity.HIGH,
            "confidence": Confidence.LOW,
            "path": "a.env",
            "path_key": "0" * 32,
            "begin_line": 1,
            "begin_column": 1,
            "end_line": 1,
            "end_column": 12,
            "description": "A key",
            "fingerprint": "0" * 64,
            "redacted": "priv...(11)",
            "in_head": True,
            "occurrences": 1,
        } | changes
        with database.session() as session:
            appearance = session.scalars(insert(Appearance).values(**values).returning(Appearance)).one().id
            finding = {"result_id": result_id, "ordinal": ordinal, "appearance_id": appearance, "change": change}
            session.execute(insert(StoredFinding).values(**finding))

    return add


@pytest.fixture(scope="session")
def make_finding() -> Callable[..., dict[str, Any]]:
    """Returns a finding as a scan prints it, with some members changed."""

    def make(**changes: Any) -> dict[str, Any]:
        return {
            "type": "sast",
            "ruleId": "secret-key",
            "location": {
                "path": "config/app.env",
                "positions": {"begin": {"line": 12, "column": 1}, "end": {"line": 12, "column": 40}},
            },
            "metadata": {"description": "A key", "severity": "HIGH", "confidence": "LOW"},
            "fingerprint": "0f" * 32,
            "redacted": "priv...(38)",
            "inHead": True,
            "commit": {"id": "ab" * 20, "author": "Ann <ann@example.org>", "date": "2026-01-31T10:00:00Z"},
            "occurrences": 41,
        } | changes

    return make


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """An SQLite database with BECA's schema and no rows, beside one of each kind."""
    with Database(sqlite_url) as database:
        yield database
