"""`Explanation`: why a rule finds something in a text, or does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from beca_core.findings import redact as preview
from beca_core.rules.candidate import Step

if TYPE_CHECKING:
    from beca_core.findings import Confidence, Position, Severity


class StepOutcome(StrEnum):
    """What a step does with a candidate."""

    KEPT = "kept"
    """The candidate goes on as it was."""
    CHANGED = "changed"
    """It goes on with another span, confidence or severity."""
    DROPPED = "dropped"
    """It is not a match."""
    FAILED = "failed"
    """A check raised an exception, so the candidate is lost."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A literal that the prefilter looks for, at one of its places in the text.

    Args:
        literal: The literal; letters whose case does not matter are in lower case.
        position: Position of its first character.
        decodings: The decodings of the text in which it is, the outermost first.
    """

    literal: str
    position: Position
    decodings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the sighting in its documented JSON shape."""
        return {"literal": self.literal, "position": _plain(self.position), "decodings": list(self.decodings)}


@dataclass(frozen=True, slots=True)
class PatternVerdict:
    """What a pattern of the rule does in the text.

    Args:
        pattern: The pattern.
        matches: How many matches it has, those that its boundary excludes not included.
        reached: If it has none: the longest beginning of the pattern that matches.
        wanted: If it has none: the part of the pattern after it, which does not match; empty: all of it matches, but
            where the boundary excludes it.
        repeated: If that part is a repetition: how often it matches, such as `12 of at least 32`.
        position: If it has none: where the beginning of the pattern ends in the text.
        text: What the beginning of the pattern matches, as far as it is shown.
    """

    pattern: str
    matches: int
    reached: str = ""
    wanted: str = ""
    repeated: str = ""
    position: Position | None = None
    text: str = field(default="", repr=False)

    def to_dict(self, *, redact: bool = True) -> dict[str, Any]:
        """Return the verdict in its documented JSON shape.

        Args:
            redact: Whether to leave out what was matched.
        """
        document: dict[str, Any] = {"pattern": self.pattern, "matches": self.matches}
        if not self.matches:
            document |= {"reached": self.reached, "wanted": self.wanted, "repeated": self.repeated}
            document["position"] = None if self.position is None else _plain(self.position)
            document |= {} if redact else {"text": self.text}
        return document


@dataclass(frozen=True, slots=True)
class StepVerdict:
    """What one step does with a candidate.

    Args:
        step: The step.
        name: What of the rule: the name of a check or of a part, the words of a `Near`, the field of an `Allow`.
        outcome: What it does.
        reason: Why, for a candidate that is dropped; what is new, for one that is changed.
        value: What was measured, or empty.
    """

    step: Step
    name: str
    outcome: StepOutcome
    reason: str = ""
    value: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict in its documented JSON shape."""
        return {
            "step": self.step.value,
            "name": self.name,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "value": self.value,
        }


@dataclass(frozen=True, slots=True)
class CandidateExplanation:
    """A match of a pattern, and what the steps do with it.

    Args:
        begin: Position of its first character in the text.
        end: Position after its last character.
        secret: Its bytes.
        steps: The steps, as far as they were asked.
        decodings: The decodings of the text in which it is, the outermost first.
        is_found: Whether the rule finds it; other rules and filters are not asked.
        confidence: Its confidence, if it is found.
        severity: Its severity, if it is found.
        variant: Name of the rule's variant that applies; empty: none.
        parts: The names of its companions that are there.
        others: Ids of other rules that find it too, or something that holds it or that it holds.
        winner: Id of the rule that reports it, if others find it too; else empty.
        reason: Why that rule and no other, in words that continue "because"; empty: no other finds it.
    """

    begin: Position
    end: Position
    secret: bytes = field(repr=False)
    steps: tuple[StepVerdict, ...]
    decodings: tuple[str, ...] = ()
    is_found: bool = False
    confidence: Confidence | None = None
    severity: Severity | None = None
    variant: str = ""
    parts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    winner: str = ""
    reason: str = ""

    @property
    def is_bounded(self) -> bool:
        """Whether the rule's boundary drops it."""
        return any(each.step is Step.BOUNDARY and each.outcome is StepOutcome.DROPPED for each in self.steps)

    def shown(self, *, redact: bool = True) -> str:
        """Return the secret, or its preview."""
        return preview(self.secret) if redact else self.secret.decode(errors="backslashreplace")

    def to_dict(self, *, redact: bool = True) -> dict[str, Any]:
        """Return the candidate in its documented JSON shape.

        Args:
            redact: Whether to show the preview of the secret instead of the secret.
        """
        return {
            "positions": {"begin": _plain(self.begin), "end": _plain(self.end)},
            "redacted" if redact else "secret": self.shown(redact=redact),
            "decodings": list(self.decodings),
            "steps": [step.to_dict() for step in self.steps],
            "found": self.is_found,
            "confidence": self.confidence and self.confidence.value,
            "severity": self.severity and self.severity.value,
            "variant": self.variant,
            "parts": list(self.parts),
            "others": list(self.others),
            "winner": self.winner,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule finds something in a text, or does not.

    Args:
        rule_id: Id of the rule.
        path: Where the text is; empty: not said.
        applies: Whether the rule applies at that path.
        located_by: What the prefilter looks for: `pattern`, `near or part`, `keywords`, `anchors`, or `nothing`.
        sightings: The first places of what it looks for.
        sighting_count: How many places there are.
        has_keyword: Whether one of the rule's keywords is in the text, or it has none.
        patterns: What each of its patterns does; empty for a rule that is code.
        candidates: The first matches of the patterns, with what the steps do with them.
        candidate_count: How many matches there are, those that a boundary excludes included.
        problems: What the rule's code did wrong.
        unencoded: The literals that are not looked for in encoded text, because they are short or everyday words.
    """

    rule_id: str
    path: str = ""
    applies: bool = True
    located_by: str = "nothing"
    sightings: tuple[Sighting, ...] = ()
    sighting_count: int = 0
    has_keyword: bool = True
    patterns: tuple[PatternVerdict, ...] = ()
    candidates: tuple[CandidateExplanation, ...] = ()
    candidate_count: int = 0
    problems: tuple[str, ...] = ()
    unencoded: tuple[str, ...] = ()

    @property
    def found(self) -> tuple[CandidateExplanation, ...]:
        """The candidates that the rule finds; none where it does not apply."""
        return tuple(each for each in self.candidates if each.is_found) if self.applies else ()

    def to_dict(self, *, redact: bool = True) -> dict[str, Any]:
        """Return the explanation in its documented JSON shape.

        Args:
            redact: Whether to show previews instead of secrets.
        """
        return {
            "ruleId": self.rule_id,
            "path": self.path,
            "applies": self.applies,
            "locatedBy": self.located_by,
            "sightings": [each.to_dict() for each in self.sightings],
            "sightingCount": self.sighting_count,
            "hasKeyword": self.has_keyword,
            "patterns": [each.to_dict(redact=redact) for each in self.patterns],
            "candidates": [each.to_dict(redact=redact) for each in self.candidates],
            "candidateCount": self.candidate_count,
            "problems": list(self.problems),
            "unencoded": list(self.unencoded),
        }


def _plain(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}
