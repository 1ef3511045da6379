"""The key before the recorded one, so that workers with a wrong one do not start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column; which key there was before an earlier rotation is not known."""
    said = "Hash of the key before it, in hex; null: not known."
    op.add_column("recorded_key", sa.Column("former_key_id", sa.String(16), nullable=True, comment=said))
