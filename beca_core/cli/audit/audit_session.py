"""`AuditSession`: where somebody is in the walk, what has been decided, and what can be undone."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.cli.audit.audit_cases import AuditCase


class Judgement(StrEnum):
    """What somebody decides about a secret."""

    REAL = "real"
    """It is a secret, to be revoked: it stays reported, and is not asked about again."""
    FALSE = "false"
    """It is no secret."""
    TEST = "test"
    """It gives access to nothing: it is made up, or valid for tests only."""
    ACCEPTED = "accepted"
    """It is a secret, and the risk is accepted."""


REASONS: Final = {
    Judgement.FALSE: "no secret, says an audit",
    Judgement.TEST: "made up or for tests only, says an audit",
    Judgement.ACCEPTED: "the risk is accepted, says an audit",
}
"""The reasons of entries of the allow-list if nobody gives another one."""


class AuditDecision(NamedTuple):
    """A decision about a case.

    Args:
        case: The case.
        judgement: What was decided.
        reason: Why; empty for what is real.
    """

    case: AuditCase
    judgement: Judgement
    reason: str


class AuditSession:
    """A walk through some cases, in their order.

    Args:
        cases: The cases.
    """

    def __init__(self, cases: Sequence[AuditCase]) -> None:
        self.cases: Final = tuple(cases)
        self._answers: list[AuditDecision | None] = []

    @property
    def number(self) -> int:
        """The number of the present case, from 0."""
        return len(self._answers)

    @property
    def current(self) -> AuditCase | None:
        """The present case; None: there is none left."""
        return self.cases[self.number] if self.number < len(self.cases) else None

    @property
    def decisions(self) -> tuple[AuditDecision, ...]:
        """What has been decided, in order."""
        return tuple(answer for answer in self._answers if answer is not None)

    @property
    def skipped(self) -> int:
        """How many cases have been skipped."""
        return self._answers.count(None)

    def decide(self, judgement: Judgement, reason: str = "") -> None:
        """Decide about the present case, and go on to the next one.

        Args:
            judgement: What is decided.
            reason: Why; empty: the reason of the judgement.
        """
        if (case := self.current) is not None:
            self._answers.append(AuditDecision(case, judgement, reason or REASONS.get(judgement, "")))

    def skip(self) -> None:
        """Go on to the next case, and decide nothing."""
        if self.current is not None:
            self._answers.append(None)

    def undo(self) -> bool:
        """Go back to the case before, as if nothing had been said about it; return whether there is one."""
        if not self._answers:
            return False
        self._answers.pop()
        return True
