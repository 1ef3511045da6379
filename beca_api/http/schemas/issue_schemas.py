"""The schemas of issues, and of the summary of all of them."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from beca_api.http.schemas.finding_schemas import Finding
from beca_api.http.schemas.response_schemas import Page
from beca_api.http.schemas.schema import Schema
from beca_core.findings import Confidence, Presence, Severity
from beca_core.storage.models import IssueState, Standing


class Issue(Schema):
    """A secret at a path of a repository, from the first scan that found it on."""

    id: int
    repository_id: int
    rule_id: str
    path: Annotated[str, Field(description="Where it is now, or was last, relative to the repository's root.")]
    description: str
    severity: Severity
    confidence: Confidence
    fingerprint: Annotated[str, Field(description="The same for every issue of this secret by this rule.")]
    redacted: Annotated[str, Field(description="At most four characters of the secret, and its length in bytes.")]
    state: Annotated[
        Literal[IssueState.OPEN, IssueState.FIXED, IssueState.REOPENED],
        Field(
            description="`open`: found, and not fixed since; `fixed`: it has left HEAD, or the repository; `reopened`: "
            "it was fixed and came back."
        ),
    ]
    standing: Annotated[
        Standing,
        Field(
            description="Where the secret is now: `head`: at HEAD; `elsewhere`: only in history or on other branches; "
            "`absent`: no longer in the repository."
        ),
    ]
    presence: Annotated[
        Presence | None, Field(description="Where exactly it is if it is `elsewhere`; null if that is not known.")
    ]
    opened_at: AwareDatetime
    changed_at: Annotated[AwareDatetime, Field(description="When its state last changed.")]
    first_result_id: Annotated[int, Field(description="The result that found it first; it may have been deleted.")]
    first_commit_id: Annotated[str | None, Field(description="The commit that this result named.")]
    last_commit_id: Annotated[str | None, Field(description="The commit that the latest result with it named.")]


class IssueEvent(Schema):
    """One change of an issue."""

    kind: Literal["opened", "fixed", "reopened", "moved", "renamed"]
    at: AwareDatetime
    result_id: Annotated[int | None, Field(description="The scan that saw it.")]
    before: Annotated[
        str | None, Field(description="If it was moved, the path before; if its rule was renamed, the rule before.")
    ]
    after: Annotated[str | None, Field(description="The same after the change.")]


class IssueWithHistory(Issue):
    """An issue, what has become of it, and its places."""

    last_result_id: Annotated[int | None, Field(description="The latest result that has it; null if it was deleted.")]
    history: Annotated[list[IssueEvent], Field(description="Its latest 1,000 changes, the oldest first.")]
    findings: Annotated[list[Finding], Field(description="Its first 100 findings in that result.")]


class IssuePage(Page[Issue]):
    """Issues."""


class Summary(Schema):
    """What a dashboard shows first."""

    open_issues: Annotated[
        dict[Severity, int], Field(description="Number of issues that are open or reopened, by severity.")
    ]
    opened_this_week: Annotated[int, Field(description="Issues that were first found in the last seven days.")]
    fixed_this_week: Annotated[int, Field(description="Issues that were fixed in the last seven days, and still are.")]
    repositories: Annotated[
        dict[Literal["day", "week", "month", "older", "never"], int],
        Field(description="Number of repositories by the age of their latest successful scan."),
    ]
    failures_this_week: Annotated[int, Field(description="Scans that were queued in the last seven days and failed.")]
    queued: Annotated[int, Field(description="Scans that wait.")]
    running: Annotated[int, Field(description="Scans in progress.")]
    oldest_queued_at: Annotated[
        AwareDatetime | None, Field(description="Since when the first of the waiting scans waits.")
    ]
    workers: Annotated[int, Field(description="Processes that run scans and are alive.")]
