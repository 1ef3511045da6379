"""The migrations produce the schema of the models, from any version, and also if several processes run them."""

from __future__ import annotations

import multiprocessing
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, inspect, text

from beca_core.errors import SchemaMismatch
from beca_core.findings import Change
from beca_core.storage import migrations
from beca_core.storage.database import Database
from beca_core.storage.models import Appearance, StoredFinding, Table
from beca_core.storage.services.results import ResultService
from beca_core.storage.services.stored_findings import finding_values

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    with Database(empty_database_url) as database:
        yield database


def tables(database: Database) -> set[str]:
    with database.session(read_only=True) as session:
        return set(inspect(session.connection()).get_table_names())


def pretend_revision(database: Database, revision: str) -> None:
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_an_empty_database_gets_all_tables(empty: Database) -> None:
    empty.upgrade()
    assert tables(empty) == {*Table.metadata.tables, "alembic_version"}
    empty.check_schema()


def test_upgrading_again_changes_nothing(empty: Database) -> None:
    empty.upgrade()
    with empty.session() as session:
        session.execute(
            text(
                "INSERT INTO repository (name, url, created_at, updated_at, version)"
                " VALUES ('n', 'u', '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00', 1)"
            )
        )
    empty.upgrade()
    with empty.session(read_only=True) as session:
        assert session.scalar(text("SELECT count(*) FROM repository")) == 1


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005", "0006", "0007"])
def test_findings_of_an_earlier_schema_are_kept(empty: Database, revision: str) -> None:
    with empty.session() as session:
        config = migrations._config()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, revision)
        for statement in OF_THE_FIRST_SCHEMA:
            session.execute(text(statement))
    empty.upgrade()
    empty.check_schema()
    results = ResultService(empty)
    (finding,) = results.findings(1).items
    assert (finding["ruleId"], finding["location"]["path"]) == ("secret-key", "a.env")
    assert not finding["metadata"].keys() & {"decodings", "truncated", "variant", "provider", "category", "tags"}
    assert not finding["metadata"].keys() & {"labels", "loweredFrom"}
    assert not finding.keys() & {"parts", "attributes", "superseded"}
    assert "change" not in finding
    assert "presence" not in finding
    assert results.get(1).changes is None
    assert not results.findings(1, change="new").items


def test_rows_of_the_version_before_stay_as_they_are_beside_new_ones(empty: Database) -> None:
    """A finding with everything that the version before knew, and then one of this version in the same result."""
    with empty.session() as session:
        config = migrations._config()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0005")
        session.execute(text(OF_THE_FIRST_SCHEMA[0]))
        session.execute(text(OF_THE_VERSION_BEFORE))
    empty.upgrade()
    results = ResultService(empty)
    (before,) = results.findings(1).items
    assert before == {
        "type": "sast",
        "ruleId": "pem-private-key",
        "location": {
            "path": "a",
            "positions": {"begin": {"line": 1, "column": 2}, "end": {"line": 3, "column": 4}},
        },
        "metadata": {
            "description": "d",
            "severity": "CRITICAL",
            "confidence": "HIGH",
            "decodings": ["base64"],
            "truncated": True,
        },
        "fingerprint": "f",
        "redacted": "r",
        "inHead": False,
        "commit": {"id": "c", "author": "a", "date": "2026-01-01T00:00:00Z"},
        "occurrences": 7,
        "presence": "removed",
        "change": "new",
    }
    superseded = [{"ruleId": "generic", "fingerprint": "0" * 64}]
    now = before | {"attributes": {"region": "eu"}, "superseded": superseded}
    now["metadata"] = before["metadata"] | {"variant": "test", "tags": ["a"], "labels": ["test"], "loweredFrom": "HIGH"}
    with empty.session() as session:
        session.add(appearance := Appearance(**finding_values(1, 2, now)))
        session.flush()
        session.add(StoredFinding(result_id=1, ordinal=2, appearance_id=appearance.id, change=Change.NEW))
    assert list(results.findings(1).items) == [before, now]


OF_THE_VERSION_BEFORE = (
    "INSERT INTO finding (result_id, ordinal, type, rule_id, severity, confidence, path, path_bytes, begin_line,"
    " begin_column, end_line, end_column, description, fingerprint, redacted, in_head, commit_id, commit_author,"
    " commit_date, occurrences, decodings, truncated, change, presence) VALUES (1, 1, 'sast', 'pem-private-key',"
    " 'CRITICAL', 'HIGH', 'a', NULL, 1, 2, 3, 4, 'd', 'f', 'r', false, 'c', 'a', '2026-01-01 00:00:00+00', 7,"
    " '[\"base64\"]', true, 'new', 'removed')"
)

