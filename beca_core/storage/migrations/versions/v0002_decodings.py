"""Findings say through which decodings their secret was seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the column; findings that are there already were seen as they stand."""
    comment = "Through which the secret was seen, the outermost first; null: none."
    op.add_column("finding", sa.Column("decodings", _JSON, nullable=True, comment=comment))
