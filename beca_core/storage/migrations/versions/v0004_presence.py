"""Findings record where a secret stands that is not at its place in the current version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_CHOICE = (
    "presence IN ('removed', 'other-branch', 'message', 'other-message', 'tag', 'stash', 'notes', 'staged',"
    " 'unreachable')"
)


def upgrade() -> None:
    """Add the column; it is not known where earlier findings stand that are not at HEAD."""
    comment = "Where it stands if it is not in the current version; null: it is, or that is not known."
    choice = sa.CheckConstraint(_CHOICE, name=op.f("ck_finding_presence"))
    op.add_column("finding", sa.Column("presence", sa.String(16), choice, nullable=True, comment=comment))
