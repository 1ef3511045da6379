"""`Inspection`: what all checks have in common: the group that they look at, and what follows from their verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, replace
from typing import Any, ClassVar, Final

from beca_core.findings import Confidence, Severity
from beca_core.rules.candidate import Candidate, Dropped

SECRET: Final = "secret"  # noqa: S105 - the name of a group
_SEVERITIES: Final = tuple(f"severity-{severity.name.lower()}" for severity in Severity)
THEN: Final = ("keep", "medium", "high", *_SEVERITIES, "drop")
OTHERWISE: Final = ("drop", "low", "medium", *_SEVERITIES, "keep")
_CONFIDENCES: Final = {confidence.name.lower(): confidence for confidence in Confidence}
_PASSED: Final = Dropped("it is what the check looks for")

Bounds = Mapping[str, tuple[float, float]]
Choices = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Inspection:
    """A check with parameters that are plain data. The class of each check is derived from this one.

    Args:
        of: The group that it looks at. A group that took no part in the match passes.
        then: What happens to a candidate that passes: `keep`; `medium` or `high`: its confidence is raised to that;
            `severity-low` to `severity-critical`: its severity is that; `drop`.
        otherwise: What happens to a candidate that does not pass: `drop`; `low` or `medium`: its confidence is lowered
            to that; `severity-low` to `severity-critical`: its severity is that; `keep`.
    """

    name: ClassVar[str] = ""
    _BOUNDS: ClassVar[Bounds] = {}
    """Least and greatest value of a parameter that is a number, or of each item of a tuple of numbers."""
    _CHOICES: ClassVar[Choices] = {"then": THEN, "otherwise": OTHERWISE}
    """The values that a parameter may have, or each item of it."""

    of: str = SECRET
    then: str = "keep"
    otherwise: str = "drop"

    def __call__(self, candidate: Candidate) -> Candidate | Dropped:
        """Return the candidate, perhaps with another confidence, severity or end, or why it is dropped."""
        text = candidate.secret if self.of == SECRET else candidate.group(self.of)
        if text is None:
            return candidate
        found = self._look(text, candidate)
        if isinstance(found, Dropped):
            return found if self.otherwise == "drop" else _lowered(candidate, self.otherwise)
        if self.then == "keep":
            return candidate if found is None else found
        return _PASSED if self.then == "drop" else _raised(found or candidate, self.then)

    def verdict(self, candidate: Candidate) -> Dropped | str:
        """Return why a candidate does not pass, whatever follows from that; else what was measured, or nothing."""
        text = candidate.secret if self.of == SECRET else candidate.group(self.of)
        if text is None:
            return ""
        found = self._look(text, candidate)
        return found if isinstance(found, Dropped) else self._measured(text)

    # Written once for all: made anew for each class, they are half of what it costs to import the checks.
    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _values(self) == _values(other)

    def __hash__(self) -> int:
        return hash((type(self), _values(self)))

    def __repr__(self) -> str:
        given = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if self._is_given(field))
        return f"{type(self).__name__}({', '.join(given)})"

    def _is_given(self, field: Field[Any]) -> bool:
        return bool(getattr(self, field.name) != field.default)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of the pattern that it reads."""
        return (self.of,)

    @property
    def looks_beyond(self) -> bool:
        """Whether it may look at more of a content than the groups that it reads."""
        return False

    def _look(self, text: bytes, candidate: Candidate) -> Candidate | Dropped | None:
        """Return why a text fails; None if it passes; or the candidate with a span that passes."""
        raise NotImplementedError

    def _measured(self, text: bytes) -> str:
        """Return what it measures of a text that passes, for a person; empty: nothing that is a number."""
        return ""

    def _conflict(self) -> str:
        """Return what is wrong with the parameters taken together; each by itself is right."""
        return ""


def within(size: int, least: int, most: int | None, unit: str) -> Dropped | None:
    """Return why a size is not within two bounds, both included; None if it is."""
    if size < least:
        return Dropped(f"it has too few {unit}", f"{size} of at least {least}")
    if most is not None and size > most:
        return Dropped(f"it has too many {unit}", f"{size} of at most {most}")
    return None


def disordered(least: float, most: float | None, names: str = "min is greater than max") -> str:
    """Return what is wrong with two bounds."""
    return f"{names}." if most is not None and least > most else ""


def _values(check: Inspection) -> tuple[Any, ...]:
    return tuple(getattr(check, field.name) for field in fields(check))


def _lowered(candidate: Candidate, outcome: str) -> Candidate:
    if outcome == "keep":
        return candidate
    if outcome in _CONFIDENCES:
        return replace(candidate, confidence=min(candidate.confidence, _CONFIDENCES[outcome]))
    return _with_severity(candidate, outcome)


def _raised(candidate: Candidate, outcome: str) -> Candidate:
    if outcome in _CONFIDENCES:
        return replace(candidate, confidence=max(candidate.confidence, _CONFIDENCES[outcome]))
    return _with_severity(candidate, outcome)


def _with_severity(candidate: Candidate, outcome: str) -> Candidate:
    return replace(candidate, severity=Severity[outcome.removeprefix("severity-").upper()])
