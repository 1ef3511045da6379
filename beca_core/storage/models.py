"""The tables: what a row of each means, and which states a row may have.

::

    repository  1 --- *  result  1 --- *  finding        api_token

Users register repositories. A result is one scan of a repository; it remains when the repository is deleted. A finding
belongs to one result and never changes. Constraints of the database tie the columns of a row together, so no program
can store an inconsistent row.

Secrets are never stored: a finding holds a keyed fingerprint and a redacted preview.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from beca_core.errors import MissingExtra
from beca_core.findings import Change, Confidence, Presence, Severity
from beca_core.rules.rule import MAX_RULE_ID

try:
    from sqlalchemy import (
        JSON,
        BigInteger,
        CheckConstraint,
        DateTime,
        Enum,
        ForeignKey,
        Index,
        Integer,
        LargeBinary,
        MetaData,
        String,
        Text,
        TypeDecorator,
        false,
    )
    from sqlalchemy.dialects.postgresql import JSONB
    from sqlmodel import Field, SQLModel
except ModuleNotFoundError as error:
    raise MissingExtra("Storing results", "server") from error

if TYPE_CHECKING:
    from sqlalchemy import Dialect

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a predictable name, so that a migration can refer to it."""

MAX_ID: Final = 2**63 - 1
"""Largest id that a row can have."""


RESULT_SCOPES: Final = ("history", "head")
"""The scopes that the server scans; a subset of `beca_core.sources.contracts.Scope`."""

Clock: TypeAlias = Callable[[], datetime]
"""Returns the current time, aware of its time zone."""


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


