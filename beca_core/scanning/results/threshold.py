"""Which findings are bad or sure enough to be reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from beca_core.errors import InvalidInput, did_you_mean
from beca_core.findings import Confidence, Severity
from beca_core.report import Suppressed
from beca_core.rules.candidate import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.findings import Finding
    from beca_core.report import ProblemLog

_Level = TypeVar("_Level", Severity, Confidence)


class Threshold(NamedTuple):
    """What a finding must reach to be reported.

    Args:
        severity: Least severity.
        confidence: Least confidence.
        decides_from: Least confidence of the findings that decide the exit code.
    """

    severity: Severity = Severity.LOW
    confidence: Confidence = Confidence.LOW
    decides_from: Confidence = Confidence.MEDIUM

    @classmethod
    def of(cls, severity: Severity | str | None, confidence: Confidence | str | None) -> Threshold:
        """Return a threshold; None: the least there is. Letter case makes no difference.

        A confidence that is given decides the exit code too: who asks for findings of LOW confidence wants them to
        count.

        Raises:
            InvalidInput: If there is no such severity or confidence.
        """
        least = _level("min_confidence", confidence, Confidence)
        return cls(
            _level("min_severity", severity, Severity), least, cls().decides_from if confidence is None else least
        )

    def kept(self, findings: Sequence[Finding], log: ProblemLog, suppressed: list[Suppressed] | None) -> list[Finding]:
        """Return the findings that reach it.

        Args:
            findings: The findings.
            log: Counts the others.
            suppressed: Takes the others; None: nothing does.
        """
        left = [finding for finding in findings if self.is_reached(finding)]
        if below := len(findings) - len(left):
            log.add_dropped(Step.THRESHOLD, below)
        if below and suppressed is not None:
            suppressed += (
                Suppressed(each, Step.THRESHOLD, *self._reason(each)) for each in findings if not self.is_reached(each)
            )
        return left

    def _reason(self, finding: Finding) -> tuple[str, str, str]:
        """Return what a finding does not reach, in words, and what it has instead."""
        if finding.severity < self.severity:
            return "severity", f"its severity is below {self.severity.value}", finding.severity.value
        value = finding.confidence.value
        if finding.lowered_from is not None:
            value += f", lowered from {finding.lowered_from.value} for its path: {', '.join(finding.labels)}"
        return "confidence", f"its confidence is below {self.confidence.value}", value

    def is_reached(self, finding: Finding) -> bool:
        """Return whether a finding is to be reported: by its own severity and confidence, not those of its rule."""
        return finding.severity >= self.severity and finding.confidence >= self.confidence


def _level(name: str, given: str | None, kind: type[_Level]) -> _Level:
    if given is None:
        return min(kind)
    known = {level.value.lower(): level for level in kind}
    if isinstance(given, str) and given.lower() in known:
        return known[given.lower()]
    hint = did_you_mean(given.lower(), known) if isinstance(given, str) else ""
    raise InvalidInput(f"{name} must be {', '.join(list(known)[:-1])} or {list(known)[-1]}.", hint=hint)
