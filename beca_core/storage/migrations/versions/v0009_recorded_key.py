"""The database records which key its fingerprints are made with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table; the next server or worker that starts records its key."""
    op.create_table(
        "recorded_key",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False, comment="Hash of the key, in hex."),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recorded_key"),
        sa.CheckConstraint("id = 1", name=op.f("ck_recorded_key_single")),
        sa.CheckConstraint("length(key_id) = 16", name=op.f("ck_recorded_key_key_id")),
        comment="Which key the fingerprints are made with; at most one row.",
    )
