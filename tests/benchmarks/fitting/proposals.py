"""`proposals`: every candidate of the generic rules in a text, with the numbers that the model sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beca_core.matching.patterns.pattern_checking import checked_patterns
from beca_core.rules.candidate import Candidate
from beca_scanners.generic.generic_rules import RULES
from beca_scanners.generic.secret_score import SecretScore

if TYPE_CHECKING:
    from collections.abc import Iterator


class Proposal(NamedTuple):
    """A candidate.

    Args:
        rule_id: The rule that proposes it.
        begin: Byte offset of its value.
        end: Byte offset after it.
        numbers: The evidence, by name.
    """

    rule_id: str
    begin: int
    end: int
    numbers: dict[str, float]


def proposals(data: bytes) -> Iterator[Proposal]:
    """Yield every candidate of the generic rules, those that the model drops too.

    Args:
        data: A text.
    """
    for rule in RULES:
        (check,) = rule.checks
        assert isinstance(check, SecretScore)
        for pattern in checked_patterns(rule):
            for spans in pattern.occurrences(data, [(1, len(data))]):
                evidence = check.evidence(Candidate(data, *spans["secret"], rule.confidence, spans))
                if evidence.kind == (check.form or check.kind) and evidence.numbers:
                    yield Proposal(rule.id, evidence.begin, evidence.end, evidence.numbers)
