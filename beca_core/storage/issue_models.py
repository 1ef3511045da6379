"""The tables of what was found: issues, and what scans reported of them.

An issue is a secret at a path of a repository. It begins with the first scan that finds it, keeps its id when its rule
is renamed or its file moves, and says where the secret stands now. An appearance is one way in which findings of it
were reported; all results that report it in the same way share it, so a scan of an unchanged repository stores
references only.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the models are made from their annotations
from enum import StrEnum
from typing import Any, ClassVar, Final

from beca_core.errors import MissingExtra
from beca_core.findings import Change, Confidence, NameKind, Presence, Severity
from beca_core.rules.rule import MAX_RULE_ID
from beca_core.storage.tables import Bytewise, Id, Json, Table, UtcDateTime, choice, comment

try:
    from sqlalchemy import (
        BigInteger,
        CheckConstraint,
        ForeignKey,
        Index,
        LargeBinary,
        SmallInteger,
        String,
        Text,
        false,
        text,
    )
    from sqlmodel import Field
except ModuleNotFoundError as error:
    raise MissingExtra("Storing results", "server") from error


FOLDED_PATH: Final = 500
"""Longest folded path, in characters: PostgreSQL takes 2,704 bytes for a row of an index."""


class Standing(StrEnum):
    """Where the secret of an issue is now, as far as scans have seen; the last of these is the most exposed."""

    ABSENT = "absent"
    """No longer in the repository."""
    ELSEWHERE = "elsewhere"
    """In the repository, but not at HEAD."""
    HEAD = "head"
    """At HEAD."""

    def is_below(self, other: Standing) -> bool:
        """Return whether a secret that stands here is less exposed than one that stands there."""
        order = list(Standing)
        return order.index(self) < order.index(other)


class IssueState(StrEnum):
    """What scans say of an issue; `beca_core.storage.services.recording.issue_states` draws the transitions."""

    PENDING = "pending"
    """Found by a scan that has not ended yet; never shown."""
    OPEN = "open"
    FIXED = "fixed"
    REOPENED = "reopened"


class Issue(Table, table=True):
    """A secret at a path of a repository. The fingerprint is that of the rule's oldest id, so it outlives a new name.

    `standing` and `presence` say where it stands now; `rule_id`, `severity`, `confidence` and the like are as the
    latest scan reported them. The results that it refers to may have been deleted since.
    """

    __tablename__: ClassVar[str] = "issue"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("length(path_key) = 32", name="path_key"),
        CheckConstraint("(last_result_id IS NOT NULL) = (standing = 'absent')", name="last"),
        Index(None, "repository_id", "fingerprint", "path_key", unique=True),
        Index(None, "repository_id", "state", "changed_at", "id"),
        Index(None, "repository_id", "changed_at", "id"),
        Index(None, "repository_id", "urgency", "id"),
        Index(None, "rule_id", "changed_at", "id"),
        Index(None, "state", "changed_at", "id"),
        # The columns at the end of these two are not for their order: with them, a search and a count read the index
        # alone.
        Index("ix_issue_changed_at_id", "changed_at", "id", "state", "folded_path"),
        Index("ix_issue_opened_at_id", "opened_at", "id", "state"),
        Index(None, "urgency", "id"),
        {"comment": "A secret at a path of a repository.", "sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id, sa_column_kwargs=comment("Never used again."))
    repository_id: int = Field(sa_type=Id, sa_column_args=[ForeignKey("repository.id", ondelete="CASCADE")])
    fingerprint: str = Field(sa_type=String(64), sa_column_kwargs=comment("Keyed hash of rule and secret, in hex."))
    path_key: str = Field(sa_type=String(32), sa_column_kwargs=comment("Hash of the path's bytes, in hex."))
    path: str = Field(sa_type=Text, sa_column_kwargs=comment("Relative to the repository's root."))
    path_bytes: bytes | None = Field(
        default=None, sa_type=LargeBinary, sa_column_kwargs=comment("The path where it is not valid UTF-8.")
    )
    folded_path: str = Field(
        sa_type=Bytewise,
        sa_column_kwargs=comment("The end of the path, without its letter case, for searching.")
        | {"server_default": text("''")},
    )
    rule_id: str = Field(sa_type=String(MAX_RULE_ID))
    severity: Severity = Field(sa_type=choice(Severity, "severity"))
    confidence: Confidence = Field(sa_type=choice(Confidence, "confidence"))
    urgency: int = Field(
        sa_type=SmallInteger, sa_column_kwargs=comment("Orders issues by severity, then by confidence.")
    )
    description: str = Field(sa_type=Text)
    redacted: str = Field(sa_type=Text, sa_column_kwargs=comment("At most four characters and the length."))
    state: IssueState = Field(sa_type=choice(IssueState, "state"))
    standing: Standing = Field(sa_type=choice(Standing, "standing"))
    presence: Presence | None = Field(
        default=None,
        sa_type=choice(Presence, "presence"),
        sa_column_kwargs=comment("Where it stands if not at HEAD; null: it is at HEAD, absent, or that is not known."),
    )
    opened_at: datetime = Field(sa_type=UtcDateTime, sa_column_kwargs=comment("When it was first found."))
    changed_at: datetime = Field(sa_type=UtcDateTime, sa_column_kwargs=comment("When its state last changed."))
    first_result_id: int = Field(sa_type=Id, sa_column_kwargs=comment("The result that found it first."))
    first_commit_id: str | None = Field(
        default=None, sa_type=String(64), sa_column_kwargs=comment("What that result named as the commit.")
    )
    last_result_id: int | None = Field(
        default=None, sa_type=Id, sa_column_kwargs=comment("The last result with it; null: it still stands somewhere.")
    )
    last_commit_id: str | None = Field(
        default=None,
        sa_type=String(64),
        sa_column_kwargs=comment("What the latest result with it named as the commit."),
    )


def urgency_of(severity: Severity, confidence: Confidence) -> int:
    """Return the number that orders issues by severity, then by confidence."""
    return severity.rank * len(Confidence) + confidence.rank


def folded_path(path: str) -> str:
    """Return what a search for a part of a path looks at: its end, without the letter case."""
    return path.casefold()[-FOLDED_PATH:]


class IssueEvent(Table, table=True):
    """One change of an issue: opened, fixed, reopened, moved or renamed."""

    __tablename__: ClassVar[str] = "issue_event"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        Index(None, "issue_id", "id"),
        {"comment": "One change of an issue.", "sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id, sa_column_kwargs=comment("In the order of time."))
    issue_id: int = Field(sa_type=Id, sa_column_args=[ForeignKey("issue.id", ondelete="CASCADE")])
    kind: str = Field(sa_type=String(16), sa_column_kwargs=comment("opened, fixed, reopened, moved or renamed."))
    at: datetime = Field(sa_type=UtcDateTime)
    result_id: int | None = Field(
        default=None, sa_type=Id, sa_column_kwargs=comment("The scan that saw it; null: it was not a scan.")
    )
    before: str | None = Field(
        default=None, sa_type=Text, sa_column_kwargs=comment("Of a moved one the path, of a renamed one the rule.")
    )
    after: str | None = Field(default=None, sa_type=Text, sa_column_kwargs=comment("The same after the change."))


class Appearance(Table, table=True):
    """One way in which a finding was reported, without the secret; shared by all results that report it so."""

    __tablename__: ClassVar[str] = "appearance"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("occurrences >= 1", name="counts"),
        CheckConstraint("begin_line >= 1 AND begin_column >= 1", name="begin"),
        CheckConstraint("end_line >= begin_line AND end_column >= 1", name="end"),
        CheckConstraint(
            "(commit_id IS NULL) = (commit_author IS NULL) AND (commit_id IS NULL) = (commit_date IS NULL)",
            name="commit",
        ),
        Index(None, "issue_id"),
        Index(None, "digest", unique=True),
        {"comment": "One way in which a finding was reported, without the secret.", "sqlite_autoincrement": True},
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    issue_id: int | None = Field(
        default=None,
        sa_type=Id,
        sa_column_args=[ForeignKey("issue.id", ondelete="SET NULL")],
        sa_column_kwargs=comment("Null once the repository was deleted."),
    )
    digest: str | None = Field(
        default=None,
        sa_type=String(64),
        sa_column_kwargs=comment("SHA-256 of the issue and the columns below; null: of no issue."),
    )
    path_key: str = Field(sa_type=String(32), sa_column_kwargs=comment("Hash of the path's bytes, in hex."))
    type: str = Field(sa_type=String(32), sa_column_kwargs=comment("Kind of analysis."))
    rule_id: str = Field(sa_type=String(MAX_RULE_ID))
    severity: Severity = Field(sa_type=choice(Severity, "severity"))
    confidence: Confidence = Field(sa_type=choice(Confidence, "confidence"))
    path: str = Field(sa_type=Text, sa_column_kwargs=comment("Relative to the repository's root."))
    path_bytes: bytes | None = Field(
        default=None, sa_type=LargeBinary, sa_column_kwargs=comment("The path where it is not valid UTF-8.")
    )
    begin_line: int = Field(sa_type=BigInteger)
    begin_column: int = Field(sa_type=BigInteger)
    end_line: int = Field(sa_type=BigInteger)
    end_column: int = Field(sa_type=BigInteger, sa_column_kwargs=comment("Just behind the last character."))
    description: str = Field(sa_type=Text)
    fingerprint: str = Field(sa_type=String(64), sa_column_kwargs=comment("Keyed hash of rule and secret, in hex."))
    redacted: str = Field(sa_type=Text, sa_column_kwargs=comment("At most four characters and the length."))
    in_head: bool = Field(sa_column_kwargs=comment("Whether it stands there in the current version."))
    commit_id: str | None = Field(default=None, sa_type=String(64))
    commit_author: str | None = Field(default=None, sa_type=Text)
    commit_date: datetime | None = Field(default=None, sa_type=UtcDateTime)
    occurrences: int = Field(sa_type=BigInteger, sa_column_kwargs=comment("Versions of the file that had it."))
    decodings: list[str] | None = Field(
        default=None,
        sa_type=Json,
        sa_column_kwargs=comment("Through which the secret was seen, the outermost first; null: none."),
    )
    truncated: bool = Field(
        default=False,
        sa_column_kwargs=comment("Whether it is only the beginning of a longer secret.") | {"server_default": false()},
    )
    presence: Presence | None = Field(
        default=None,
        sa_type=choice(Presence, "presence"),
        sa_column_kwargs=comment(
            "Where it stands if it is not in the current version; null: it is, or that is not known."
        ),
    )

    variant: str | None = Field(
        default=None, sa_type=Text, sa_column_kwargs=comment("Name of the rule's variant; null: none.")
    )
    provider: str | None = Field(
        default=None, sa_type=Text, sa_column_kwargs=comment("Who issues such secrets; null: nobody in particular.")
    )
    category: str | None = Field(
        default=None, sa_type=Text, sa_column_kwargs=comment("Category of the rule; null: none.")
    )
    tags: list[str] | None = Field(
        default=None, sa_type=Json, sa_column_kwargs=comment("Tags of the rule; null: none.")
    )
    parts: list[dict[str, Any]] | None = Field(
        default=None,
        sa_type=Json,
        sa_column_kwargs=comment("Companions of the secret, as in the report; null: none."),
    )
    attributes: dict[str, str] | None = Field(
        default=None, sa_type=Json, sa_column_kwargs=comment("What else the rule shows, in clear; null: nothing.")
    )
    superseded: list[dict[str, Any]] | None = Field(
        default=None,
        sa_type=Json,
        sa_column_kwargs=comment("Less specific rules that found the same secret, as in the report; null: none."),
    )
    labels: list[str] | None = Field(
        default=None, sa_type=Json, sa_column_kwargs=comment("What its path says of it; null: nothing.")
    )
    lowered_from: Confidence | None = Field(
        default=None,
        sa_type=choice(Confidence, "lowered_from"),
        sa_column_kwargs=comment("Confidence by its content; null: the labels have not lowered it."),
    )
    name_of: NameKind | None = Field(
        default=None,
        sa_type=choice(NameKind, "name_of"),
        sa_column_kwargs=comment("What has the secret in its name; null: it is in a content."),
    )


class StoredFinding(Table, table=True):
    """One finding of one result: a reference to how it was reported."""

    __tablename__: ClassVar[str] = "finding"
    __table_args__: ClassVar[tuple[Any, ...]] = (
        CheckConstraint("ordinal >= 1", name="ordinal"),
        Index(None, "appearance_id", "result_id"),
        {"comment": "One finding of one result.", "sqlite_with_rowid": False},
    )

    result_id: int = Field(primary_key=True, sa_type=Id, sa_column_args=[ForeignKey("result.id", ondelete="CASCADE")])
    ordinal: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs=comment("Place in the report: 1, 2, 3 and so on.")
    )
    appearance_id: int = Field(sa_type=Id, sa_column_args=[ForeignKey("appearance.id")])
    change: Change | None = Field(
        default=None,
        sa_type=choice(Change, "change"),
        sa_column_kwargs=comment("What has become of it since the scan before; null: there was none."),
    )
