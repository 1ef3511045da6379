"""The made-up rules: many, different, the same at every run, and each one works."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from synthetic import compiled, plugin, synthetic_rules

from beca_core import PluginRegistry
from beca_core.report import ProblemLog

if TYPE_CHECKING:
    from beca_core.matching.ruleset import RuleSet

RULES = synthetic_rules()


def test_there_are_as_many_as_asked_for_and_always_the_same_ones() -> None:
    assert len(RULES) == 450
    assert len({rule.pattern for rule in RULES}) == len({rule.id for rule in RULES}) == 450
    assert synthetic_rules(7) == RULES[:7]
    assert synthetic_rules(0) == []


def test_each_half_has_its_shape() -> None:
    prefixes = [re.search(r"<secret>([\w\\.-]{3,9})\[", rule.patterns[0]) for rule in RULES[::2]]
    assert all(found and 3 <= len(found[1].replace("\\", "")) <= 8 for found in prefixes)
    assert all(rule.patterns[0].startswith("(?i)") and "(?:=|:|=>|:=)" in rule.patterns[0] for rule in RULES[1::2])


@pytest.fixture(scope="module")
def rule_set() -> RuleSet:
    """All rules, compiled, which takes seconds."""
    return compiled(RULES)


@pytest.mark.slow
@pytest.mark.xdist_group("synthetic")
def test_each_rule_finds_its_example(rule_set: RuleSet) -> None:
    assert rule_set.uncovered == ()
    for rule in RULES:
        (example,) = rule.examples
        found = [match for match in rule_set.find(example.data, ProblemLog()) if match.rule_id == rule.id]
        assert [example.data[match.begin : match.end] for match in found] == [example.secret_bytes]


@pytest.mark.slow
@pytest.mark.xdist_group("synthetic")
@pytest.mark.parametrize("text", ["", "token = value", "client.api(secret=key)", "stream render bridge node"])
def test_everyday_text_holds_nothing(text: str, rule_set: RuleSet) -> None:
    assert rule_set.find(text.encode(), ProblemLog()) == []


def test_the_plugin_registers_them() -> None:
    registry = PluginRegistry()
    assert registry.register(plugin, "synthetic").problems == []
    assert set(registry.rules) == {rule.id for rule in RULES}
