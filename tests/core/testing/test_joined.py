"""Texts are searched together only where that cannot hide what is found in one of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Near, Part, PluginRegistry, Rule, Severity, checks
from beca_core.testing.joined import with_something
from beca_core.testing.workbench import Workbench

_FRAGMENTS = ("acme_0123abcd", "acme_0123ab", "key", "id=42", " ", "\n", "x", ";" * 40, "-", "\ufeff", "\0")
some_texts = st.lists(st.lists(st.sampled_from(_FRAGMENTS), max_size=6).map("".join), max_size=8)


def rule(**changes: Any) -> Rule:
    fields: dict[str, Any] = {
        "id": "acme",
        "version": 1,
        "description": "ACME",
        "severity": Severity.HIGH,
        "confidence": Confidence.HIGH,
        "pattern": "(?P<secret>acme_[0-9a-f]{8})",
    }
    return Rule(**{**fields, **changes})


def bench(given: Rule) -> Workbench:
    return Workbench(given, PluginRegistry(cache_dir=False).with_rules([given]))


RULES = [
    rule(),
    rule(boundary="0-9a-z_"),
    rule(boundary=r"\s"),
    rule(pattern="^(?P<secret>acme_[0-9a-f]{8})$"),
    rule(pattern=r"\A(?P<secret>acme_[0-9a-f]{8})"),
    rule(pattern=r"(?P<secret>acme_[0-9a-f]{8})\z"),
    rule(pattern=r"(?-m:^)(?P<secret>acme_[0-9a-f]{8})"),
    rule(pattern=r"(?P<secret>acme_[0-9a-f]{6,12}(?:\n;)?)", multiline=True),
    rule(near=(Near(words=("key",), within=20),)),
    rule(parts=(Part(name="id", pattern="id=(?P<part>[0-9]+)", within_bytes=30),)),
    rule(parts=(Part(name="id", pattern="id=(?P<part>[0-9]+)", within_bytes=30, boundary=r"\s"),)),
    rule(checks=(checks.Charset(alphabet="0-9a-f_cme", digits=4),)),
]


@pytest.mark.parametrize("given_rule", RULES, ids=lambda each: f"{each.pattern} {each.boundary}")
def test_whatever_is_found_in_a_text_is_not_hidden_by_the_others(given_rule: Rule) -> None:
    tried = bench(given_rule)

    @given(some_texts)
    def check(texts: list[str]) -> None:
        data = [text.encode() for text in texts]
        found = {number for number, text in enumerate(data) if tried.matches(text)}
        assert found <= set(with_something(tried, given_rule, data))

    check()


def test_where_nothing_is_found_no_text_is_searched_again() -> None:
    tried = bench(RULES[0])
    texts = [b"acme_0123", b"acme_0123abcd", b"nothing", b"acme_"]
    assert set(with_something(tried, RULES[0], texts)) == {1}


def refuse(candidate: Candidate) -> None:
    return None


@pytest.mark.parametrize("given_rule", [*RULES[4:8], RULES[2], RULES[10], rule(checks=(refuse,))])
def test_code_and_what_sees_more_than_lines_is_tried_on_each_text(given_rule: Rule) -> None:
    assert set(with_something(bench(given_rule), given_rule, [b"a", b"b", b"c"])) == {0, 1, 2}


def test_many_texts_are_searched_a_few_kilobytes_at_a_time() -> None:
    tried = bench(RULES[0])
    texts = [b"acme_%04d%s" % (number, b" " * 500) for number in range(30)]
    texts[17] = b"acme_0123abcd"
    assert set(with_something(tried, RULES[0], texts)) == {17}
    assert tried.slowest_bytes <= 5000
