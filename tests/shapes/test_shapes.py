"""Thirty shapes of credentials can be said without code, in Python and in TOML, and the conformance kit proves each."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from beca_core import PluginRegistry, Rule, load_rules
from beca_core.rules.documents.document import is_data
from beca_core.testing import prove_rule
from tests.shapes.thirty import SHAPES

TWINS: Final = {rule.id: rule for rule in load_rules(Path(__file__).with_name("thirty.toml"))}
BOTH: Final = [
    pytest.param(rule, id=f"{rule.id} {form}")
    for form, rules in (("in Python", SHAPES), ("in TOML", TWINS.values()))
    for rule in rules
]


@pytest.mark.parametrize("rule", BOTH)
def test_a_shape_is_proven(rule: Rule) -> None:
    assert prove_rule(rule, PluginRegistry(cache_dir=False).with_rules([rule])) == []


def test_there_are_thirty_shapes() -> None:
    assert len({rule.id for rule in SHAPES}) == len(SHAPES) >= 30


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in SHAPES])
def test_a_shape_is_only_data(rule: Rule) -> None:
    assert is_data(rule)


def test_toml_and_python_say_the_same() -> None:
    assert [*TWINS] == [rule.id for rule in SHAPES]
    for rule in SHAPES:
        assert TWINS[rule.id] == rule
