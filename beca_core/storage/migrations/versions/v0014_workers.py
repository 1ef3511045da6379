"""The register of workers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "worker",
        sa.Column("name", sa.Text, nullable=False, comment="Begins the owners of its leases."),
        sa.Column("host", sa.Text, nullable=False, comment="Name of its machine."),
        sa.Column("version", sa.Text, nullable=False, comment="Of its BECA."),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False, comment="When it last said that it is alive."),
        sa.Column("slots", sa.SmallInteger, nullable=False, comment="Scans that it runs at once."),
        sa.PrimaryKeyConstraint("name", name="pk_worker"),
        sa.CheckConstraint("slots >= 1", name=op.f("ck_worker_slots")),
        comment="A process that runs scans.",
    )
