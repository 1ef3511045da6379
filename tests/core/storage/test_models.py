"""The database refuses inconsistent rows, and returns values as they were stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import col

from beca_core.storage.models import ApiToken, Repository, Result, Status, StoredFinding, Table, UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.database import Database

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ENDED = {"finished_at": NOON}
LEASED = {"lease_owner": "w", "lease_expires_at": NOON}
COVERED: dict[str, Any] = {"coverage": {"complete": True}, "ruleset": {}}
BEGUN = {"scanning_at": NOON, "attempt": 1}

CONSISTENT_RESULTS: dict[str, dict[str, Any]] = {
    "queued": {},
    "released": {"attempt": 2},
    "running": {"status": Status.IN_PROGRESS, **BEGUN, **LEASED},
    "succeeded": {"status": Status.SUCCESS, **BEGUN, **ENDED, **COVERED},
    "failed": {"status": Status.FAILURE, **BEGUN, **ENDED, "failure": {"code": "x"}},
    "failed before it began": {"status": Status.FAILURE, **ENDED, "failure": {"code": "x"}},
}
INCONSISTENT_RESULTS: dict[str, dict[str, Any]] = {
    "an unknown scope": {"scope": "files"},
    "a negative attempt": {"attempt": -1},
    "a negative count": {"findings_count": -1},
    "no revision": {"revision": 0},
    "queued and ended": ENDED,
    "queued and leased": LEASED,
    "queued and begun": {"scanning_at": NOON},
    "queued and failed": {"failure": {"code": "x"}},
    "running without a lease": {"status": Status.IN_PROGRESS, **BEGUN},
    "running under half a lease": {"status": Status.IN_PROGRESS, **BEGUN, "lease_owner": "w"},
    "running but not begun": {"status": Status.IN_PROGRESS, **LEASED},
    "running without an attempt": {"status": Status.IN_PROGRESS, **LEASED, "scanning_at": NOON},
    "running and ended": {"status": Status.IN_PROGRESS, **BEGUN, **LEASED, **ENDED},
    "succeeded and not ended": {"status": Status.SUCCESS, **BEGUN, **COVERED},
    "succeeded and leased": {"status": Status.SUCCESS, **BEGUN, **ENDED, **COVERED, **LEASED},
    "succeeded without coverage": {"status": Status.SUCCESS, **BEGUN, **ENDED, "ruleset": {}},
    "succeeded and failed": {"status": Status.SUCCESS, **BEGUN, **ENDED, **COVERED, "failure": {"code": "x"}},
    "failed without a reason": {"status": Status.FAILURE, **BEGUN, **ENDED},
}


@pytest.mark.parametrize("columns", CONSISTENT_RESULTS.values(), ids=CONSISTENT_RESULTS)
def test_consistent_results_are_stored(add_result: Callable[..., int], columns: dict[str, Any]) -> None:
    assert add_result(**columns) >= 1


@pytest.mark.parametrize("columns", INCONSISTENT_RESULTS.values(), ids=INCONSISTENT_RESULTS)
def test_inconsistent_results_are_refused(add_result: Callable[..., int], columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        add_result(**columns)


def test_a_status_that_does_not_exist_is_refused(database: Database, add_result: Callable[..., int]) -> None:
    add_result()
    with pytest.raises(IntegrityError), database.session() as session:
        session.execute(text("UPDATE result SET status = 'Cancelled'"))


@pytest.mark.parametrize(
    "columns",
    [
        {"ordinal": 0},
        {"occurrences": 0},
        {"begin_line": 0},
        {"begin_column": 0},
        {"begin_line": 2},
        {"end_column": 0},
        {"commit_id": "a" * 40},
        {"commit_id": "a" * 40, "commit_author": "A"},
        {"result_id": 999},
    ],
    ids=str,
)
def test_inconsistent_findings_are_refused(
    add_result: Callable[..., int], add_finding: Callable[..., None], columns: dict[str, Any]
) -> None:
    result_id = add_result()
    with pytest.raises(IntegrityError):
        add_finding(**{"result_id": result_id} | columns)


def test_an_ordinal_of_a_report_is_unique(add_result: Callable[..., int], add_finding: Callable[..., None]) -> None:
    result_id = add_result()
    add_finding(result_id)
    with pytest.raises(IntegrityError):
        add_finding(result_id)


def test_two_repositories_cannot_have_one_url(add_repository: Callable[..., int]) -> None:
    add_repository()
    with pytest.raises(IntegrityError):
        add_repository(name="another")


def test_a_token_without_a_hash_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.session() as session:
        session.execute(insert(ApiToken).values(id="1", name="n", sha256="", scopes=["read"], created_at=NOON))


def test_a_result_remains_when_its_repository_is_deleted(
    database: Database, add_repository: Callable[..., int], add_result: Callable[..., int]
) -> None:
    repository_id = add_repository()
    result_id = add_result(repository_id=repository_id)
    with database.session() as session:
        session.execute(delete(Repository).where(col(Repository.id) == repository_id))
    with database.session(read_only=True) as session:
        result = session.get_one(Result, result_id)
    assert (result.repository_id, result.repository_name) == (None, "shop")


def test_findings_are_deleted_with_their_result(
    database: Database, add_result: Callable[..., int], add_finding: Callable[..., None]
) -> None:
    gone, kept = add_result(), add_result()
    add_finding(gone)
    add_finding(kept)
    with database.session() as session:
        session.execute(delete(Result).where(col(Result.id) == gone))
    with database.session(read_only=True) as session:
        assert session.scalars(select(col(StoredFinding.result_id))).all() == [kept]


def test_an_id_is_never_used_again(database: Database, add_repository: Callable[..., int]) -> None:
    first = add_repository()
    with database.session() as session:
        session.execute(delete(Repository))
    assert add_repository() > first


def test_json_that_is_none_is_stored_as_null(database: Database, add_result: Callable[..., int]) -> None:
    add_result(progress=None)
    with database.session(read_only=True) as session:
        assert session.scalar(select(func.count()).where(col(Result.progress).is_(None))) == 1


def test_a_time_without_a_time_zone_is_refused(add_result: Callable[..., int]) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        add_result(queued_at=NOON.replace(tzinfo=None))


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moment=st.datetimes(
        min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis adds the time zone
        max_value=datetime(9000, 1, 1),  # noqa: DTZ001
        timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
)
def test_a_time_is_returned_in_utc(database: Database, moment: datetime) -> None:
    with database.session(read_only=True) as session:
        returned = session.scalar(select(bindparam("moment", moment, UtcDateTime)))
    assert returned == moment
    assert returned is not None
    assert returned.utcoffset() == timedelta(0)


def test_times_of_different_zones_are_compared_correctly(database: Database, add_result: Callable[..., int]) -> None:
    add_result(queued_at=NOON)
    tokyo = timezone(timedelta(hours=9))
    earlier, later = (NOON + timedelta(seconds=s) for s in (-1, 1))
    with database.session(read_only=True) as session:
        inside = select(func.count()).where(
            col(Result.queued_at) > earlier.astimezone(tokyo), col(Result.queued_at) < later.astimezone(tokyo)
        )
        assert session.scalar(inside) == 1


def test_every_status_is_returned_as_a_status(database: Database, add_result: Callable[..., int]) -> None:
    ids = [add_result(**columns) for columns in CONSISTENT_RESULTS.values()]
    with database.session(read_only=True) as session:
        stored = {session.get_one(Result, result_id).status for result_id in ids}
    assert stored == set(Status)
    assert all(isinstance(status, Status) for status in stored)


def test_no_table_has_a_column_for_a_secret() -> None:
    assert "secret" not in {column for table in Table.metadata.tables.values() for column in table.columns.keys()}  # noqa: SIM118


def test_every_table_has_a_comment() -> None:
    assert all(table.comment for table in Table.metadata.tables.values())


def test_the_hash_of_a_token_is_not_shown() -> None:
    token = ApiToken(id="1", name="n", sha256="f" * 64, scopes=["read"], created_at=NOON)
    assert "f" * 64 not in repr(token)


def test_updates_through_returning_give_models(database: Database, add_repository: Callable[..., int]) -> None:
    repository_id = add_repository()
    statement = update(Repository).where(col(Repository.id) == repository_id).values(name="renamed")
    with database.session() as session:
        changed = session.scalars(statement.returning(Repository)).one()
    assert (changed.id, changed.name, changed.created_at) == (repository_id, "renamed", NOON)
