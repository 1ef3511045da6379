"""Every rule that ships: what the prefilter lets through is all that its pattern would match without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import beca_internal_tokens
import pytest
from hypothesis import given
from hypothesis import strategies as st

import beca_scanners
from beca_core.matching.pattern import compile_pattern
from beca_core.matching.prefilter import Prefilter

if TYPE_CHECKING:
    from beca_core import Rule

RULES = [*beca_scanners.beca_register_rules(), *beca_internal_tokens.beca_register_rules()]
FRAGMENTS = [example.data for rule in RULES for example in rule.examples]
FRAGMENTS += [text if isinstance(text, bytes) else text.encode() for rule in RULES for text in rule.counter_examples]


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Examples of all rules, whole or cut, with anything between them."""
    text = b""
    for fragment in draw(st.lists(st.sampled_from(FRAGMENTS), max_size=4)):
        cut = draw(st.integers(0, len(fragment)) | st.just(len(fragment)))
        text += draw(st.binary(max_size=70) | st.sampled_from([b"", b"\n", b" ", b"x"])) + fragment[:cut]
    return text + draw(st.binary(max_size=70))


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@given(text=texts())
def test_the_prefilter_of_a_rule_hides_nothing(rule: Rule, text: bytes) -> None:
    pattern = compile_pattern(rule)
    sightings = Prefilter([rule]).find(text).ranges.get(0, [])
    everywhere = [(1, len(text))] if text else []
    assert list(pattern.occurrences(text, sightings)) == list(pattern.occurrences(text, everywhere))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_prefilter_sees_something_in_each_example(rule: Rule) -> None:
    prefilter = Prefilter([rule])
    assert not prefilter.uncovered
    assert all(prefilter.find(example.data).ranges for example in rule.examples)
