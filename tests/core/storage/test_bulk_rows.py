"""Rows that are inserted together are what they would be one by one, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from beca_core.findings import Confidence, NameKind, Severity
from beca_core.storage.bulk_rows import insert_rows
from beca_core.storage.models import Appearance, AuditEntry, Way
from beca_core.storage.tables import reserved_ids

if TYPE_CHECKING:
    from beca_core.storage.database import Database

NOW = datetime(2026, 1, 31, 12, 30, 5, 123456, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def appearance(**values: Any) -> dict[str, Any]:
    return {
        "issue_id": None,
        "digest": None,
        "path_key": "0" * 32,
        "type": "sast",
        "rule_id": "rule",
        "severity": Severity.CRITICAL,
        "confidence": Confidence.LOW,
        "path": "a",
        "path_bytes": None,
        "begin_line": 1,
        "begin_column": 2**40,
        "end_line": 3,
        "end_column": 4,
        "description": "",
        "fingerprint": "f",
        "redacted": "",
        "in_head": True,
        "commit_id": "c",
        "commit_author": "A",
        "commit_date": NOW,
        "occurrences": 1,
        "decodings": None,
        "truncated": False,
        "tags": None,
        "parts": None,
        "name_of": None,
        **values,
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=15)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "path": TEXTS,
                "description": TEXTS,
                "path_bytes": st.none() | st.binary(max_size=8),
                "in_head": st.booleans(),
                "tags": st.none() | st.lists(TEXTS, max_size=2),
                "parts": st.none() | st.lists(st.dictionaries(TEXTS, TEXTS | st.integers(0, 9)), max_size=2),
                "name_of": st.none() | st.sampled_from(NameKind),
                "commit_date": st.integers(-60_000, 2_900_000).map(lambda days: NOW + timedelta(days=days)),
            }
        ),
        max_size=5,
    )
)
def test_they_are_what_the_models_insert(database: Database, given_rows: list[dict[str, Any]]) -> None:
    rows = [appearance(**values) for values in given_rows]
    found = []
    for bulk in (True, False):
        with database.session() as session:
            session.execute(delete(Appearance))
            if bulk:
                assert insert_rows(session, Appearance, rows) == len(rows)
            elif rows:
                session.execute(insert(Appearance), rows)
        with database.session(read_only=True) as session:
            stored = session.scalars(select(Appearance).order_by(col(Appearance.id))).all()
            found.append([each.model_dump(exclude={"id"}) for each in stored])
    assert found[0] == found[1]
    assert len(found[0]) == len(rows)


def test_defaults_of_the_database_hold_for_columns_that_are_not_given(database: Database) -> None:
    row = appearance()
    del row["truncated"]
    with database.session() as session:
        insert_rows(session, Appearance, [row])
    with database.session(read_only=True) as session:
        assert session.scalars(select(col(Appearance.truncated))).one() is False


def test_rows_that_are_known_are_an_error_or_left_out(database: Database) -> None:
    row = appearance(digest="d" * 64)
    with database.session() as session:
        assert insert_rows(session, Appearance, [row]) == 1
    with database.session() as session:
        assert insert_rows(session, Appearance, [row, appearance(digest="e" * 64)], skips_known=True) == 1
    with pytest.raises(IntegrityError), database.session() as session:
        insert_rows(session, Appearance, [row])


def test_constraints_hold(database: Database) -> None:
    with pytest.raises(IntegrityError), database.session() as session:
        insert_rows(session, Appearance, [appearance(occurrences=0)])


def test_reserved_ids_are_never_given_twice(database: Database) -> None:
    def take(count: int) -> list[int]:
        with database.session() as session:
            ids = list(reserved_ids(session, AuditEntry, count))
            values = {"at": NOW, "action": "token.created", "record_id": "x", "actor": Way.CLI}
            insert_rows(session, AuditEntry, [{"id": each, **values} for each in ids])
            return ids

    with ThreadPoolExecutor(4) as threads:
        taken = [each for ids in threads.map(take, [7] * 8) for each in ids]
    assert len(set(taken)) == 56
    with database.session() as session:  # a row without an id of its own comes after them
        session.execute(delete(AuditEntry))
        values = {"at": NOW, "action": "token.created", "record_id": "x", "actor": Way.CLI}
        inserted = insert(AuditEntry).values(**values).returning(col(AuditEntry.id))
        assert session.scalars(inserted).one() > max(taken)
        assert list(reserved_ids(session, AuditEntry, 0)) == []