OF_THE_FIRST_SCHEMA = (
    (
        "INSERT INTO result (id, repository_name, repository_url, scope, status, queued_at, scanning_at, finished_at,"
        " attempt, coverage, ruleset, findings_count, revision) VALUES (1, 'n', 'u', 'head', 'Success',"
        " '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00', 1, '{}', '{}', 1, 1)"
    ),
    (
        "INSERT INTO finding (result_id, ordinal, type, rule_id, severity, confidence, path, begin_line, begin_column,"
        " end_line, end_column, description, fingerprint, redacted, in_head, occurrences) VALUES (1, 1, 'sast',"
        " 'secret-key', 'HIGH', 'LOW', 'a.env', 1, 1, 1, 9, 'd', 'f', 'r', true, 1)"
    ),
)


def test_the_migrations_produce_the_schema_of_the_models(database: Database) -> None:
    with database.session(read_only=True) as session:
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Table.metadata) == []


def test_constraints_of_models_and_migrations_are_the_same(database: Database) -> None:
    """Alembic does not compare CHECK constraints, primary keys and the ON DELETE of foreign keys."""
    with database.session() as session:
        connection = session.connection()
        by_migrations = constraints(connection)
        Table.metadata.drop_all(connection)
        Table.metadata.create_all(connection)
        by_models = constraints(connection)
        session.rollback()
    assert by_migrations == by_models
    assert {name for kind, _, name, *_ in by_models if kind == "check"} == {
        str(constraint.name)
        for table in Table.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }


def constraints(connection: Connection) -> set[tuple[str, ...]]:
    inspector = inspect(connection)
    found: set[tuple[str, ...]] = set()
    for table in Table.metadata.tables:
        found |= {("check", table, str(c["name"]), c["sqltext"]) for c in inspector.get_check_constraints(table)}
        found |= {
            ("foreign", table, str(c["name"]), *c["constrained_columns"], str(c.get("options")))
            for c in inspector.get_foreign_keys(table)
        }
        key = inspector.get_pk_constraint(table)
        found.add(("primary", table, str(key["name"]), *key["constrained_columns"]))
    return found


def test_threads_that_upgrade_at_once_all_succeed(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for upgrade in [pool.submit(open_and_upgrade, empty_database_url) for _ in range(4)]:
            upgrade.result(timeout=30)
    with Database(empty_database_url) as database:
        database.check_schema()


@pytest.mark.slow
def test_processes_that_upgrade_at_once_all_succeed(empty_database_url: str) -> None:
    processes = multiprocessing.get_context("spawn")
    upgrades = [processes.Process(target=open_and_upgrade, args=(empty_database_url,)) for _ in range(2)]
    for upgrade in upgrades:
        upgrade.start()
    for upgrade in upgrades:
        upgrade.join(30)
    assert [upgrade.exitcode for upgrade in upgrades] == [0, 0]
    with Database(empty_database_url) as database:
        database.check_schema()


def open_and_upgrade(url: str) -> None:
    with Database(url) as database:
        database.upgrade()


def test_a_database_without_tables_needs_an_upgrade(empty: Database) -> None:
    with pytest.raises(SchemaMismatch, match=r"no tables of BECA yet.*beca db upgrade"):
        empty.check_schema()


def test_an_older_schema_needs_an_upgrade(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    empty.upgrade()
    monkeypatch.setattr("alembic.script.ScriptDirectory.get_heads", lambda _scripts: ["a later one"])
    with pytest.raises(SchemaMismatch, match=r"older than this BECA.*beca db upgrade"):
        empty.check_schema()


def test_a_newer_schema_needs_a_newer_beca(empty: Database) -> None:
    empty.upgrade()
    pretend_revision(empty, "9999")
    for act in (empty.check_schema, empty.upgrade):
        with pytest.raises(SchemaMismatch, match="This BECA is older than the database"):
            act()


def test_an_upgrade_that_fails_is_rolled_back(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("alembic.op.create_index", fail)
    with pytest.raises(RuntimeError):
        empty.upgrade()
    assert tables(empty) == set()


def test_tables_of_another_program_are_left_alone(tmp_path: object) -> None:
    path = f"{tmp_path}/other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE result (mine)")
    other.close()
    with Database(f"sqlite:///{path}") as database:
        with pytest.raises(SchemaMismatch, match="another program"):
            database.upgrade()
        assert tables(database) == {"result"}


def test_the_migrations_are_part_of_the_package() -> None:
    names = {entry.name for entry in files("beca_core.storage.migrations").joinpath("versions").iterdir()}
    assert "v0001_initial.py" in names
