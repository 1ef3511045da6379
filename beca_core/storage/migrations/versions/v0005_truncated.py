"""Findings record whether their secret was cut, because it is too long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; of existing findings it is not known, and most are whole."""
    comment = "Whether it is only the beginning of a longer secret."
    column = sa.Column("truncated", sa.Boolean, nullable=False, server_default=sa.false(), comment=comment)
    op.add_column("finding", column)
