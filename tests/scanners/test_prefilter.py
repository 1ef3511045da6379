"""The built-in rules: the prefilter does not hide any match of their patterns."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

import beca_internal_tokens
from hypothesis import given
from hypothesis import strategies as st

import beca_scanners
from beca_core.matching.patterns.pattern_checking import checked_pattern
from beca_core.matching.prefilter import Prefilter
from beca_core.rules.example import as_counter_example
from tests.conftest import EXAMPLES, PROFILE
from tests.scanners.conftest import all_rules

if TYPE_CHECKING:
    from beca_core import Rule
    from beca_core.matching.lines import Ranges

RULES = [
    rule
    for rule in (*beca_scanners.beca_register_rules(), *beca_internal_tokens.beca_register_rules())
    if not rule.near
]
"""Without those that `near` restricts: what the prefilter hides of them is what is not near."""


def fragments_of(rule: Rule) -> list[bytes]:
    """Examples and counter-examples."""
    counter_examples = map(as_counter_example, rule.counter_examples)
    return [example.data for example in (*rule.examples, *counter_examples)]


TEXTS = EXAMPLES[PROFILE] // 20
"""How many texts are made of each fragment."""
FRAGMENTS = [fragment for rule in RULES for fragment in fragments_of(rule)]


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Generate examples of all rules, complete or truncated, with other text between them."""
    text = b""
    for fragment in draw(st.lists(st.sampled_from(FRAGMENTS), max_size=4)):
        cut = draw(st.integers(0, len(fragment)) | st.just(len(fragment)))
        text += draw(st.binary(max_size=70) | st.sampled_from([b"", b"\n", b" ", b"x"])) + fragment[:cut]
    return text + draw(st.binary(max_size=70))


prefilter_of = cache(Prefilter)
"""The prefilter of some rules, compiled once for all examples of a property."""


def hides_something(rule: Rule, text: bytes, ranges: Ranges) -> bool:
    """Whether a rule matches something in a text outside the ranges that the prefilter gave."""
    pattern = checked_pattern(rule)
    everywhere = [(1, len(text))] if text else []
    return list(pattern.occurrences(text, ranges)) != list(pattern.occurrences(text, everywhere))


@all_rules(RULES)
@given(text=texts())
def test_the_prefilter_hides_no_match(rules: tuple[Rule, ...], text: bytes) -> None:
    ranges = prefilter_of(rules).find(text).ranges
    assert [rule.id for n, rule in enumerate(rules) if hides_something(rule, text, ranges.get(n, []))] == []


@all_rules(RULES)
def test_the_prefilter_hides_no_match_in_texts_made_of_the_examples(rules: tuple[Rule, ...]) -> None:
    """A property tries few examples of each rule where there are hundreds; here each has its turn."""
    noise = random.Random(0)
    prefilter = prefilter_of(rules)
    for number, rule in enumerate(rules):
        for fragment in fragments_of(rule):
            for _ in range(TEXTS):
                cut = fragment[noise.randrange(3) :][: noise.choice([None, None, noise.randrange(len(fragment) + 1)])]
                before, after = (noise.choice([b"", b"\n", b" ", noise.randbytes(40)]) for _ in range(2))
                text = before + cut + after + fragment
                ranges = prefilter.find(text).ranges.get(number, [])
                assert not hides_something(rule, text, ranges), (rule.id, text)


@all_rules(RULES)
def test_the_prefilter_sees_something_in_each_example(rules: tuple[Rule, ...]) -> None:
    prefilter = prefilter_of(rules)
    assert not prefilter.uncovered
    unseen = [
        rule.id
        for number, rule in enumerate(rules)
        for example in rule.examples
        if number not in prefilter.find(example.data).ranges
    ]
    assert unseen == []
