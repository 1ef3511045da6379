"""The schemas of findings, as a result and a scan of a text contain them."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from beca_api.http.schemas.schema import Schema, is_empty
from beca_core.findings import Change, Confidence, NameKind, Presence, Severity


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
    variant: Annotated[
        str,
        Field(description="Name of the rule's variant, such as `test`; absent if none applies.", exclude_if=is_empty),
    ] = ""
    provider: Annotated[str, Field(description="Who issues such secrets; absent if nobody.", exclude_if=is_empty)] = ""
    category: Annotated[str, Field(description="Category of the rule; absent if none.", exclude_if=is_empty)] = ""
    tags: Annotated[list[str], Field(description="Tags of the rule; absent if none.", exclude_if=is_empty)] = Field(
        default_factory=list
    )
    labels: Annotated[
        list[str],
        Field(description="What the path says of it, such as `test`; absent if nothing.", exclude_if=is_empty),
    ] = Field(default_factory=list)
    lowered_from: Annotated[
        Confidence | None,
        Field(
            description="The confidence by the content, where the labels have lowered it; else absent.",
            exclude_if=lambda value: value is None,
        ),
    ] = None
    decodings: Annotated[
        list[str],
        Field(
            description="The decodings that revealed the secret, the outermost first; absent if there were none.",
            exclude_if=is_empty,
        ),
    ] = Field(default_factory=list)
    truncated: Annotated[
        bool,
        Field(
            description="Whether the secret is only the beginning of a longer one; absent if it is whole.",
            exclude_if=is_empty,
        ),
    ] = False


class Commit(Schema):
    """The commit that introduced a secret at its path."""

    id: str
    author: str
    date: AwareDatetime


class FindingPart(Schema):
    """A companion of a secret, such as the id of a key."""

    name: str
    positions: Positions
    text: Annotated[
        str | None, Field(description="The part, if its rule says that it is public.", exclude_if=lambda v: v is None)
    ] = None
    redacted: Annotated[
        str | None, Field(description="A preview of the part, if it is not public.", exclude_if=lambda v: v is None)
    ] = None


class SupersededRule(Schema):
    """A less specific rule that has found the same secret."""

    rule_id: str
    fingerprint: str
    partial: Annotated[
        bool,
        Field(description="Whether it has found only a part of the secret; absent if not.", exclude_if=is_empty),
    ] = False


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
            description="How the finding has changed since the scans before; absent in the first scan of a repository. "
            "`new`: the secret was not known, or HEAD has it at one more place; `carried`: it was known, here or at a "
            "place that it has left; `gone`: it was at HEAD at this path and is no more.",
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
    name_of: Annotated[
        NameKind | None,
        Field(
            description="What has the secret in its name: a file or directory (`path`), or a `ref`. The path then "
            "shows a preview instead of it. Absent if the secret is in the content at the path.",
            exclude_if=lambda value: value is None,
        ),
    ] = None
    parts: Annotated[
        list[FindingPart], Field(description="Companions of the secret; absent if none.", exclude_if=is_empty)
    ] = Field(default_factory=list)
    attributes: Annotated[
        dict[str, str],
        Field(description="What else the rule shows, in clear; absent if nothing.", exclude_if=is_empty),
    ] = Field(default_factory=dict)
    superseded: Annotated[
        list[SupersededRule],
        Field(
            description="Less specific rules that have found the same secret at this path; absent if none.",
            exclude_if=is_empty,
        ),
    ] = Field(default_factory=list)
