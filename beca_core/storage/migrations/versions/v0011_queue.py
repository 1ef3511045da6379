"""One scan of a repository at a time, priorities of waiting scans, and results that keep the id of their repository."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_RUNNING = sa.text("status = 'In Progress'")
_INDEXES = (
    ("status", "priority", "queued_at", "id"),
    ("repository_id", "status"),
    ("original_repository_id", "queued_at", "id"),
    ("original_repository_id", "status", "queued_at", "id"),
)


def upgrade() -> None:
    """Change the table; of several running scans of one repository, all but the oldest wait again."""
    _add_columns()
    op.execute("UPDATE result SET original_repository_id = repository_id")
    op.execute(
        "UPDATE result SET status = 'Queued', lease_owner = NULL, lease_expires_at = NULL, scanning_at = NULL,"
        " progress = NULL, rung_at = NULL, revision = revision + 1, attempt = attempt - 1"
        " WHERE status = 'In Progress' AND EXISTS (SELECT 1 FROM result AS other WHERE other.status = 'In Progress'"
        " AND other.repository_id = result.repository_id AND other.id < result.id)"
    )
    for columns in (["repository_id", "queued_at", "id"], ["repository_id", "status", "finished_at"]):
        op.drop_index(f"ix_result_{'_'.join(columns)}", "result")
    for columns in map(list, _INDEXES):
        op.create_index(f"ix_result_{'_'.join(columns)}", "result", columns)
    op.create_index(
        "ix_result_running",
        "result",
        ["repository_id"],
        unique=True,
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )


def _add_columns() -> None:
    """Add the columns. The constraint of one comes with it: SQLite cannot add it to a table that exists."""
    priority = sa.Column(
        "priority",
        sa.SmallInteger,
        nullable=False,
        server_default=sa.text("1"),
        comment="Which waiting scan begins first: 0 high, 1 normal, 2 low.",
    )
    original = sa.Column(
        "original_repository_id",
        _ID,
        nullable=True,
        comment="The repository, also after it was deleted; null: that was before this column.",
    )
    op.add_column("result", original)
    constraint = "priority BETWEEN 0 AND 2"
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("result", priority)
        op.create_check_constraint(op.f("ck_result_priority"), "result", constraint)
    else:
        op.execute(
            "ALTER TABLE result ADD COLUMN priority SMALLINT DEFAULT 1 NOT NULL"
            f" CONSTRAINT ck_result_priority CHECK ({constraint})"
        )
