"""A rule that breaks the contract is refused when it is created; the error has its id and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from beca_core import Candidate, Confidence, Example, Rule, RuleInfo, Severity
from beca_core.errors import InvalidRule


def make_rule(**changes: Any) -> Rule:
    values: dict[str, Any] = {
        "id": "some-rule",
        "version": 1,
        "description": "Something",
        "severity": Severity.LOW,
        "confidence": Confidence.LOW,
        "pattern": "(?P<secret>abc)",
    }
    return Rule(**(values | changes))


@pytest.mark.parametrize("rule_id", ["", "Upper", "under_score", "-x", "x-", "a--b", "a b", "ä", 7])
def test_ids_are_lower_case_words(rule_id: object) -> None:
    with pytest.raises(InvalidRule, match="Rule id"):
        make_rule(id=rule_id)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
        ({"severity": "HIGH"}, "severity"),
        ({"description": ""}, "description"),
        ({"pattern": "abc"}, "group named 'secret'"),
        ({"pattern": "(?P<secret>ä)"}, "ASCII"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"max_bytes": 65_537}, "max_bytes"),
        ({"min_entropy": 8.5}, "min_entropy"),
        ({"keywords": ("",)}, "keyword"),
    ],
)
def test_a_wrong_value_is_named_with_the_rule(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidRule, match=reason) as caught:
        make_rule(**change)
    assert "'some-rule'" in str(caught.value)


def test_a_rule_is_a_value() -> None:
    assert make_rule() == make_rule()
    assert isinstance(make_rule(), RuleInfo)
    assert len({make_rule(), make_rule(), make_rule(version=2)}) == 2


def test_an_example_gives_bytes() -> None:
    assert Example("ä", secret=b"x").data == "ä".encode()
    assert Example(b"\xff", secret="x").secret_bytes == b"x"


def test_a_candidate_knows_its_groups() -> None:
    candidate = Candidate(b"key=value", 4, 9, Confidence.LOW, {"name": (0, 3)})
    assert candidate.secret == b"value"
    assert candidate.group("name") == b"key"
    assert candidate.group("absent") is None
