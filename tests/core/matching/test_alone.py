"""A rule set of many rules finds, for one of them alone, what that rule finds by itself."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core import PluginRegistry
from beca_core.report import ProblemLog
from tests.shapes.thirty import SHAPES

if TYPE_CHECKING:
    from beca_core.matching.room import Drops
    from beca_core.matching.ruleset import RuleSet

IDS = [rule.id for rule in SHAPES]
RULES = {rule.id: rule for rule in SHAPES}
TEXTS = [example.data for rule in SHAPES for example in rule.examples]
PIECES = [*TEXTS, *(text[: len(text) // 2] for text in TEXTS), b"\n", b" ", b"%41", b"token = "]


@cache
def registry() -> PluginRegistry:
    return PluginRegistry(cache_dir=False).with_rules(SHAPES)


@cache
def together() -> RuleSet:
    return registry().compile(use_cache=False)


@cache
def both(rule_id: str) -> tuple[RuleSet, RuleSet]:
    return together().alone(rule_id), registry().compile([rule_id], use_cache=False)


@pytest.mark.parametrize("rule_id", IDS)
def test_the_rule_finds_its_examples_and_no_other_rule_finds_anything(rule_id: str) -> None:
    shared, by_itself = both(rule_id)
    for example in RULES[rule_id].examples:
        found = shared.find(example.data, ProblemLog())
        assert found == by_itself.find(example.data, ProblemLog())
        assert {match.rule_id for match in found} == {rule_id}
    for other in IDS[:8]:
        assert {match.rule_id for match in shared.find(RULES[other].examples[0].data, ProblemLog())} <= {rule_id}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=6), st.sampled_from(IDS))
def test_it_finds_and_drops_the_same(pieces: list[bytes], rule_id: str) -> None:
    text = b"".join(pieces)
    results = []
    for rule_set in both(rule_id):
        log = ProblemLog()
        drops: Drops = []
        found = rule_set.find(text, log)
        rule_set.find(text, ProblemLog(), drops=drops)
        results.append((found, log.dropped, {*drops}))
    assert results[0] == results[1]


def test_the_other_rules_still_find_what_they_find() -> None:
    before = [together().find(text, ProblemLog()) for text in TEXTS]
    for rule_id in IDS:
        together().alone(rule_id).find(TEXTS[0], ProblemLog())
    assert [together().find(text, ProblemLog()) for text in TEXTS] == before
    assert all(before)
