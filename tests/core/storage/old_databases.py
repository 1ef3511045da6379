"""Databases as the version before issues left them, filled through its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from alembic import command

from beca_core.storage import migrations
from beca_core.storage.services.stored_findings import finding_values
from beca_core.storage.tables import Json, UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from beca_core.storage.database import Database

BEGIN: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)


@dataclass
class OldScan:
    """A successful scan as the version before stored it."""

    repository_id: int | None
    findings: Sequence[Mapping[str, Any]]
    scope: str = "history"
    complete: bool = True
    ruleset: Mapping[str, int] = field(default_factory=lambda: {"secret-key": 1})


def upgrade_to(database: Database, revision: str) -> None:
    """Bring a database up to an earlier version of the schema."""
    with database.session() as session:
        config = migrations._config()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, revision)


def fill(database: Database, repositories: Iterable[int], scans: Sequence[OldScan]) -> None:
    """Store repositories and scans in a database of revision 0007, a minute apart. The results are 1, 2, 3 ..."""
    upgrade_to(database, "0007")
    with database.session() as session:
        connection = session.connection()
        metadata = sa.MetaData()
        repository, result, finding = (
            sa.Table(name, metadata, autoload_with=connection) for name in ("repository", "result", "finding")
        )
        for table in (repository, result, finding):
            for column in table.columns:
                if isinstance(column.type, sa.DateTime):
                    column.type = UtcDateTime()
                elif isinstance(column.type, sa.JSON):
                    column.type = Json
        for number in repositories:
            values = {"id": number, "name": "n", "url": f"u{number}", "created_at": BEGIN, "updated_at": BEGIN}
            connection.execute(repository.insert().values(**values, version=1))
        for number, scan in enumerate(scans, start=1):
            ended = BEGIN + timedelta(minutes=number)
            row = {
                "id": number,
                "repository_id": scan.repository_id,
                "repository_name": "n",
                "repository_url": "u",
                "scope": scan.scope,
                "status": "Success",
                "queued_at": BEGIN,
                "scanning_at": BEGIN,
                "finished_at": ended,
                "attempt": 1,
                "coverage": {"complete": scan.complete},
                "ruleset": dict(scan.ruleset),
                "findings_count": len(scan.findings),
                "revision": 3,
            }
            connection.execute(result.insert().values(**row))
            rows = [
                {"result_id": number, "ordinal": ordinal, "change": document.get("change")}
                | {name: value for name, value in finding_values(1, 1, document).items() if name != "path_key"}
                for ordinal, document in enumerate(scan.findings, start=1)
            ]
            if rows:
                connection.execute(finding.insert(), rows)
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence("result", "id"), len(scans))))
