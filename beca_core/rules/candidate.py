"""A candidate: a match of a rule's pattern, on its way through the steps that keep it, change it or drop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from beca_core.findings import Confidence, Severity


class Step(StrEnum):
    """What can drop a match, in the order in which it is asked."""

    PATTERN = "pattern"
    """The pattern does not match, so there is no candidate."""
    BOUNDARY = "boundary"
    """A character adjoins the secret that may not: `Rule.boundary`."""
    NEAR = "near"
    """None of the words is near: `Rule.near`."""
    ENTROPY = "entropy"
    """The secret has too little entropy: `Rule.min_entropy`."""
    CHECK = "check"
    """A check drops it: `Rule.checks`."""
    ALLOW = "allow"
    """It is a known value that is no secret: `Rule.allow`."""
    PARTS = "parts"
    """A required companion of the credential is not near: `Rule.parts`."""
    DECODING = "decoding"
    """It was found in encoded text, with LOW confidence or with bytes that are no text."""
    PATH = "path"
    """The rule does not apply at this path: `RuleInfo.paths`."""
    PRECEDENCE = "precedence"
    """A more specific rule has found the same secret."""
    THRESHOLD = "threshold"
    """Its severity or confidence is less than what was asked for."""
    FILTER = "filter"
    """A filter of a plugin removed the finding."""
    INLINE = "inline"
    """A comment in its line allows it, such as `beca:allow RULE reason`."""
    ALLOW_LIST = "allow-list"
    """An entry of an allow-list accepts it."""
    BASELINE = "baseline"
    """The baseline knows it."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The answer of a check that drops a candidate.

    Args:
        reason: Why, in a few words that continue "dropped: ", such as "its CRC-32 is another one". Never the secret.
        value: What was measured, such as "2.31 of at least 3.5"; empty: nothing was. Never the secret.
    """

    reason: str
    value: str = ""


class DropReason(NamedTuple):
    """Why a match is not reported.

    Args:
        step: The step that dropped it.
        name: What of the rule did: the name of a check or of a part, the words of a `Near`, the field of an `Allow`.
        reason: Why, in a few words that continue "dropped: ". Never the secret.
        value: What was measured, or empty. Never the secret.
    """

    step: Step
    name: str
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A match of a rule's pattern, as the rule's checks see it.

    Args:
        data: The whole blob.
        begin: Byte offset of the secret.
        end: Byte offset after the secret.
        confidence: Confidence so far; the rule's own at first.
        groups: Byte spans of the pattern's named groups, without those that did not take part in the match.
        truncated: Set by a check that looked for the end of the secret and cut it, because it is too long.
        severity: Set by a check or a variant that knows better than the rule; None: the rule's own.
    """

    data: bytes = field(repr=False)
    begin: int
    end: int
    confidence: Confidence
    groups: dict[str, tuple[int, int]] = field(default_factory=dict)
    truncated: bool = False
    severity: Severity | None = None

    @property
    def secret(self) -> bytes:
        """The bytes between `begin` and `end`."""
        return self.data[self.begin : self.end]

    def group(self, name: str) -> bytes | None:
        """Return the bytes of a named group, or None where it took no part in the match."""
        span = self.groups.get(name)
        return None if span is None else self.data[span[0] : span[1]]


Check: TypeAlias = Callable[[Candidate], Candidate | Dropped | None]
"""Refines a candidate (`dataclasses.replace` its span, confidence or severity), or drops it: by returning `Dropped`
with the reason, or None without one. `beca_core.checks` has the common ones."""
