"""A match of a rule's pattern, seen by the rule's least entropy and by its checks."""

from __future__ import annotations

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence
from beca_core.rules.rule import Candidate, Rule, entropy


def refine(rule: Rule, candidate: Candidate) -> Candidate | None:
    """Compare a candidate with the rule's least entropy, and run the rule's checks.

    Returns:
        The candidate that the last check returned, or None if it was dropped.

    Raises:
        InvalidRule: If a check returns anything but None or a candidate within the data.
        Exception: Whatever a check raises.
    """
    if rule.min_entropy and entropy(candidate.secret) < rule.min_entropy:
        return None
    refined: Candidate | None = candidate
    for check in rule.checks:
        refined = check(candidate)
        if refined is None:
            return None
        if not _is_candidate(refined, len(candidate.data)):
            raise InvalidRule(f"Rule {rule.id!r}: a check must return None or a Candidate within the data.")
        candidate = refined
    return candidate


def _is_candidate(candidate: object, size: int) -> bool:
    return (
        isinstance(candidate, Candidate)
        and isinstance(candidate.confidence, Confidence)
        and isinstance(candidate.truncated, bool)
        and isinstance(candidate.begin, int)
        and isinstance(candidate.end, int)
        and 0 <= candidate.begin < candidate.end <= size
    )