class Status(StrEnum):
    """The state of a scan; `beca_core.storage.services.queue` draws the transitions."""

    QUEUED = "Queued"
    IN_PROGRESS = "In Progress"
    SUCCESS = "Success"
    FAILURE = "Failure"


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: accepts any aware datetime, stores UTC, and returns aware UTC, on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to UTC; a naive datetime is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert to UTC: SQLite drops the time zone, and PostgreSQL returns that of the connection."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_Id: Final = BigInteger().with_variant(Integer, "sqlite")
_Json: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _choice(enum: type[StrEnum], name: str) -> Enum:
    """Return the type of a text column for the values of an enumeration, with a CHECK constraint."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


def _comment(text: str) -> dict[str, Any]:
    return {"comment": text}


class Table(SQLModel):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING)


class Repository(Table, table=True):
    """A git repository that a user registered for scanning."""

    __tablename__: ClassVar[str] = "repository"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("version >= 1", name="version"),
        {"comment": "A git repository that a user registered for scanning.", "sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=_Id, sa_column_kwargs=_comment("Never used again."))
    name: str = Field(sa_type=String(255), sa_column_kwargs=_comment("What users call it; not unique."))
    url: str = Field(sa_type=Text, unique=True, sa_column_kwargs=_comment("Canonical URL, without user info."))
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    version: int = Field(
        default=1, sa_type=BigInteger, sa_column_kwargs=_comment("Counts the changes; the entity tag.")
    )


class Result(Table, table=True):
    """One scan of one repository, from the request on; the row is the single source of truth about it.

    `attempt` counts the workers that began it. While a worker has it, the lease records which one and until when;
    after that, any worker may claim it. `findings_count`, `coverage`, `ruleset` and `changes` are written once, with
    the findings. `notified_at` is the column `rung_at`.
    """

    __tablename__: ClassVar[str] = "result"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("scope IN ('history', 'head')", name="scope"),
        CheckConstraint("attempt >= 0 AND findings_count >= 0 AND revision >= 1", name="counts"),
        CheckConstraint("(finished_at IS NOT NULL) = (status IN ('Success', 'Failure'))", name="finished"),
        CheckConstraint("(failure IS NOT NULL) = (status = 'Failure')", name="failed"),
        CheckConstraint("status <> 'Success' OR (coverage IS NOT NULL AND ruleset IS NOT NULL)", name="covered"),
        CheckConstraint(
            "(lease_owner IS NOT NULL) = (status = 'In Progress')"
            " AND (lease_expires_at IS NOT NULL) = (status = 'In Progress')",
            name="leased",
        ),
        CheckConstraint("status <> 'Queued' OR scanning_at IS NULL", name="waiting"),
        CheckConstraint(
            "status NOT IN ('In Progress', 'Success') OR (scanning_at IS NOT NULL AND attempt >= 1)", name="begun"
        ),
        Index(None, "queued_at", "id"),
        Index(None, "status", "queued_at", "id"),
        Index(None, "repository_id", "queued_at", "id"),
        {"comment": "One scan of one repository.", "sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=_Id, sa_column_kwargs=_comment("Never used again."))
    repository_id: int | None = Field(
        default=None,
        sa_type=_Id,
        sa_column_args=[ForeignKey("repository.id", ondelete="SET NULL")],
        sa_column_kwargs=_comment("Null once the repository was deleted."),
    )
    repository_name: str = Field(sa_type=String(255), sa_column_kwargs=_comment("As it was when queued."))
    repository_url: str = Field(sa_type=Text, sa_column_kwargs=_comment("As it was when queued."))
    scope: str = Field(sa_type=String(16), sa_column_kwargs=_comment("history: all versions; head: files at HEAD."))
    status: Status = Field(default=Status.QUEUED, sa_type=_choice(Status, "status"))
    queued_at: datetime = Field(sa_type=UtcDateTime)
    scanning_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs=_comment("When the latest attempt began.")
    )
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempt: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs=_comment("Workers that began it and did not give it back.")
    )
    lease_owner: str | None = Field(default=None, sa_type=Text, sa_column_kwargs=_comment("Who scans it now."))
    lease_expires_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs=_comment("From then on another worker may take it.")
    )
    notified_at: datetime | None = Field(
        default=None,
        sa_type=UtcDateTime,
        sa_column_kwargs={"name": "rung_at", **_comment("When workers were last told of it.")},
    )
    progress: dict[str, Any] | None = Field(default=None, sa_type=_Json)
    coverage: dict[str, Any] | None = Field(
        default=None, sa_type=_Json, sa_column_kwargs=_comment("What was read, and what was not.")
    )
    ruleset: dict[str, Any] | None = Field(
        default=None, sa_type=_Json, sa_column_kwargs=_comment("Version of each rule that took part.")
    )
    failure: dict[str, Any] | None = Field(
        default=None, sa_type=_Json, sa_column_kwargs=_comment("Why it failed: code and message.")
    )
    changes: dict[str, Any] | None = Field(
        default=None,
        sa_type=_Json,
        sa_column_kwargs=_comment("New, carried and gone findings; null: not compared with an earlier scan."),
    )
    findings_count: int = Field(default=0, sa_type=BigInteger)
    revision: int = Field(
        default=1, sa_type=BigInteger, sa_column_kwargs=_comment("Counts the visible changes; the entity tag.")
    )


class StoredFinding(Table, table=True):
    """One finding of one result, without the secret."""

    __tablename__: ClassVar[str] = "finding"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("ordinal >= 1 AND occurrences >= 1", name="counts"),
        CheckConstraint("begin_line >= 1 AND begin_column >= 1", name="begin"),
        CheckConstraint("end_line >= begin_line AND end_column >= 1", name="end"),
        CheckConstraint(
            "(commit_id IS NULL) = (commit_author IS NULL) AND (commit_id IS NULL) = (commit_date IS NULL)",
            name="commit",
        ),
        Index(None, "result_id", "rule_id"),
        Index(None, "fingerprint"),
        {"comment": "One finding of one result, without the secret."},
    )

    result_id: int = Field(primary_key=True, sa_type=_Id, sa_column_args=[ForeignKey("result.id", ondelete="CASCADE")])
    ordinal: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs=_comment("Place in the report: 1, 2, 3 and so on.")
    )
    type: str = Field(sa_type=String(32), sa_column_kwargs=_comment("Kind of analysis."))
    rule_id: str = Field(sa_type=String(MAX_RULE_ID))
    severity: Severity = Field(sa_type=_choice(Severity, "severity"))
    confidence: Confidence = Field(sa_type=_choice(Confidence, "confidence"))
    path: str = Field(sa_type=Text, sa_column_kwargs=_comment("Relative to the repository's root."))
    path_bytes: bytes | None = Field(
        default=None, sa_type=LargeBinary, sa_column_kwargs=_comment("The path where it is not valid UTF-8.")
    )
    begin_line: int = Field(sa_type=BigInteger)
    begin_column: int = Field(sa_type=BigInteger)
    end_line: int = Field(sa_type=BigInteger)
    end_column: int = Field(sa_type=BigInteger, sa_column_kwargs=_comment("Just behind the last character."))
    description: str = Field(sa_type=Text)
    fingerprint: str = Field(sa_type=String(64), sa_column_kwargs=_comment("Keyed hash of rule and secret, in hex."))
    redacted: str = Field(sa_type=Text, sa_column_kwargs=_comment("At most four characters and the length."))
    in_head: bool = Field(sa_column_kwargs=_comment("Whether it stands there in the current version."))
    commit_id: str | None = Field(default=None, sa_type=String(64))
    commit_author: str | None = Field(default=None, sa_type=Text)
    commit_date: datetime | None = Field(default=None, sa_type=UtcDateTime)
    occurrences: int = Field(sa_type=BigInteger, sa_column_kwargs=_comment("Versions of the file that had it."))
    decodings: list[str] | None = Field(
        default=None,
        sa_type=_Json,
        sa_column_kwargs=_comment("Through which the secret was seen, the outermost first; null: none."),
    )
    truncated: bool = Field(
        default=False,
        sa_column_kwargs=_comment("Whether it is only the beginning of a longer secret.") | {"server_default": false()},
    )
    change: Change | None = Field(
        default=None,
        sa_type=_choice(Change, "change"),
        sa_column_kwargs=_comment("What has become of it since an earlier scan; null: not compared with one."),
    )
    presence: Presence | None = Field(
        default=None,
        sa_type=_choice(Presence, "presence"),
        sa_column_kwargs=_comment(
            "Where it stands if it is not in the current version; null: it is, or that is not known."
        ),
    )


class ApiToken(Table, table=True):
    """A bearer token of the REST API; only the hash of its random part is kept."""

    __tablename__: ClassVar[str] = "api_token"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("length(sha256) = 64", name="sha256"),
        {"comment": "A bearer token of the REST API; only the hash of its random part is kept."},
    )

    id: str = Field(primary_key=True, sa_type=String(16), sa_column_kwargs=_comment("Stands in the token itself."))
    name: str = Field(sa_type=String(255), sa_column_kwargs=_comment("Who or what uses it."))
    sha256: str = Field(repr=False, sa_type=String(64), sa_column_kwargs=_comment("Of the random part, in hex."))
    scopes: list[str] = Field(sa_type=_Json, sa_column_kwargs=_comment("What it may do: read, write."))
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, sa_column_kwargs=_comment("To the minute.")
    )
