"""From what a pattern matched to what a rule reports: entropy, then the rule's own checks."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from beca_core.errors import InvalidRule
from beca_core.findings import Confidence
from beca_core.rules import Candidate

if TYPE_CHECKING:
    from beca_core.rules import Rule


def entropy(data: bytes) -> float:
    """Return the Shannon entropy of some bytes, in bits per byte: from 0 (all alike) to 8."""
    counts = Counter(data).values()
    return sum(count * math.log2(len(data) / count) for count in counts) / len(data) if data else 0.0


def refine(rule: Rule, candidate: Candidate) -> Candidate | None:
    """Hold a candidate to the rule's least entropy and run its checks.

    Returns:
        The candidate as the checks left it, or None where it was dropped.

    Raises:
        InvalidRule: If a check returns something else than a candidate within the data, or None.
        Exception: Whatever a check raises.
    """
    if rule.min_entropy and entropy(candidate.secret) < rule.min_entropy:
        return None
    refined: Candidate | None = candidate
    for check in rule.checks:
        refined = check(candidate)
        if refined is None:
            return None
        if not _is_sound(refined, len(candidate.data)):
            raise InvalidRule(f"Rule {rule.id!r}: a check returned what is no Candidate within the data.")
        candidate = refined
    return candidate


def _is_sound(candidate: object, size: int) -> bool:
    return (
        isinstance(candidate, Candidate)
        and isinstance(candidate.confidence, Confidence)
        and isinstance(candidate.begin, int)
        and isinstance(candidate.end, int)
        and 0 <= candidate.begin < candidate.end <= size
    )
