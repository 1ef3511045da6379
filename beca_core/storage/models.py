"""The tables: what a row of each means, and which states a row may have.

::

    repository  1 --- *  result  1 --- *  finding  * --- 1  appearance        api_token
        1 ---------------- *  issue  1 --------------- *  appearance
                                1 --- *  issue_event       audit_entry    outbox_event    outbox_consumer    worker

Users register repositories. A result is one scan of a repository; it remains when the repository is deleted, and it
ends. An issue is a secret at a path of a repository, from the first scan that finds it on, whatever the scans after it
say; `beca_core.storage.issue_models` has these tables. A finding of a result is a reference to what was said of the
issue then. Whatever changes is an event of the outbox too: `beca_core.storage.outbox_models`. Processes that run
scans are in `beca_core.storage.worker_models`. Constraints of the database tie the columns of a row together, so no
program can store an inconsistent row.

Secrets are never stored: there are keyed fingerprints and redacted previews.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the models are made from their annotations
from enum import StrEnum
from typing import Any, ClassVar, Final

from beca_core.errors import MissingExtra
from beca_core.findings import Severity
from beca_core.storage.audit_models import AuditEntry, Way
from beca_core.storage.issue_models import Appearance, Issue, IssueEvent, IssueState, Standing, StoredFinding
from beca_core.storage.outbox_models import OutboxConsumer, OutboxEvent
from beca_core.storage.tables import MAX_ID, Clock, Id, Json, Table, UtcDateTime, choice, comment, utc_now
from beca_core.storage.worker_models import RegisteredWorker

try:
    from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, String, Text, text
    from sqlalchemy.orm import relationship
    from sqlmodel import Field, Relationship
except ModuleNotFoundError as error:
    raise MissingExtra("Storing results", "server") from error

__all__ = [
    "MAX_ID",
    "OPEN_ISSUES",
    "RESULT_SCOPES",
    "ApiToken",
    "Appearance",
    "AuditEntry",
    "Clock",
    "Issue",
    "IssueEvent",
    "IssueState",
    "OutboxConsumer",
    "OutboxEvent",
    "Priority",
    "RecordedKey",
    "RegisteredWorker",
    "Repository",
    "Result",
    "Standing",
    "Status",
    "StoredFinding",
    "StoredRuleset",
    "Table",
    "UtcDateTime",
    "Way",
    "utc_now",
]

_RUNNING: Final = text("status = 'In Progress'")

RESULT_SCOPES: Final = ("history", "head")
"""The scopes that the server scans; a subset of `beca_core.sources.contracts.Scope`."""


OPEN_ISSUES: Final = {severity: f"open_{severity.lower()}" for severity in Severity}
"""The columns of a repository that say how many of its issues are open or reopened, by severity."""


class Status(StrEnum):
    """The state of a scan; `beca_core.storage.services.queue` draws the transitions."""

    QUEUED = "Queued"
    IN_PROGRESS = "In Progress"
    SUCCESS = "Success"
    FAILURE = "Failure"


class Priority(StrEnum):
    """Which of the waiting scans begins first; the first of these is the most urgent."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """The number that is stored: the smallest begins first."""
        return list(Priority).index(self)


def _count_of_issues() -> Any:
    said = comment("Issues of this severity that are open or reopened.")
    return Field(default=0, sa_type=BigInteger, sa_column_kwargs=said | {"server_default": text("0")})


class Repository(Table, table=True):
    """A git repository that a user registered for scanning.

    `scans` and what follows it is written with the issues of the repository, when a scan of it ends.
    """

    __tablename__: ClassVar[str] = "repository"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("scans >= 0", name="scans"),
        Index(None, "scanned_at"),
        {"comment": "A git repository that a user registered for scanning.", "sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id, sa_column_kwargs=comment("Never used again."))
    name: str = Field(sa_type=String(255), sa_column_kwargs=comment("What users call it; not unique."))
    url: str = Field(sa_type=Text, unique=True, sa_column_kwargs=comment("Canonical URL, without user info."))
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    version: int = Field(default=1, sa_type=BigInteger, sa_column_kwargs=comment("Counts the changes; the entity tag."))
    scans: int = Field(
        default=0,
        sa_type=BigInteger,
        sa_column_kwargs=comment("Counts the scans that ended as successes.") | {"server_default": text("0")},
    )
    scanned_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs=comment("When the latest of these ended; null: none.")
    )
    latest_result_id: int | None = Field(default=None, sa_type=Id, sa_column_kwargs=comment("Its result."))
    open_low: int = _count_of_issues()
    open_medium: int = _count_of_issues()
    open_high: int = _count_of_issues()
    open_critical: int = _count_of_issues()


class StoredRuleset(Table, table=True):
    """The versions of the rules of one or many scans, stored once."""

    __tablename__: ClassVar[str] = "ruleset"
    __table_args__: ClassVar[tuple[Any, ...]] = ({"comment": "Versions of the rules of one or many scans."},)

    digest: str = Field(primary_key=True, sa_type=String(64), sa_column_kwargs=comment("SHA-256 of the rules."))
    rules: dict[str, Any] = Field(sa_type=Json, sa_column_kwargs=comment("Version of each rule that took part."))


class Result(Table, table=True):
    """One scan of one repository, from the request on; the row is the single source of truth about it.

    `attempt` counts the workers that began it. While a worker has it, the lease records which one and until when;
    after that, any worker may claim it. `findings_count`, `coverage`, `ruleset`, `changes` and `rule_changes` are
    written once, with the findings. `notified_at` is the column `rung_at`, and `priority_rank` is `priority`. Of each
    repository, at most one scan is in progress.
    """

    __tablename__: ClassVar[str] = "result"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("scope IN ('history', 'head')", name="scope"),
        CheckConstraint("attempt >= 0 AND findings_count >= 0 AND revision >= 1", name="counts"),
        CheckConstraint("(finished_at IS NOT NULL) = (status IN ('Success', 'Failure'))", name="finished"),
        CheckConstraint("(failure IS NOT NULL) = (status = 'Failure')", name="failed"),
        CheckConstraint("status <> 'Success' OR (coverage IS NOT NULL AND ruleset_digest IS NOT NULL)", name="covered"),
        CheckConstraint(
            "(lease_owner IS NOT NULL) = (status = 'In Progress')"
            " AND (lease_expires_at IS NOT NULL) = (status = 'In Progress')",
            name="leased",
        ),
        CheckConstraint("status <> 'Queued' OR scanning_at IS NULL", name="waiting"),
        CheckConstraint(
            "status NOT IN ('In Progress', 'Success') OR (scanning_at IS NOT NULL AND attempt >= 1)", name="begun"
        ),
        CheckConstraint("priority BETWEEN 0 AND 2", name="priority"),
        Index(None, "queued_at", "id"),
        Index(None, "status", "queued_at", "id"),
        Index(None, "status", "priority", "queued_at", "id"),
        Index(None, "repository_id", "status"),
        Index(None, "original_repository_id", "queued_at", "id"),
        Index(None, "original_repository_id", "status", "queued_at", "id"),
        Index("ix_result_running", "repository_id", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
        {"comment": "One scan of one repository.", "sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id, sa_column_kwargs=comment("Never used again."))
    repository_id: int | None = Field(
        default=None,
        sa_type=Id,
        sa_column_args=[ForeignKey("repository.id", ondelete="SET NULL")],
        sa_column_kwargs=comment("Null once the repository was deleted."),
    )
    repository_name: str = Field(sa_type=String(255), sa_column_kwargs=comment("As it was when queued."))
    repository_url: str = Field(sa_type=Text, sa_column_kwargs=comment("As it was when queued."))
    original_repository_id: int | None = Field(
        default=None,
        sa_type=Id,
        sa_column_kwargs=comment("The repository, also after it was deleted; null: that was before this column."),
    )
    scope: str = Field(sa_type=String(16), sa_column_kwargs=comment("history: all versions; head: files at HEAD."))
    status: Status = Field(default=Status.QUEUED, sa_type=choice(Status, "status"))
    priority_rank: int = Field(
        default=Priority.NORMAL.rank,
        sa_type=SmallInteger,
        sa_column_kwargs={
            "name": "priority",
            "server_default": text(str(Priority.NORMAL.rank)),
            **comment("Which waiting scan begins first: 0 high, 1 normal, 2 low."),
        },
    )
    queued_at: datetime = Field(sa_type=UtcDateTime)
    scanning_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs=comment("When the latest attempt began.")
    )
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempt: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs=comment("Workers that began it and did not give it back.")
    )
    lease_owner: str | None = Field(default=None, sa_type=Text, sa_column_kwargs=comment("Who scans it now."))
    lease_expires_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs=comment("From then on another worker may take it.")
    )
    notified_at: datetime | None = Field(
        default=None,
        sa_type=UtcDateTime,
        sa_column_kwargs={"name": "rung_at", **comment("When workers were last told of it.")},
    )
    progress: dict[str, Any] | None = Field(default=None, sa_type=Json)
    coverage: dict[str, Any] | None = Field(
        default=None, sa_type=Json, sa_column_kwargs=comment("What was read, and what was not.")
    )
    ruleset_digest: str | None = Field(default=None, sa_type=String(64), sa_column_args=[ForeignKey("ruleset.digest")])
    failure: dict[str, Any] | None = Field(
        default=None, sa_type=Json, sa_column_kwargs=comment("Why it failed: code and message.")
    )
    changes: dict[str, Any] | None = Field(
        default=None,
        sa_type=Json,
        sa_column_kwargs=comment("New, carried and gone findings; null: not compared with an earlier scan."),
    )
    rule_changes: list[dict[str, Any]] | None = Field(
        default=None,
        sa_type=Json,
        sa_column_kwargs=comment("Rules that rule files overrode or disabled, as in the report; null: none."),
    )
    findings_count: int = Field(default=0, sa_type=BigInteger)
    revision: int = Field(
        default=1, sa_type=BigInteger, sa_column_kwargs=comment("Counts the visible changes; the entity tag.")
    )
    stored_ruleset: Any = Relationship(sa_relationship=relationship(StoredRuleset, lazy="joined"))

    @property
    def priority(self) -> Priority:
        """Which of the waiting scans begins first."""
        return list(Priority)[self.priority_rank]

    @property
    def ruleset(self) -> dict[str, Any] | None:
        """Version of each rule that took part, by id; None until the scan has succeeded."""
        return None if self.ruleset_digest is None else self.stored_ruleset.rules


class ApiToken(Table, table=True):
    """A bearer token of the REST API; only the hash of its random part is kept."""

    __tablename__: ClassVar[str] = "api_token"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("length(sha256) = 64", name="sha256"),
        {"comment": "A bearer token of the REST API; only the hash of its random part is kept."},
    )

    id: str = Field(primary_key=True, sa_type=String(16), sa_column_kwargs=comment("Stands in the token itself."))
    name: str = Field(sa_type=String(255), sa_column_kwargs=comment("Who or what uses it."))
    sha256: str = Field(repr=False, sa_type=String(64), sa_column_kwargs=comment("Of the random part, in hex."))
    scopes: list[str] = Field(sa_type=Json, sa_column_kwargs=comment("What it may do: read, write."))
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime, sa_column_kwargs=comment("To the minute."))


class RecordedKey(Table, table=True):
    """Which key the fingerprints in this database are made with; at most one row. The key itself is not stored."""

    __tablename__: ClassVar[str] = "recorded_key"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("length(key_id) = 16", name="key_id"),
        {"comment": "Which key the fingerprints are made with; at most one row."},
    )

    id: int = Field(default=1, primary_key=True, sa_type=Id, sa_column_kwargs={"autoincrement": False})
    key_id: str = Field(sa_type=String(16), sa_column_kwargs=comment("Hash of the key, in hex."))
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    former_key_id: str | None = Field(
        default=None,
        sa_type=String(16),
        sa_column_kwargs=comment("Hash of the key before it, in hex; null: not known."),
    )
