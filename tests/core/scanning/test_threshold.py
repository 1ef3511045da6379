"""Findings below a severity or a confidence are counted and not reported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from beca_core import Candidate, Confidence, Engine, Rule, Severity
from beca_core.errors import InvalidInput
from beca_core.scanning.results.threshold import Threshold


def surer(candidate: Candidate) -> Candidate:
    is_sure = candidate.secret.endswith(b"9")
    return replace(candidate, confidence=Confidence.HIGH if is_sure else Confidence.LOW)


RULES = [
    Rule(
        id=f"{level.value.lower()}-key",
        version=1,
        description="x",
        severity=level,
        confidence=Confidence.MEDIUM,
        pattern=f"(?P<secret>{level.value.lower()}_[0-9]{{4}})",
        checks=(surer,),
    )
    for level in (Severity.LOW, Severity.HIGH)
]
TEXT = b"low_1111 low_9999 high_1111 high_9999"


def found(**options: Any) -> tuple[list[str], dict[str, int]]:
    report = Engine(rules=RULES, cache_dir=False, **options).scan_bytes(TEXT)
    assert report.coverage.complete
    assert report.coverage.read_everything
    return [finding.secret.decode() for finding in report.findings], dict(report.coverage.suppressed)


@pytest.mark.parametrize(
    ("options", "secrets"),
    [
        ({}, ["low_1111", "low_9999", "high_1111", "high_9999"]),
        ({"min_severity": "low", "min_confidence": Confidence.LOW}, ["low_1111", "low_9999", "high_1111", "high_9999"]),
        ({"min_severity": "high"}, ["high_1111", "high_9999"]),
        ({"min_severity": Severity.MEDIUM}, ["high_1111", "high_9999"]),
        ({"min_confidence": "MEDIUM"}, ["low_9999", "high_9999"]),
        ({"min_severity": "high", "min_confidence": "high"}, ["high_9999"]),
        ({"min_severity": "critical"}, []),
    ],
)
def test_findings_below_are_counted_and_left_out(options: dict[str, Any], secrets: list[str]) -> None:
    left_out = 4 - len(secrets)
    assert found(**options) == (secrets, {"threshold": left_out} if left_out else {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_severity": "hihg"}, "min_severity must be low, medium, high or critical. Did you mean high?"),
        ({"min_confidence": "critical"}, "min_confidence must be low, medium or high."),
        ({"min_confidence": 3}, "min_confidence must be low, medium or high."),
    ],
)
def test_another_level_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Engine(rules=RULES, cache_dir=False, **options)
    assert str(caught.value) == message


def test_the_least_threshold_is_reached_by_everything() -> None:
    assert Threshold.of(None, None) == Threshold() == Threshold(min(Severity), min(Confidence))
