"""A match of a rule's pattern, seen by the rule's least entropy and by its checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence, Severity
from beca_core.rules.candidate import Candidate, Dropped, DropReason, Step
from beca_core.rules.rule import Rule, entropy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.rules.candidate import Check

MAX_REASON: Final = 200
"""Greatest length of what a check says, in characters."""
_LONGEST_NAME: Final = 100
_SHORTEST_SECRET: Final = 4
"""Shorter secrets may be a part of any sentence."""
_WITHOUT_REASON: Final = "it is not a secret"


def refine(rule: Rule, candidate: Candidate) -> Candidate | DropReason:
    """Compare a candidate with the rule's least entropy, and run the rule's checks.

    Returns:
        The candidate that the last check returned, or why it was dropped.

    Raises:
        InvalidRule: If a check returns anything but None, `Dropped` or a candidate within the data.
        Exception: Whatever a check raises.
    """
    return entropy_drop(rule, candidate) or checked(rule, rule.checks, candidate)


def entropy_drop(rule: Rule, candidate: Candidate) -> DropReason | None:
    """Return why the entropy of a candidate is too low, or None if it is not."""
    found = entropy(candidate.secret) if rule.min_entropy else 0.0
    if found >= rule.min_entropy:
        return None
    return DropReason(
        Step.ENTROPY, "min-entropy", "its entropy is too low", f"{found:.2f} of at least {rule.min_entropy:g}"
    )


def checked(rule: Rule, checks: Sequence[Check], candidate: Candidate) -> Candidate | DropReason:
    """Run some checks of a rule; see `refine`.

    Args:
        rule: The rule, for messages.
        checks: The checks.
        candidate: The candidate.
    """
    for check in checks:
        refined = check(candidate)
        if refined is None:
            return DropReason(Step.CHECK, check_name(check), _WITHOUT_REASON)
        if isinstance(refined, Dropped):
            return dropped(check_name(check), refined.reason, refined.value, candidate)
        if not _is_candidate(refined, len(candidate.data)):
            raise InvalidRule(f"Rule {rule.id!r}: a check must return None, Dropped or a Candidate within the data.")
        candidate = refined
    return candidate


def check_name(check: object) -> str:
    """Return the name of a check: its own, or that of the function."""
    name = getattr(check, "name", None) or getattr(check, "__name__", None)
    return _bounded(name if isinstance(name, str) else type(check).__name__, _LONGEST_NAME)


def dropped(name: object, reason: object, value: object, candidate: Candidate) -> DropReason:
    """Return what a check says as a reason that can be shown: printable, of bounded length, and without the secret."""
    told, measured = _told(reason, candidate.secret), _told(value, candidate.secret)
    return DropReason(Step.CHECK, _told(name, candidate.secret)[:_LONGEST_NAME], told or _WITHOUT_REASON, measured)


def _told(text: object, secret: bytes) -> str:
    if not isinstance(text, str):
        return ""
    forms = (
        (secret.decode(errors="backslashreplace"), secret.decode("latin-1")) if len(secret) >= _SHORTEST_SECRET else ()
    )
    return "" if any(form in text for form in forms) else _bounded(text, MAX_REASON)


def _bounded(text: str, most: int) -> str:
    return (text if text.isprintable() else ascii(text)[1:-1])[:most]


def _is_candidate(candidate: object, size: int) -> bool:
    return (
        isinstance(candidate, Candidate)
        and isinstance(candidate.confidence, Confidence)
        and isinstance(candidate.truncated, bool)
        and (candidate.severity is None or isinstance(candidate.severity, Severity))
        and isinstance(candidate.begin, int)
        and isinstance(candidate.end, int)
        and 0 <= candidate.begin < candidate.end <= size
    )
