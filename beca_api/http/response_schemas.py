"""The schemas of responses: these models serialize responses, and the OpenAPI document is generated from them.

Members are camelCase; times are RFC 3339 in UTC with `Z`. Members may be added, but never removed.
"""

from typing import Annotated, Final, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from beca_api.texts.text_scanner import SHOWN_FINDINGS
from beca_core.findings import Change, Confidence, Presence, Severity
from beca_core.report import OMISSIONS, REASONS
from beca_core.storage.models import Status
from beca_core.storage.services.results import MAX_FINDINGS

INLINE_FINDINGS: Final = MAX_FINDINGS
"""How many findings a single result contains; the rest are on pages of their own."""
LISTED_FINDINGS: Final = 100
"""How many findings each result of a list contains, if they are requested."""

SKIP_REASONS: Final = {**REASONS, "too-many-findings": "The scan had more findings than the server keeps."}
_OMISSIONS: Final = " ".join(f"`{kind}`: {meaning}" for kind, meaning in OMISSIONS.items())
_REASONS: Final = " ".join(f"`{reason}`: {meaning}" for reason, meaning in SKIP_REASONS.items())

Item = TypeVar("Item")


class Schema(BaseModel):
    """Base of all response schemas."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, from_attributes=True, frozen=True
    )


class Position(Schema):
    """A place in a file; both numbers count from 1, columns in characters."""

    line: int
    column: int


class Positions(Schema):
    """From the first character of a secret to just after the last one."""

    begin: Position
    end: Position


class Location(Schema):
    """Where a secret is."""

    path: Annotated[str, Field(description="Relative to the repository's root; bytes that are not UTF-8 as `\\xNN`.")]
    positions: Positions
    path_bytes: Annotated[
        str | None,
        Field(
            description="The path in hexadecimal digits; only present if it is not UTF-8.",
            exclude_if=lambda value: value is None,
        ),
    ] = None


class Metadata(Schema):
    """What the rule says about its findings."""

    description: str
    severity: Severity
    confidence: Confidence
    decodings: Annotated[
        list[str],
        Field(
            description="The decodings that revealed the secret, the outermost first; absent if there were none.",
            exclude_if=lambda value: not value,
        ),
    ] = []
    truncated: Annotated[
        bool,
        Field(
            description="Whether the secret is only the beginning of a longer one; absent if it is whole.",
            exclude_if=lambda value: not value,
        ),
    ] = False


class Commit(Schema):
    """The commit that introduced a secret at its path."""

    id: str
    author: str
    date: AwareDatetime


class Finding(Schema):
    """One secret at one place; the secret itself is not stored."""

    type: str
    rule_id: str
    location: Location
    metadata: Metadata
    fingerprint: Annotated[str, Field(description="The same for every finding of this secret by this rule.")]
    redacted: Annotated[str, Field(description="At most four characters of the secret, and its length in bytes.")]
    in_head: Annotated[bool, Field(description="Whether the secret is still there at HEAD.")]
    commit: Commit | None
    occurrences: Annotated[int, Field(description="Number of versions of the file that contain it.")]
    change: Annotated[
        Change | None,
        Field(
            description="How the finding has changed since the previous scan; only present if the scan resumed from "
            "one. `new`: that scan had the secret nowhere, or HEAD has it at one more place; `carried`: it had the "
            "secret, here or at a place that it has left; `gone`: the secret was at HEAD at this path and is no more.",
            exclude_if=lambda value: value is None,
        ),
    ] = None
    presence: Annotated[
        Presence | None,
        Field(
            description="Where the secret stands if it is not at HEAD; absent if it is, or if that is not known.",
            exclude_if=lambda value: value is None,
        ),
    ] = None


class PluginProblem(Schema):
    """An error of a plugin; some of its findings may be missing."""

    plugin: str
    message: str
    count: int


class Coverage(Schema):
    """What a scan read, and what it did not read."""

    commits: int
    blobs: int
    bytes: int
    unwalked: Annotated[
        int, Field(description="Objects among these that git had to read: damaged, or in an old storage format.")
    ] = 0
    skipped: Annotated[dict[str, int], Field(description=f"Objects that were not read, by reason. {_REASONS}")]
    omitted: Annotated[
        dict[str, int],
        Field(
            description="Contents that the scan left out by its scope or the nature of the repository, by kind; they "
            f"do not make the scan incomplete. {_OMISSIONS}"
        ),
    ] = {}
    accepted: Annotated[
        dict[str, int],
        Field(description="Contents that were not read and that were accepted as such beforehand, by reason."),
    ] = {}
    problems: list[PluginProblem]
    filtered: Annotated[
        dict[str, int], Field(description="Number of findings that filters of plugins removed, by plugin.")
    ] = {}
    unlisted: Annotated[
        dict[str, int],
        Field(description="Matches that were found and are not listed, because there are too many, by rule."),
    ] = {}
    complete: Annotated[bool, Field(description='Only if this is true does "no findings" mean "clean".')]


class Changes(Schema):
    """How the findings differ from those of the previous scan."""

    new: Annotated[int, Field(description="Findings that the previous scan did not have.")]
    carried: Annotated[int, Field(description="Findings that the previous scan had too.")]
    gone: Annotated[
        int,
        Field(description="Secrets that were at HEAD and no longer are, including those that are not findings now."),
    ]
    since: Annotated[int | None, Field(description="Id of the previous scan's result; null if it is not known.")] = None


class Progress(Schema):
    """How far a running scan has come."""

    phase: Annotated[str, Field(description="Current phase: fetching, reading or locating, in this order.")] = "reading"
    objects: Annotated[int | None, Field(description="Objects processed in this phase.")] = None
    expected: Annotated[int | None, Field(description="Total number of objects in this phase, once known.")]
    commits: Annotated[int, Field(description="Commits read.")]
    blobs: Annotated[int, Field(description="Other objects read.")]
    bytes: Annotated[int, Field(description="Bytes scanned; while fetching, bytes received.")]
    skipped: Annotated[int, Field(description="Objects not read.")]


class Failure(Schema):
    """Why a scan failed."""

    code: str
    message: str


class Repository(Schema):
    """A registered git repository."""

    id: int
    name: str
    url: str
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Result(Schema):
    """One scan of one repository."""

    id: int
    status: Status
    scope: str
    repository_id: Annotated[int | None, Field(description="Null once the repository was deleted.")]
    repository_name: str
    repository_url: str
    queued_at: AwareDatetime
    scanning_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    attempt: Annotated[int, Field(description="How often a worker has begun it.")]
    progress: Progress | None
    failure: Failure | None
    coverage: Coverage | None
    ruleset: Annotated[dict[str, int] | None, Field(description="Version of each rule that took part.")]
    changes: Annotated[
        Changes | None, Field(description="Null if the scan did not resume from an earlier one of the repository.")
    ]
    findings_count: int


class ResultWithFindings(Result):
    """One scan of one repository, with its first findings."""

    findings: list[Finding]
    findings_next: Annotated[str | None, Field(description="Path of the remaining findings, if there are more.")]


class TextReport(Schema):
    """What was found in a text."""

    scope: str
    findings: Annotated[list[Finding], Field(description=f"The first {SHOWN_FINDINGS}.")]
    findings_count: int
    coverage: Coverage
    ruleset: dict[str, int]


class Rule(Schema):
    """A detection rule."""

    id: str
    version: int
    description: str
    severity: Severity
    confidence: Confidence
    references: list[str]
    remediation: str
    plugin: Annotated[str, Field(description="Name of the plugin that provides it.")]


class Plugin(Schema):
    """An installed plugin."""

    name: str
    distribution: Annotated[str, Field(description="Name and version of the package that contains it.")]
    rules: Annotated[list[str], Field(description="Ids of its rules.")]
    problems: Annotated[list[str], Field(description="What is wrong with it.")]
    warnings: Annotated[list[str], Field(description="What makes it slower than it has to be.")] = []


class Health(Schema):
    """The state of the service."""

    status: Literal["ok"] = "ok"


class Document(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, object]
    paths: dict[str, object]


class ItemList(Schema, Generic[Item]):
    """A list that is short enough to be returned whole."""

    items: list[Item]


class RuleList(ItemList[Rule]):
    """All rules."""


class PluginList(ItemList[Plugin]):
    """All plugins that are installed, as of the last sweep of the server."""

    restart_wanted: Annotated[
        str | None,
        Field(description="Why the server has to be restarted to use what is installed; null if it need not."),
    ] = None


class Page(Schema, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: Annotated[str | None, Field(description="The next page, also in the header Link; null on the last one.")]


class RepositoryPage(Page[Repository]):
    """Repositories, oldest first."""


class ResultPage(Page[Result | ResultWithFindings]):
    """Results, newest first."""


class FindingPage(Page[Finding]):
    """Findings, in the order of the report."""


class ProblemError(Schema):
    """One error in a request. An unknown member or parameter is named only if its name is a plain word."""

    pointer: Annotated[str | None, Field(description="JSON pointer into the body.")] = None
    parameter: Annotated[str | None, Field(description="Name of a query parameter.")] = None
    detail: str


class Problem(Schema):
    """An error (RFC 9457)."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    code: Annotated[str, Field(description="Machine-readable code.")]
    detail: str
    instance: Annotated[str, Field(description="Identifies this request; the server's log has the same id.")]
    errors: list[ProblemError] | None = None
