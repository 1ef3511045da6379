"""Rows that satisfy every constraint, for tests to change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from beca_core.findings import Confidence, Severity
from beca_core.storage.models import Repository, Result, Status, StoredFinding

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database

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
    """Stores a result, with some columns changed, and returns its id."""

    def add(**changes: Any) -> int:
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
    """Stores a finding of a result, with some columns changed."""

    def add(result_id: int, **changes: Any) -> None:
        values = {
            "result_id": result_id,
            "ordinal": 1,
            "type": "sast",
            "rule_id": "secret-key",
            "severity": Severity.HIGH,
            "confidence": Confidence.LOW,
            "path": "a.env",
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
            session.execute(insert(StoredFinding).values(**values))

    return add
