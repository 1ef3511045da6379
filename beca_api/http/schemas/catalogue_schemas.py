"""The schemas of the rules and plugins with which the server scans."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from beca_api.http.schemas.schema import ItemList, Schema, is_empty
from beca_core.findings import Confidence, Severity
from beca_core.rules.context import Side


class RuleChange(Schema):
    """A rule that a rule file has overridden or disabled."""

    rule_id: str
    kind: Literal["overridden", "disabled"]
    plugin: Annotated[str, Field(description="Name of the plugin whose rule it was.")]
    by: Annotated[str, Field(description="Name of the rule file.")]


class Check(BaseModel):
    """A check of a secret or of a part, as in a rule file: its name, and its parameters without the defaults."""

    model_config = ConfigDict(extra="allow")

    check: str
    code: Annotated[bool, Field(description="Whether it is a function; absent if it is not.", exclude_if=is_empty)] = (
        False
    )


class Near(Schema):
    """Words of which one must be near the secret."""

    words: list[str]
    within: Annotated[int, Field(description="Distance in bytes.")]
    where: Side


class Part(Schema):
    """A companion of a secret that a rule looks for."""

    name: str
    pattern: str
    boundary: Annotated[str, Field(description="Characters that may not adjoin it; empty: any may.")]
    within_bytes: int
    within_lines: int
    where: Side
    required: Annotated[bool, Field(description="Whether nothing is found without it.")]
    confidence: Annotated[Confidence | None, Field(description="Of a finding without it; null: as with it.")]
    checks: list[Check]
    public: Annotated[bool, Field(description="Whether it is shown in clear.")]


class Rule(Schema):
    """A detection rule."""

    id: str
    version: int
    description: str
    severity: Severity
    confidence: Confidence
    references: list[str]
    remediation: str
    provider: Annotated[str, Field(description="Who issues such secrets; empty: nobody in particular.")]
    category: Annotated[str, Field(description="Empty: none.")]
    tags: list[str]
    enabled: Annotated[bool, Field(description="If not, it takes part only where it is named.")]
    former_ids: Annotated[list[str], Field(description="Ids that it had before, the oldest first.")]
    supersedes: Annotated[list[str], Field(description="Less specific rules: their ids, or patterns of ids.")]
    paths: Annotated[
        list[str], Field(description="Patterns of the paths at which it applies, as in `.gitignore`; empty: all.")
    ]
    patterns: Annotated[
        list[str], Field(description="Alternatives, in the syntax of RE2; empty for a rule that is code.")
    ]
    near: Annotated[list[Near], Field(description="Words that must be near the secret: one of each item.")]
    parts: Annotated[list[Part], Field(description="Companions of the secret.")]
    checks: Annotated[list[Check], Field(description="Checks of the secret, in their order.")]
    plugin: Annotated[str, Field(description="Name of the plugin or rule file that provides it.")]


class Plugin(Schema):
    """An installed plugin."""

    name: str
    distribution: Annotated[str, Field(description="Name and version of the package that contains it.")]
    rules: Annotated[list[str], Field(description="Ids of its rules.")]
    problems: Annotated[list[str], Field(description="What is wrong with it.")]
    warnings: Annotated[list[str], Field(description="What makes it slower than it has to be.")] = []


class RuleList(ItemList[Rule]):
    """All rules."""


class PluginList(ItemList[Plugin]):
    """All plugins that are installed, as of the last sweep of the server."""

    restart_wanted: Annotated[
        str | None,
        Field(description="Why the server has to be restarted to use what is installed; null if it need not."),
    ] = None
