"""The events that a scan's process writes. They are validated strictly: plugins and hostile data influence them.

Each line is a JSON object (`beca scan --format jsonl`): any number of `progress`, then every `finding`, one `coverage`,
and finally `done` or `failed`. Unknown types and members are ignored, so the stream may grow.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from beca_core.findings import MAX_SHOWN, MAX_SUPERSEDED
from beca_core.rules.rule import MAX_ITEMS, MAX_RULE_ID, MAX_TAG

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
_Count = Annotated[int, Field(ge=0, lt=2**63)]
_Ordinal = Annotated[int, Field(ge=1, lt=2**63)]
_Shown = Annotated[str, Field(max_length=MAX_SHOWN)]
_Tag = Annotated[str, Field(max_length=MAX_TAG)]
_Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Presence = Literal[
    "removed", "other-branch", "message", "other-message", "tag", "stash", "notes", "staged", "unreachable"
]


class BadOutput(Exception):
    """Raised when the output of a scan's process is not an event stream; the text never repeats the output."""


def _is_none(value: object) -> bool:
    return value is None


def _is_empty(value: object) -> bool:
    return not value


class _Model(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, extra="ignore", frozen=True, strict=True, hide_input_in_errors=True
    )


class _Position(_Model):
    line: _Ordinal
    column: _Ordinal


class _Positions(_Model):
    begin: _Position
    end: _Position


class _Location(_Model):
    path: str
    positions: _Positions
    path_bytes: Annotated[str, Field(pattern=r"^([0-9a-f]{2})+$")] | None = Field(None, exclude_if=_is_none)


class _Metadata(_Model):
    description: str
    severity: Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
    confidence: Literal["LOW", "MEDIUM", "HIGH"]
    variant: Annotated[str, Field(max_length=MAX_TAG, exclude_if=_is_empty)] = ""
    provider: Annotated[str, Field(max_length=MAX_TAG, exclude_if=_is_empty)] = ""
    category: Annotated[str, Field(max_length=MAX_TAG, exclude_if=_is_empty)] = ""
    tags: Annotated[list[_Tag], Field(max_length=MAX_ITEMS, exclude_if=_is_empty)] = []
    labels: Annotated[list[_Tag], Field(max_length=MAX_ITEMS, exclude_if=_is_empty)] = []
    lowered_from: Literal["LOW", "MEDIUM", "HIGH"] | None = Field(None, exclude_if=_is_none)
    decodings: Annotated[list[_Name], Field(max_length=16, exclude_if=_is_empty)] = []
    truncated: Annotated[bool, Field(exclude_if=_is_empty)] = False


class _Commit(_Model):
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{40,64}$")]
    author: str
    date: AwareDatetime


class _Part(_Model):
    name: _Tag
    positions: _Positions
    text: Annotated[str, Field(max_length=MAX_SHOWN)] | None = Field(None, exclude_if=_is_none)
    redacted: Annotated[str, Field(max_length=64)] | None = Field(None, exclude_if=_is_none)


class _SupersededRule(_Model):
    rule_id: Annotated[str, Field(max_length=MAX_RULE_ID)]
    fingerprint: _Fingerprint
    partial: Annotated[bool, Field(exclude_if=_is_empty)] = False


class _Finding(_Model):
    """The documented shape of a finding and nothing else, so a secret in clear text is dropped here.

    After a rotation of the key, there is also the fingerprint of the key before (`FormerFingerprints`).
    """

    type: _Name
    rule_id: Annotated[str, Field(max_length=MAX_RULE_ID)]
    location: _Location
    metadata: _Metadata
    fingerprint: _Fingerprint
    former_fingerprint: _Fingerprint | None = Field(None, exclude_if=_is_none)
    redacted: Annotated[str, Field(max_length=64)]
    in_head: bool
    commit: _Commit | None
    occurrences: _Ordinal
    change: Literal["new", "carried", "gone"] | None = Field(None, exclude_if=_is_none)
    presence: _Presence | None = Field(None, exclude_if=_is_none)
    name_of: Literal["path", "ref"] | None = Field(None, exclude_if=_is_none)
    parts: Annotated[list[_Part], Field(max_length=MAX_ITEMS, exclude_if=_is_empty)] = []
    attributes: Annotated[dict[_Tag, _Shown], Field(max_length=MAX_ITEMS, exclude_if=_is_empty)] = {}
    superseded: Annotated[list[_SupersededRule], Field(max_length=MAX_SUPERSEDED, exclude_if=_is_empty)] = []


class _Problem(_Model):
    plugin: str
    message: str
    count: _Count


class _Coverage(_Model):
    commits: _Count
    blobs: _Count
    bytes: _Count
    unwalked: _Count = 0
    skipped: dict[str, _Count]
    omitted: dict[str, _Count] = Field(default_factory=dict)
    accepted: dict[str, _Count] = Field(default_factory=dict)
    problems: list[_Problem]
    filtered: dict[str, _Count] = {}
    unlisted: dict[str, _Count] = Field(default_factory=dict)
    suppressed: dict[str, _Count] = Field(default_factory=dict)
    costly: dict[str, _Count] = Field(default_factory=dict)
    complete: bool


class _RuleChange(_Model):
    rule_id: Annotated[str, Field(max_length=MAX_RULE_ID)]
    kind: Literal["overridden", "disabled"]
    plugin: str
    by: str


class _Event(_Model):
    version: Literal[1]


class ProgressEvent(_Event):
    """How far the scan has come; `expected` is the total number of objects in this phase, once known."""

    type: Literal["progress"]
    phase: _Name
    objects: _Count
    commits: _Count
    blobs: _Count
    bytes: _Count
    skipped: _Count
    expected: _Count | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the members that are stored."""
        return self.model_dump(exclude={"type", "version"})


class FindingEvent(_Event):
    """One finding."""

    type: Literal["finding"]
    finding: _Finding

    def to_dict(self) -> dict[str, Any]:
        """Return the finding in its documented shape."""
        document: dict[str, Any] = self.finding.model_dump(mode="json", by_alias=True)
        return document


class CoverageEvent(_Event):
    """What was read and by which rules. What is new or gone is not read here: the database knows that."""

    type: Literal["coverage"]
    scope: str
    coverage: _Coverage
    ruleset: dict[str, _Count]
    former_ids: dict[str, Annotated[str, Field(max_length=MAX_RULE_ID)]] = {}
    rule_changes: list[_RuleChange] = []


class DoneEvent(_Event):
    """The scan succeeded and wrote so many findings."""

    type: Literal["done"]
    findings: _Count


class FailedEvent(_Event):
    """The scan failed."""

    type: Literal["failed"]
    code: _Name
    message: str


class UnknownEvent(_Event):
    """An event of a type that this version does not know."""

    type: str


_KNOWN: Final = {"progress", "finding", "coverage", "done", "failed"}


def _tag(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) and kind in _KNOWN else "unknown"


Event = (
    Annotated[ProgressEvent, Tag("progress")]
    | Annotated[FindingEvent, Tag("finding")]
    | Annotated[CoverageEvent, Tag("coverage")]
    | Annotated[DoneEvent, Tag("done")]
    | Annotated[FailedEvent, Tag("failed")]
    | Annotated[UnknownEvent, Tag("unknown")]
)

_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Discriminator(_tag)])


def parse_event(line: bytes) -> Event:
    """Parse one line of the stream.

    Raises:
        BadOutput: If it is not an event of version 1.
    """
    try:
        return _EVENT.validate_json(line)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise BadOutput(f"not an event of version 1 ({wrong['type']})") from None
