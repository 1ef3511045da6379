"""The outbox: events of the server, and who has heard of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "outbox_event",
        sa.Column("id", _ID, nullable=False, comment="In the order of commits."),
        sa.Column("kind", sa.String(32), nullable=False, comment="result-ended, issue-opened, issue-fixed ..."),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("repository_id", _ID, nullable=True),
        sa.Column("result_id", _ID, nullable=True, comment="The scan that changed it."),
        sa.Column("issue_id", _ID, nullable=True, comment="Null: it is not about an issue."),
        sa.Column("before", sa.Text, nullable=True, comment="Of a moved issue the path, of a renamed one the rule."),
        sa.Column("after", sa.Text, nullable=True, comment="The same after the change."),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_event"),
        comment="One change that a server made.",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_event_at", "outbox_event", ["at"])
    op.create_table(
        "outbox_consumer",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("position", _ID, nullable=False, comment="The last event that was delivered, or skipped."),
        sa.Column(
            "failures",
            sa.SmallInteger,
            nullable=False,
            server_default=sa.text("0"),
            comment="How often the next event could not be delivered.",
        ),
        sa.Column("owner", sa.Text, nullable=True, comment="The process that delivers now."),
        sa.Column("held_until", _MOMENT, nullable=True, comment="Until then no other process delivers."),
        sa.PrimaryKeyConstraint("name", name="pk_outbox_consumer"),
        sa.CheckConstraint("position >= 0 AND failures >= 0", name=op.f("ck_outbox_consumer_counts")),
        comment="Who hears of all events, and up to which one.",
    )
