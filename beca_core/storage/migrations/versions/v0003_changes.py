"""Results and findings record what has changed since an earlier scan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_CHOICE = "change IN ('new', 'carried', 'gone')"


def upgrade() -> None:
    """Add the columns; existing results were not compared with an earlier scan."""
    comment = "New, carried and gone findings; null: not compared with an earlier scan."
    op.add_column("result", sa.Column("changes", _JSON, nullable=True, comment=comment))
    comment = "What has become of it since an earlier scan; null: not compared with one."
    choice = sa.CheckConstraint(_CHOICE, name=op.f("ck_finding_change"))
    op.add_column("finding", sa.Column("change", sa.String(16), choice, nullable=True, comment=comment))
