"""Findings record the decodings that revealed their secret."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the column; existing findings were found without a decoding."""
    comment = "Through which the secret was seen, the outermost first; null: none."
    op.add_column("finding", sa.Column("decodings", _JSON, nullable=True, comment=comment))
