"""The schemas of requests: query strings and bodies, in models that both validate and document them.

Bodies are strict: no unknown members, and no `"1"` for `1`. Unknown query parameters are refused too, so that a
misspelt filter is not silently ignored.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, with_config
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from beca_api.http.schemas.response_schemas import LISTED_FINDINGS, LISTED_RESULTS
from beca_core.findings import Change, Confidence, Severity
from beca_core.rules.rule import MAX_RULE_ID
from beca_core.storage.models import MAX_ID, Status
from beca_core.storage.services.issues import IssueOrder, StateFilter
from beca_core.storage.services.repositories import MAX_PAGE, MAX_URL
from beca_core.storage.services.results import MAX_FINDINGS
from beca_core.storage.services.validation import MAX_NAME

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_CONTROLS: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029"


def _digits(value: object) -> object:
    """Convert a query parameter of digits, and leave the rest to be refused: `int` alone also accepts " 1_0 "."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


RecordId = Annotated[int, Field(ge=1, le=MAX_ID)]
Name = Annotated[
    str,
    Field(
        description="A name for people: one line of printable characters, not all of them blank.",
        examples=["Hello World"],
        json_schema_extra={
            "minLength": 1,
            "maxLength": MAX_NAME,
            "pattern": rf"^[^{_CONTROLS}]*[^\s{_CONTROLS}][^{_CONTROLS}]*$",
        },
    ),
]
Url = Annotated[
    str,
    Field(
        description="Where git fetches it from; settings define which schemes and hosts are allowed.",
        examples=["https://github.com/octocat/Hello-World"],
        json_schema_extra={"minLength": 1, "maxLength": MAX_URL, "pattern": r"^[A-Za-z]+://[^\s?#]+$"},
    ),
]
"""The services validate names and URLs; these types document the part that a JSON schema can express."""

QueryNumber = BeforeValidator(_digits)


def _moment(value: object) -> object:
    """Refuse what is not a time of RFC 3339: `AwareDatetime` alone also accepts a number of seconds."""
    if isinstance(value, str) and not _MOMENT.fullmatch(value):
        raise ValueError("not a time of RFC 3339")
    return value


QueryTime = BeforeValidator(_moment)


class Query(BaseModel):
    """Base of all query strings; this one takes no parameters."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", hide_input_in_errors=True, frozen=True)


class PageQuery(Query):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, strict=True, description="Items on the page."), QueryNumber] = 50
    after: Annotated[
        str | None,
        Field(max_length=200, description="Cursor of the previous page, from the URL in its `next`."),
    ] = None


class RepositoriesQuery(PageQuery):
    """Which repositories."""

    include: Annotated[
        Literal["latest_result"] | None,
        Field(description="`latest_result`: each item contains its latest scan, if there was one."),
    ] = None


class ResultsQuery(PageQuery):
    """Which results."""

    repository_id: Annotated[
        RecordId | None, Field(description="Only of this repository, which may have been deleted."), QueryNumber
    ] = None
    status: Annotated[Status | None, Field(description="Only those with this status.")] = None
    include: Annotated[
        Literal["findings"] | None,
        Field(
            description=f"`findings`: each item contains its first {LISTED_FINDINGS} findings, and a page has at most "
            f"{LISTED_RESULTS} items, whatever its limit."
        ),
    ] = None


class FindingsQuery(PageQuery):
    """Which findings of a result."""

    limit: Annotated[
        int, Field(ge=1, le=MAX_FINDINGS, strict=True, description="Findings on the page."), QueryNumber
    ] = 100
    rule_id: Annotated[str | None, Field(max_length=MAX_RULE_ID, description="Only of this rule.")] = None
    severity: Annotated[Severity | None, Field(description="Only of this severity.")] = None
    change: Annotated[Change | None, Field(description="Only those with this change since the previous scan.")] = None


class IssuesQuery(PageQuery):
    """Which issues."""

    repository_id: Annotated[RecordId | None, Field(description="Only of this repository."), QueryNumber] = None
    rule_id: Annotated[str | None, Field(max_length=MAX_RULE_ID, description="Only of this rule.")] = None
    severity: Annotated[Severity | None, Field(description="Only of this severity.")] = None
    confidence: Annotated[Confidence | None, Field(description="Only of this confidence.")] = None
    state: Annotated[
        StateFilter | None, Field(description="Only in this state; `unfixed`: those that are open or reopened.")
    ] = None
    since: Annotated[
        AwareDatetime | None,
        Field(description="Only those whose state has changed at this time or later."),
        QueryTime,
    ] = None
    search: Annotated[
        str | None,
        Field(
            max_length=200,
            description="Only those with this among the last 500 characters of the path, in any letter case.",
        ),
    ] = None
    sort: Annotated[
        IssueOrder,
        Field(
            description="`changed`: the latest change of state first; `opened`: the latest first; `urgency`: the worst "
            "first, by severity and then by confidence."
        ),
    ] = IssueOrder.CHANGED


_STRICT: Final = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


@with_config(_STRICT)
class NewRepository(TypedDict):
    """A repository to register."""

    name: Name
    url: Url


@with_config(ConfigDict(**_STRICT, json_schema_extra={"minProperties": 1}))
class RepositoryChange(TypedDict, total=False):
    """The members to change, at least one; the others remain unchanged."""

    name: Name
    url: Url


@with_config(_STRICT)
class NewScan(TypedDict, total=False):
    """How to scan."""

    scope: Annotated[
        Literal["history", "head"],
        Field(description="`history` (default): all versions of all files; `head`: the files at HEAD."),
    ]
    priority: Annotated[
        Literal["high", "normal", "low"],
        Field(
            description="Of the scans that wait, those of the highest priority begin first: `high`, `normal` "
            "(default), or `low`, for what a program asks for regularly."
        ),
    ]
