"""The first schema: repositories, results, findings and API tokens."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_repository()
    _create_result()
    _create_finding()
    _create_api_token()


def _create_repository() -> None:
    op.create_table(
        "repository",
        _column("id", _ID, "Never used again."),
        _column("name", sa.String(255), "What users call it; not unique."),
        _column("url", sa.Text, "Canonical URL, without user info."),
        _column("created_at", _MOMENT),
        _column("updated_at", _MOMENT),
        _column("version", sa.BigInteger, "Counts the changes; the entity tag."),
        sa.PrimaryKeyConstraint("id", name="pk_repository"),
        sa.UniqueConstraint("url", name="uq_repository_url"),
        _check("repository", "version", "version >= 1"),
        comment="A git repository that a user registered for scanning.",
        sqlite_autoincrement=True,
    )


def _create_result() -> None:
    op.create_table(
        "result",
        _column("id", _ID, "Never used again."),
        _column("repository_id", _ID, "Null once the repository was deleted.", nullable=True),
        _column("repository_name", sa.String(255), "As it was when queued."),
        _column("repository_url", sa.Text, "As it was when queued."),
        _column("scope", sa.String(16), "history: all versions; head: files at HEAD."),
        _column("status", sa.String(16)),
        _column("queued_at", _MOMENT),
        _column("scanning_at", _MOMENT, "When the latest attempt began.", nullable=True),
        _column("finished_at", _MOMENT, nullable=True),
        _column("attempt", sa.BigInteger, "Workers that began it and did not give it back."),
        _column("lease_owner", sa.Text, "Who scans it now.", nullable=True),
        _column("lease_expires_at", _MOMENT, "From then on another worker may take it.", nullable=True),
        _column("rung_at", _MOMENT, "When workers were last told of it.", nullable=True),
        _column("progress", _JSON, nullable=True),
        _column("coverage", _JSON, "What was read, and what was not.", nullable=True),
        _column("ruleset", _JSON, "Version of each rule that took part.", nullable=True),
        _column("failure", _JSON, "Why it failed: code and message.", nullable=True),
        _column("findings_count", sa.BigInteger),
        _column("revision", sa.BigInteger, "Counts the visible changes; the entity tag."),
        sa.PrimaryKeyConstraint("id", name="pk_result"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name="fk_result_repository_id_repository", ondelete="SET NULL"
        ),
        _check("result", "scope", "scope IN ('history', 'head')"),
        _check("result", "status", "status IN ('Queued', 'In Progress', 'Success', 'Failure')"),
        _check("result", "counts", "attempt >= 0 AND findings_count >= 0 AND revision >= 1"),
        _check("result", "finished", "(finished_at IS NOT NULL) = (status IN ('Success', 'Failure'))"),
        _check("result", "failed", "(failure IS NOT NULL) = (status = 'Failure')"),
        _check("result", "covered", "status <> 'Success' OR (coverage IS NOT NULL AND ruleset IS NOT NULL)"),
        _check(
            "result",
            "leased",
            "(lease_owner IS NOT NULL) = (status = 'In Progress')"
            " AND (lease_expires_at IS NOT NULL) = (status = 'In Progress')",
        ),
        _check("result", "waiting", "status <> 'Queued' OR scanning_at IS NULL"),
        _check(
            "result", "begun", "status NOT IN ('In Progress', 'Success') OR (scanning_at IS NOT NULL AND attempt >= 1)"
        ),
        comment="One scan of one repository.",
        sqlite_autoincrement=True,
    )
    for columns in (["queued_at", "id"], ["status", "queued_at", "id"], ["repository_id", "queued_at", "id"]):
        op.create_index(f"ix_result_{'_'.join(columns)}", "result", columns)


def _create_finding() -> None:
    op.create_table(
        "finding",
        _column("result_id", _ID),
        _column("ordinal", sa.BigInteger, "Place in the report: 1, 2, 3 and so on."),
        _column("type", sa.String(32), "Kind of analysis."),
        _column("rule_id", sa.String(255)),
        _column("severity", sa.String(16)),
        _column("confidence", sa.String(16)),
        _column("path", sa.Text, "Relative to the repository's root."),
        _column("path_bytes", sa.LargeBinary, "The path where it is not valid UTF-8.", nullable=True),
        _column("begin_line", sa.BigInteger),
        _column("begin_column", sa.BigInteger),
        _column("end_line", sa.BigInteger),
        _column("end_column", sa.BigInteger, "Just behind the last character."),
        _column("description", sa.Text),
        _column("fingerprint", sa.String(64), "Keyed hash of rule and secret, in hex."),
        _column("redacted", sa.Text, "At most four characters and the length."),
        _column("in_head", sa.Boolean, "Whether it stands there in the current version."),
        _column("commit_id", sa.String(64), nullable=True),
        _column("commit_author", sa.Text, nullable=True),
        _column("commit_date", _MOMENT, nullable=True),
        _column("occurrences", sa.BigInteger, "Versions of the file that had it."),
        sa.PrimaryKeyConstraint("result_id", "ordinal", name="pk_finding"),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name="fk_finding_result_id_result", ondelete="CASCADE"),
        _check("finding", "severity", "severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')"),
        _check("finding", "confidence", "confidence IN ('LOW', 'MEDIUM', 'HIGH')"),
        _check("finding", "counts", "ordinal >= 1 AND occurrences >= 1"),
        _check("finding", "begin", "begin_line >= 1 AND begin_column >= 1"),
        _check("finding", "end", "end_line >= begin_line AND end_column >= 1"),
        _check(
            "finding",
            "commit",
            "(commit_id IS NULL) = (commit_author IS NULL) AND (commit_id IS NULL) = (commit_date IS NULL)",
        ),
        comment="One finding of one result, without the secret.",
    )
    op.create_index("ix_finding_result_id_rule_id", "finding", ["result_id", "rule_id"])
    op.create_index("ix_finding_fingerprint", "finding", ["fingerprint"])


def _create_api_token() -> None:
    op.create_table(
        "api_token",
        _column("id", sa.String(16), "Stands in the token itself."),
        _column("name", sa.String(255), "Who or what uses it."),
        _column("sha256", sa.String(64), "Of the random part, in hex."),
        _column("scopes", _JSON, "What it may do: read, write."),
        _column("created_at", _MOMENT),
        _column("expires_at", _MOMENT, nullable=True),
        _column("revoked_at", _MOMENT, nullable=True),
        _column("last_used_at", _MOMENT, "To the minute.", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        _check("api_token", "sha256", "length(sha256) = 64"),
        comment="A bearer token of the REST API; only the hash of its random part is kept.",
    )


def _column(name: str, kind: Any, comment: str | None = None, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, comment=comment)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
