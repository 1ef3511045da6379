"""Issues: one identity for each secret at a path; findings become references, and rule sets are stored once.

Nothing that a result shows changes. The successful scans of each repository are replayed in the order in which they
ended, to learn which issues they would have opened, fixed and reopened. Results of deleted repositories have none.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from beca_core.storage.migrations.issue_replay import replay

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_MOMENT = sa.DateTime(timezone=True)
_SEVERITIES = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
_CONFIDENCES = ("LOW", "MEDIUM", "HIGH")
_PRESENCES = (
    "removed", "other-branch", "message", "other-message", "tag", "stash", "notes", "staged", "unreachable",
)  # fmt: skip
_DETAILS: dict[str, Any] = {
    "type": sa.String(32), "rule_id": sa.String(255), "severity": sa.String(16), "confidence": sa.String(16),
    "path": sa.Text, "path_bytes": sa.LargeBinary, "begin_line": sa.BigInteger, "begin_column": sa.BigInteger,
    "end_line": sa.BigInteger, "end_column": sa.BigInteger, "description": sa.Text, "fingerprint": sa.String(64),
    "redacted": sa.Text, "in_head": sa.Boolean, "commit_id": sa.String(64), "commit_author": sa.Text,
    "commit_date": _MOMENT, "occurrences": sa.BigInteger, "decodings": _JSON, "truncated": sa.Boolean,
    "presence": sa.String(16), "variant": sa.Text, "provider": sa.Text, "category": sa.Text, "tags": _JSON,
    "parts": _JSON, "attributes": _JSON, "superseded": _JSON, "labels": _JSON, "lowered_from": sa.String(16),
}  # fmt: skip
"""The columns of a finding that an appearance takes over."""


def upgrade() -> None:
    """Create the tables, and convert what is stored."""
    check = _check("repository", "scans", "scans >= 0")
    comment = "Counts the scans that ended as successes."
    scans = sa.Column("scans", sa.BigInteger, check, nullable=False, server_default=sa.text("0"), comment=comment)
    op.add_column("repository", scans)
    op.add_column(
        "repository", _column("scanned_at", _MOMENT, "When the latest of these ended; null: none.", nullable=True)
    )
    op.add_column("repository", _column("latest_result_id", _ID, "Its result.", nullable=True))
    op.create_index("ix_repository_scanned_at", "repository", ["scanned_at"])
    op.execute(
        "UPDATE repository SET scans = (SELECT count(*) FROM result WHERE result.repository_id = repository.id"
        " AND status = 'Success')"
    )
    latest = (
        "UPDATE repository SET {} = (SELECT {} FROM result WHERE result.repository_id = repository.id"
        " AND status = 'Success' ORDER BY finished_at DESC, id DESC LIMIT 1)"
    )
    op.execute(latest.format("scanned_at", "finished_at"))
    op.execute(latest.format("latest_result_id", "id"))
    op.execute("CREATE TABLE finding_before AS SELECT * FROM finding")
    op.create_index("ix_finding_before", "finding_before", ["result_id", "ordinal"])
    op.drop_table("finding")
    _store_rulesets_once()
    _create_issue()
    _create_appearance()
    _create_finding()
    replay(op.get_bind())
    op.drop_table("finding_before")


def _store_rulesets_once() -> None:
    """Replace the rules of each result by a reference. Nothing refers to results meanwhile: SQLite copies the table."""
    comment = "Versions of the rules of one or many scans."
    ruleset = op.create_table(
        "ruleset",
        _column("digest", sa.String(64), "SHA-256 of the rules."),
        _column("rules", _JSON, "Version of each rule that took part."),
        sa.PrimaryKeyConstraint("digest", name="pk_ruleset"),
        comment=comment,
    )
    op.add_column("result", sa.Column("ruleset_digest", sa.String(64), nullable=True))
    connection = op.get_bind()
    result = sa.table("result", sa.column("id"), sa.column("ruleset", _JSON), sa.column("ruleset_digest"))
    known: set[str] = set()
    for result_id in connection.scalars(sa.select(result.c.id).where(result.c.ruleset.is_not(None))).all():
        rules = connection.scalar(sa.select(result.c.ruleset).where(result.c.id == result_id))
        digest = hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()
        if digest not in known:
            connection.execute(ruleset.insert().values(digest=digest, rules=rules))
            known.add(digest)
        connection.execute(result.update().where(result.c.id == result_id).values(ruleset_digest=digest))
    last = connection.scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'result'")) if _sqlite() else None
    with op.batch_alter_table("result", copy_from=_result_before()) as batch:
        batch.drop_constraint(op.f("ck_result_covered"), type_="check")
        batch.drop_column("ruleset")
        covered = "status <> 'Success' OR (coverage IS NOT NULL AND ruleset_digest IS NOT NULL)"
        batch.create_check_constraint(op.f("ck_result_covered"), covered)
        batch.create_foreign_key("fk_result_ruleset_digest_ruleset", "ruleset", ["ruleset_digest"], ["digest"])
        batch.create_index("ix_result_repository_id_status_finished_at", ["repository_id", "status", "finished_at"])
    if last is not None:  # ids are never used again
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'result'"))
        connection.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('result', :last)"), {"last": last})


def _result_before() -> sa.Table:
    leased = (
        "(lease_owner IS NOT NULL) = (status = 'In Progress')"
        " AND (lease_expires_at IS NOT NULL) = (status = 'In Progress')"
    )
    begun = "status NOT IN ('In Progress', 'Success') OR (scanning_at IS NOT NULL AND attempt >= 1)"
    return sa.Table(
        "result",
        sa.MetaData(),
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
        _column(
            "changes", _JSON, "New, carried and gone findings; null: not compared with an earlier scan.", nullable=True
        ),
        _column(
            "rule_changes",
            _JSON,
            "Rules that rule files overrode or disabled, as in the report; null: none.",
            nullable=True,
        ),
        _column("ruleset_digest", sa.String(64), nullable=True),
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
        _check("result", "leased", leased),
        _check("result", "waiting", "status <> 'Queued' OR scanning_at IS NULL"),
        _check("result", "begun", begun),
        sa.Index("ix_result_queued_at_id", "queued_at", "id"),
        sa.Index("ix_result_status_queued_at_id", "status", "queued_at", "id"),
        sa.Index("ix_result_repository_id_queued_at_id", "repository_id", "queued_at", "id"),
        comment="One scan of one repository.",
        sqlite_autoincrement=True,
    )


def _create_issue() -> None:
    op.create_table(
        "issue",
        _column("id", _ID, "Never used again."),
        _column("repository_id", _ID),
        _column("fingerprint", sa.String(64), "Keyed hash of rule and secret, in hex."),
        _column("path_key", sa.String(32), "Hash of the path's bytes, in hex."),
        _column("path", sa.Text, "Relative to the repository's root."),
        _column("path_bytes", sa.LargeBinary, "The path where it is not valid UTF-8.", nullable=True),
        _column("rule_id", sa.String(255)),
        _column("severity", sa.String(16)),
        _column("confidence", sa.String(16)),
        _column("urgency", sa.SmallInteger, "Orders issues by severity, then by confidence."),
        _column("description", sa.Text),
        _column("redacted", sa.Text, "At most four characters and the length."),
        _column("state", sa.String(16)),
        _column("standing", sa.String(16)),
        _column(
            "presence",
            sa.String(16),
            "Where it stands if not at HEAD; null: it is at HEAD, absent, or that is not known.",
            nullable=True,
        ),
        _column("opened_at", _MOMENT, "When it was first found."),
        _column("changed_at", _MOMENT, "When its state last changed."),
        _column("first_result_id", _ID, "The result that found it first."),
        _column("first_commit_id", sa.String(64), "What that result named as the commit.", nullable=True),
        _column("last_result_id", _ID, "The last result with it; null: it still stands somewhere.", nullable=True),
        _column("last_commit_id", sa.String(64), "What the latest result with it named as the commit.", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_issue"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name="fk_issue_repository_id_repository", ondelete="CASCADE"
        ),
        _choice("issue", "severity", _SEVERITIES),
        _choice("issue", "confidence", _CONFIDENCES),
        _choice("issue", "state", ("pending", "open", "fixed", "reopened")),
        _choice("issue", "standing", ("absent", "elsewhere", "head")),
        _choice("issue", "presence", _PRESENCES),
        _check("issue", "path_key", "length(path_key) = 32"),
        _check("issue", "last", "(last_result_id IS NOT NULL) = (standing = 'absent')"),
        comment="A secret at a path of a repository.",
        sqlite_autoincrement=True,
    )
    place = ["repository_id", "fingerprint", "path_key"]
    op.create_index(f"ix_issue_{'_'.join(place)}", "issue", place, unique=True)
    for columns in (
        ["repository_id", "state", "changed_at", "id"],
        ["repository_id", "changed_at", "id"],
        ["rule_id", "changed_at", "id"],
        ["changed_at", "id"],
        ["opened_at", "id"],
        ["urgency", "id"],
        ["state", "severity"],
    ):
        op.create_index(f"ix_issue_{'_'.join(columns)}", "issue", columns)
    op.create_table(
        "issue_event",
        _column("id", _ID, "In the order of time."),
        _column("issue_id", _ID),
        _column("kind", sa.String(16), "opened, fixed, reopened, moved or renamed."),
        _column("at", _MOMENT),
        _column("result_id", _ID, "The scan that saw it; null: it was not a scan.", nullable=True),
        _column("before", sa.Text, "Of a moved one the path, of a renamed one the rule.", nullable=True),
        _column("after", sa.Text, "The same after the change.", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_issue_event"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_issue_event_issue_id_issue", ondelete="CASCADE"),
        comment="One change of an issue.",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_issue_event_issue_id_id", "issue_event", ["issue_id", "id"])


def _create_appearance() -> None:
    comments = {
        "type": "Kind of analysis.",
        "path": "Relative to the repository's root.",
        "path_bytes": "The path where it is not valid UTF-8.",
        "end_column": "Just behind the last character.",
        "fingerprint": "Keyed hash of rule and secret, in hex.",
        "redacted": "At most four characters and the length.",
        "in_head": "Whether it stands there in the current version.",
        "occurrences": "Versions of the file that had it.",
        "decodings": "Through which the secret was seen, the outermost first; null: none.",
        "truncated": "Whether it is only the beginning of a longer secret.",
        "presence": "Where it stands if it is not in the current version; null: it is, or that is not known.",
        "variant": "Name of the rule's variant; null: none.",
        "provider": "Who issues such secrets; null: nobody in particular.",
        "category": "Category of the rule; null: none.",
        "tags": "Tags of the rule; null: none.",
        "parts": "Companions of the secret, as in the report; null: none.",
        "attributes": "What else the rule shows, in clear; null: nothing.",
        "superseded": "Less specific rules that found the same secret, as in the report; null: none.",
        "labels": "What its path says of it; null: nothing.",
        "lowered_from": "Confidence by its content; null: the labels have not lowered it.",
    }
    optional = {
        "path_bytes", "commit_id", "commit_author", "commit_date", "decodings", "presence", "variant", "provider",
        "category", "tags", "parts", "attributes", "superseded", "labels", "lowered_from",
    }  # fmt: skip
    defaults = {"truncated": sa.false()}
    op.create_table(
        "appearance",
        _column("id", _ID),
        _column("issue_id", _ID, "Null once the repository was deleted.", nullable=True),
        _column(
            "digest", sa.String(64), "SHA-256 of the issue and the columns below; null: of no issue.", nullable=True
        ),
        _column("path_key", sa.String(32), "Hash of the path's bytes, in hex."),
        *(
            sa.Column(
                name, kind, nullable=name in optional, comment=comments.get(name), server_default=defaults.get(name)
            )
            for name, kind in _DETAILS.items()
        ),
        sa.PrimaryKeyConstraint("id", name="pk_appearance"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_appearance_issue_id_issue", ondelete="SET NULL"),
        _choice("appearance", "severity", _SEVERITIES),
        _choice("appearance", "confidence", _CONFIDENCES),
        _choice("appearance", "lowered_from", _CONFIDENCES),
        _choice("appearance", "presence", _PRESENCES),
        _check("appearance", "counts", "occurrences >= 1"),
        _check("appearance", "begin", "begin_line >= 1 AND begin_column >= 1"),
        _check("appearance", "end", "end_line >= begin_line AND end_column >= 1"),
        _check(
            "appearance",
            "commit",
            "(commit_id IS NULL) = (commit_author IS NULL) AND (commit_id IS NULL) = (commit_date IS NULL)",
        ),
        comment="One way in which a finding was reported, without the secret.",
        sqlite_autoincrement=True,
    )
    op.create_index("ix_appearance_issue_id", "appearance", ["issue_id"])
    op.create_index("ix_appearance_digest", "appearance", ["digest"], unique=True)


def _create_finding() -> None:
    op.create_table(
        "finding",
        _column("result_id", _ID),
        _column("ordinal", sa.BigInteger, "Place in the report: 1, 2, 3 and so on."),
        _column("appearance_id", _ID),
        _column(
            "change", sa.String(16), "What has become of it since the scan before; null: there was none.", nullable=True
        ),
        sa.PrimaryKeyConstraint("result_id", "ordinal", name="pk_finding"),
        sa.ForeignKeyConstraint(["result_id"], ["result.id"], name="fk_finding_result_id_result", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["appearance_id"], ["appearance.id"], name="fk_finding_appearance_id_appearance"),
        _choice("finding", "change", ("new", "carried", "gone")),
        _check("finding", "ordinal", "ordinal >= 1"),
        comment="One finding of one result.",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_finding_appearance_id_result_id", "finding", ["appearance_id", "result_id"])


def _column(name: str, kind: Any, comment: str | None = None, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, comment=comment)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _choice(table: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    return _check(table, column, f"{column} IN ({', '.join(repr(value) for value in values)})")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
