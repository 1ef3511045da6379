"""What lists and the summary ask is answered from indexes, and from counts that each repository has."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ROWS: Final = 1000
_FOLDED: Final = 500
_SEVERITIES: Final = ("low", "medium", "high", "critical")
_ISSUE: Final = sa.table("issue", *map(sa.column, ("id", "repository_id", "path", "folded_path", "state", "severity")))
_REPOSITORY: Final = sa.table("repository", *map(sa.column, ("id", *(f"open_{severity}" for severity in _SEVERITIES))))


def upgrade() -> None:
    """Add the columns, fill them, and replace the indexes."""
    folded = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
    said = "The end of the path, without its letter case, for searching."
    op.add_column("issue", sa.Column("folded_path", folded, nullable=False, server_default=sa.text("''"), comment=said))
    for columns in (["changed_at", "id"], ["opened_at", "id"], ["state", "severity"]):
        op.drop_index(f"ix_issue_{'_'.join(columns)}", "issue")
    _fold_paths()
    op.create_index("ix_issue_state_changed_at_id", "issue", ["state", "changed_at", "id"])
    op.create_index("ix_issue_changed_at_id", "issue", ["changed_at", "id", "state", "folded_path"])
    op.create_index("ix_issue_opened_at_id", "issue", ["opened_at", "id", "state"])
    _count_issues()


def _fold_paths() -> None:
    """Fold the paths that are ASCII in the database, which does not know the letter case of all others."""
    connection = op.get_bind()
    is_postgresql = connection.dialect.name == "postgresql"
    end = "right(lower(path), :length)" if is_postgresql else "substr(lower(path), -:length)"
    connection.execute(sa.text(f"UPDATE issue SET folded_path = {end}"), {"length": _FOLDED})  # noqa: S608
    in_bytes = "octet_length(path)" if is_postgresql else "length(CAST(path AS BLOB))"
    others = sa.select(_ISSUE.c.id, _ISSUE.c.path).where(sa.text(f"{in_bytes} <> length(path)"))
    following = others.order_by(_ISSUE.c.id).limit(_ROWS)
    fold = sa.update(_ISSUE).where(_ISSUE.c.id == sa.bindparam("issue_id")).values(folded_path=sa.bindparam("folded"))
    last = 0
    while rows := connection.execute(following.where(_ISSUE.c.id > last)).all():
        connection.execute(fold, [{"issue_id": row.id, "folded": row.path.casefold()[-_FOLDED:]} for row in rows])
        last = rows[-1].id


def _count_issues() -> None:
    for severity in _SEVERITIES:
        said = "Issues of this severity that are open or reopened."
        count = sa.Column(f"open_{severity}", sa.BigInteger, nullable=False, server_default=sa.text("0"), comment=said)
        op.add_column("repository", count)
        unfixed = (
            _ISSUE.c.repository_id == _REPOSITORY.c.id,
            _ISSUE.c.state.in_(["open", "reopened"]),
            _ISSUE.c.severity == severity.upper(),
        )
        counted = sa.select(sa.func.count()).select_from(_ISSUE).where(*unfixed).correlate(_REPOSITORY)
        op.execute(sa.update(_REPOSITORY).values({f"open_{severity}": counted.scalar_subquery()}))
