"""Findings record the labels of their paths, and the confidence that these have lowered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Add the columns; existing findings have no labels."""
    comment = "What its path says of it; null: nothing."
    op.add_column("finding", sa.Column("labels", _JSON, nullable=True, comment=comment))
    comment = "Confidence by its content; null: the labels have not lowered it."
    choice = sa.CheckConstraint("lowered_from IN ('LOW', 'MEDIUM', 'HIGH')", name=op.f("ck_finding_lowered_from"))
    op.add_column("finding", sa.Column("lowered_from", sa.String(16), choice, nullable=True, comment=comment))
