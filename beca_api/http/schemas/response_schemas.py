"""The schemas of responses: these models serialize responses, and the OpenAPI document is generated from them.

Members are camelCase; times are RFC 3339 in UTC with `Z`. Members may be added, but never removed.
"""

from typing import Annotated, Final, Generic, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from beca_api.http.schemas.catalogue_schemas import RuleChange
from beca_api.http.schemas.finding_schemas import Finding
from beca_api.http.schemas.schema import Item, Schema
from beca_api.texts.text_scanner import SHOWN_FINDINGS
from beca_core.report import OMISSIONS, REASONS
from beca_core.storage.models import Priority, Status
from beca_core.storage.services.results import MAX_FINDINGS

INLINE_FINDINGS: Final = MAX_FINDINGS
"""How many findings a single result contains; the rest are on pages of their own."""
LISTED_FINDINGS: Final = 100
"""How many findings each result of a list contains, if they are requested."""
LISTED_RESULTS: Final = MAX_FINDINGS // LISTED_FINDINGS
"""How many results a page has at most if their findings are requested: no response has more than 1,000 findings."""

SKIP_REASONS: Final = {**REASONS, "too-many-findings": "The scan had more findings than the server keeps."}
_OMISSIONS: Final = " ".join(f"`{kind}`: {meaning}" for kind, meaning in OMISSIONS.items())
_REASONS: Final = " ".join(f"`{reason}`: {meaning}" for reason, meaning in SKIP_REASONS.items())


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
    ] = Field(default_factory=dict)
    accepted: Annotated[
        dict[str, int],
        Field(description="Contents that were not read and that were accepted as such beforehand, by reason."),
    ] = Field(default_factory=dict)
    problems: list[PluginProblem]
    filtered: Annotated[
        dict[str, int], Field(description="Number of findings that filters of plugins removed, by plugin.")
    ] = Field(default_factory=dict)
    unlisted: Annotated[
        dict[str, int],
        Field(description="Matches that were found and are not listed, because there are too many, by rule."),
    ] = Field(default_factory=dict)
    suppressed: Annotated[
        dict[str, int],
        Field(description="Matches that are not findings, by the step that dropped them: checks, paths and so on."),
    ] = Field(default_factory=dict)
    costly: Annotated[
        dict[str, int],
        Field(description="Seconds that a rule took, by rule, if it took more than 30; it was not stopped."),
    ] = Field(default_factory=dict)
    complete: Annotated[bool, Field(description='Only if this is true does "no findings" mean "clean".')]


class Changes(Schema):
    """How the findings differ from what earlier scans of the repository have found."""

    new: Annotated[
        int, Field(description="Findings whose secret no scan had found before, or of which HEAD has one more copy.")
    ]
    carried: Annotated[int, Field(description="Findings whose secret was known.")]
    gone: Annotated[
        int,
        Field(description="Secrets that were at HEAD and no longer are, including those that are not findings now."),
    ]
    since: Annotated[
        int | None, Field(description="Id of the result of the scan before, of either scope; it may have been deleted.")
    ] = None


class Progress(Schema):
    """How far a scan has come."""

    phase: Annotated[
        str, Field(description="Current phase: fetching, reading or locating, in this order, and done at the end.")
    ] = "reading"
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


class LatestResult(Schema):
    """The latest scan of a repository, in short."""

    id: int
    status: Status
    scope: str
    queued_at: AwareDatetime
    finished_at: AwareDatetime | None
    findings_count: int
    changes: Changes | None
    failure: Failure | None
    complete: Annotated[bool | None, Field(description="Whether it read everything; null until it has succeeded.")]


class Repository(Schema):
    """A registered git repository."""

    id: int
    name: str
    url: str
    created_at: AwareDatetime
    updated_at: AwareDatetime


class ListedRepository(Repository):
    """A registered git repository in a list."""

    latest_result: Annotated[
        LatestResult | None,
        Field(
            description="Its latest scan, whatever its status, if that was asked for; absent if there was none.",
            exclude_if=lambda value: value is None,
        ),
    ] = None


class Result(Schema):
    """One scan of one repository."""

    id: int
    status: Status
    scope: str
    priority: Annotated[Priority, Field(description="Those of the highest priority begin first.")]
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
    rule_changes: Annotated[
        list[RuleChange],
        BeforeValidator(lambda changes: changes or []),
        Field(description="Rules that rule files have overridden or disabled."),
    ] = Field(default_factory=list)
    changes: Annotated[Changes | None, Field(description="Null for the first successful scan of the repository.")]
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
    rule_changes: Annotated[
        list[RuleChange], Field(description="Rules that rule files have overridden or disabled.")
    ] = Field(default_factory=list)


class Health(Schema):
    """The state of the service."""

    status: Literal["ok"] = "ok"


class Document(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, object]
    paths: dict[str, object]


class Page(Schema, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: Annotated[str | None, Field(description="The next page, also in the header Link; null on the last one.")]


class RepositoryPage(Page[ListedRepository]):
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
