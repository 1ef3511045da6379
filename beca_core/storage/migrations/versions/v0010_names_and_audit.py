"""Findings record whether a secret is in a name; an audit log records who changed what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the column and the table; in existing findings, each secret is in a content."""
    comment = "What has the secret in its name; null: it is in a content."
    choice = sa.CheckConstraint("name_of IN ('path', 'ref')", name=op.f("ck_appearance_name_of"))
    op.add_column("appearance", sa.Column("name_of", sa.String(16), choice, nullable=True, comment=comment))
    op.create_index("ix_issue_repository_id_urgency_id", "issue", ["repository_id", "urgency", "id"])
    op.create_table(
        "audit_entry",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(32), nullable=False, comment="What was done, such as repository.created."),
        sa.Column("record_id", sa.Text(), nullable=False, comment="Id of the record to which it was done."),
        sa.Column("actor", sa.String(16), nullable=False, comment="By which way: api or cli."),
        sa.Column("token_id", sa.Text(), nullable=True, comment="Token of the caller; null: none was needed."),
        sa.Column("client", sa.Text(), nullable=True, comment="Network address of the caller; null: it has none."),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
        sa.CheckConstraint("actor IN ('api', 'cli')", name=op.f("ck_audit_entry_actor")),
        comment="Who did what to which record; written in the transaction that did it.",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_action_record_id", "audit_entry", ["action", "record_id"])
