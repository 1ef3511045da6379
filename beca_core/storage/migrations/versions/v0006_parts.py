"""Findings record parts, attributes, variant, provider and less specific rules; results, changes of rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Add the columns; existing findings and results have none of it."""
    for name, kind, comment in (
        ("variant", sa.Text, "Name of the rule's variant; null: none."),
        ("provider", sa.Text, "Who issues such secrets; null: nobody in particular."),
        ("category", sa.Text, "Category of the rule; null: none."),
        ("tags", _JSON, "Tags of the rule; null: none."),
        ("parts", _JSON, "Companions of the secret, as in the report; null: none."),
        ("attributes", _JSON, "What else the rule shows, in clear; null: nothing."),
        ("superseded", _JSON, "Less specific rules that found the same secret, as in the report; null: none."),
    ):
        op.add_column("finding", sa.Column(name, kind, nullable=True, comment=comment))
    comment = "Rules that rule files overrode or disabled, as in the report; null: none."
    op.add_column("result", sa.Column("rule_changes", _JSON, nullable=True, comment=comment))
