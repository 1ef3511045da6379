"""What nothing proves is named: it could be left out, and no proof would fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from beca_core import Allow, CounterExample, Example, Near, Part, Side, Step, Variant
from beca_core.checks import Distinct, Jwt

Failures = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"min_entropy": 2.0}, "min_entropy is not proven"),
        ({"checks": (Distinct(min=8),)}, "its check distinct is not proven"),
        ({"allow": Allow(words=("0000000000",))}, "allow is not proven"),
        ({"paths": ("*.env",)}, "paths is not proven"),
        ({"near": (Near(words=("token",), where=Side.LINE),)}, "near is not proven"),
        ({"parts": (Part(name="word", pattern="token"),)}, "its part word is not proven"),
        ({"variants": (Variant(name="any", pattern="acme"),)}, "variant any is not proven"),
    ],
)
def test_a_field_that_drops_nothing_in_a_counter_example_is_named(
    failures: Failures, changes: dict[str, Any], named: str
) -> None:
    (failure,) = failures(**changes)
    assert failure.startswith(named)


def test_a_counter_example_proves_it(failures: Failures, token: str) -> None:
    zeros = "acme_" + "0" * 32
    assert failures(min_entropy=2.0, counter_examples=(CounterExample(zeros, step=Step.ENTROPY),)) == []
    assert failures(checks=(Distinct(min=8),), counter_examples=(zeros,)) == []
    assert failures(allow=Allow(words=("0000000000",)), counter_examples=(zeros,)) == []
    at_path = CounterExample(f"token = {token}", step=Step.PATH, path="README.md")
    examples = (Example(f"token = {token}", secret=token, path="config/prod.env"),)
    assert failures(paths=("*.env",), counter_examples=(at_path,), examples=examples) == []


def test_a_wrong_reason_is_reported(failures: Failures) -> None:
    zeros = CounterExample("acme_" + "0" * 32, step=Step.CHECK, check="jwt")
    (failure,) = failures(min_entropy=2.0, counter_examples=(zeros,))
    assert failure.startswith("counter-example 1: dropped by entropy min-entropy: its entropy is too low")
    assert failure.endswith("not by check jwt")
    readme = CounterExample("acme_readme", step=Step.CHECK, check="jwt")
    found = failures(checks=(Jwt(),), counter_examples=(readme,))
    assert "counter-example 1: dropped by its pattern, which does not match, not by check jwt" in found


def test_the_path_of_an_example_is_one_at_which_the_rule_applies(failures: Failures, token: str) -> None:
    examples = (Example(f"token = {token}", secret=token, path="README.md"),)
    found = failures(paths=("*.env",), examples=examples)
    assert "example 1: the rule does not apply at its path, README.md" in found


def test_variants_are_compared(failures: Failures, token: str) -> None:
    variants = (Variant(name="any", pattern="acme"),)
    named = (Example(f"token = {token}", secret=token, variant="any"),)
    assert failures(variants=variants, examples=named) == []
    wrong = (Example(f"token = {token}", secret=token, variant="live"),)
    assert "example 1: variant is any, not live" in failures(variants=variants, examples=wrong)


@pytest.mark.parametrize(
    "pattern", ["(?i)token = (?-i:(?P<secret>acme_[0-9a-f]{32}))", "(?i:token) = (?P<secret>acme_[0-9a-f]{32})"]
)
def test_any_letter_case_around_the_secret_is_proven_by_an_example(
    failures: Failures, token: str, pattern: str
) -> None:
    lower = Example(f"token = {token}", secret=token)
    (failure,) = failures(pattern=pattern, examples=(lower,))
    assert "is not proven: no example has the text in another letter case" in failure
    assert failures(pattern=pattern, examples=(lower, Example(f"Token = {token}", secret=token))) == []
