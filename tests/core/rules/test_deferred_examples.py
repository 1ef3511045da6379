"""Examples that are made when they are first read."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import NoReturn

import pytest

from beca_core import Confidence, Engine, Example, PluginRegistry, Rule, Severity
from beca_core.rules.example import deferred
from beca_core.rules.rule_problems import example_problems, rule_problems
from beca_core.testing import prove

KEY = "acme_" + "0123456789abcdef"[::-1]
RULE = Rule(
    id="acme-key",
    version=1,
    description="ACME key",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>acme_[0-9a-f]{16})",
    boundary="0-9A-Za-z_",
    examples=(Example(f"key = {KEY}", KEY),),
    counter_examples=("acme_readme",),
)


def never() -> NoReturn:
    raise AssertionError("examples were read")


def test_registering_and_scanning_read_no_examples() -> None:
    rule = replace(RULE, examples=deferred(never), counter_examples=deferred(never))
    assert rule_problems(rule) == []
    assert [found.secret for found in Engine(rules=[rule]).scan_text(KEY)] == [KEY.encode()]


def test_they_are_made_once() -> None:
    made: list[int] = []

    def make() -> tuple[Example, ...]:
        made.append(1)
        return RULE.examples

    examples = deferred(make)
    assert [*examples] == [*examples] == [*RULE.examples]
    assert (len(examples), examples[0], examples[:1]) == (1, RULE.examples[0], RULE.examples[:1])
    assert made == [1]


def test_a_rule_equals_the_same_rule_with_deferred_examples() -> None:
    rule = replace(RULE, examples=deferred(lambda: RULE.examples))
    assert rule == RULE
    assert hash(rule.examples) == hash(RULE.examples)
    assert rule != replace(RULE, examples=deferred(lambda: ()))
    assert pickle.loads(pickle.dumps(rule)) == RULE  # noqa: S301 - its own pickle


def test_a_proof_reads_them_and_says_what_is_wrong_with_them() -> None:
    sound = replace(RULE, examples=deferred(lambda: RULE.examples))
    assert prove(PluginRegistry(cache_dir=False).with_rules([sound]))["acme-key"] == []
    wrong = replace(RULE, examples=deferred(lambda: ("acme",)))  # type: ignore[arg-type,return-value,list-item]
    (failure,) = prove(PluginRegistry(cache_dir=False).with_rules([wrong]))["acme-key"]
    assert failure.startswith("examples item 1 must be an Example, not str.")
    (problem,) = example_problems(replace(RULE, examples=deferred(never)))
    assert problem == "examples cannot be read: it raised AssertionError."


@pytest.mark.parametrize("value", [(), [], 0])
def test_what_is_no_sequence_of_the_same_items_is_not_equal(value: object) -> None:
    assert deferred(lambda: RULE.examples) != value
