"""Gated rules: one search for many of them says that a content holds nothing, and hides nothing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
import re2

from beca_core.matching.index.gated import GatedRules
from beca_core.matching.prefilter import Prefilter
from tests.core.matching.plain import PlainRules

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Rule

    MakeRule = Callable[..., Rule]

PATTERNS = (
    r"\b(?P<secret>[0-9a-f]{8})\b",
    r"(?i)(?P<secret>[A-F]{4}-[0-9]{4})",
    r"(?P<secret>^[0-9]+x$)",
    r"[(?P<a>]{3}(?P<secret>[0-9])",
    r"\(?P<(?P<secret>[0-9]{3})>",
    r"\Q(?P<\E(?P<secret>[ab]{3})|(?P<other>[xyz]{5})",
    r"(?P<secret>[a-z]{2}\n[0-9]{2})",
)


@pytest.fixture
def rules(make_rule: MakeRule) -> list[Rule]:
    return [
        make_rule(text, id=f"gated-{number}", keywords=("heroku",), multiline=r"\n" in text)
        for number, text in enumerate(PATTERNS)
    ]


def test_rules_that_match_nowhere_are_not_reported(rules: list[Rule]) -> None:
    prefilter = Prefilter(rules)
    assert prefilter.find(b"heroku is a word").ranges == {}
    assert prefilter.find(b"heroku 0123abcd").ranges.keys() == set(range(len(rules)))
    assert prefilter.find(b"0123abcd").ranges == {}


def test_a_single_rule_is_searched_by_itself(rules: list[Rule]) -> None:
    assert Prefilter(rules[:1]).find(b"heroku").ranges == {0: [(1, 6)]}


def test_rules_that_read_every_content_are_searched_together(make_rule: MakeRule) -> None:
    prefilter = Prefilter([make_rule(f"(?P<secret>[0-9]{{{size}}})", id=f"r{size}") for size in (8, 9)])
    assert prefilter.uncovered == {0, 1}
    assert prefilter.find(b"nothing").ranges == {}
    assert prefilter.find(b"12345678").ranges.keys() == {0, 1}


def test_the_search_hides_nothing(rules: list[Rule]) -> None:
    together, alone = PlainRules(rules), [PlainRules([rule]) for rule in rules]
    chance = random.Random(0)
    pieces = (
        b"heroku",
        b"0123abcd",
        b"ABcd-0123",
        b"\n",
        b"12x",
        b"(?P<a>",
        b"(?P<",
        b"7",
        b"123>",
        b"aba",
        b"xyzxy",
        b" ",
    )
    for _ in range(500):
        text = b"heroku " + b"".join(chance.choices(pieces, k=4)) + chance.choice((b"", b"\nab\n12", b"\r\n"))
        assert sorted(together.scan(text)) == sorted(match for rule in alone for match in rule.scan(text)), text


def test_a_match_after_the_first_window_is_found(rules: list[Rule], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beca_core.matching.index.gated.WINDOW_BYTES", 16)
    gated = GatedRules(dict(enumerate(rules)))
    for begin in (0, 10, 8_190, 20_000):
        assert gated.without_match(b" " * begin + b"0123abcd", {0, 1}) == set()
    assert gated.without_match(b" " * 20_000, {0, 1}) == {0, 1}


def test_groups_that_re2_refuses_are_searched_one_by_one(rules: list[Rule], monkeypatch: pytest.MonkeyPatch) -> None:
    gated = GatedRules(dict(enumerate(rules)))
    for rule in rules:
        PlainRules([rule]).scan(b"heroku")

    def refuse(*_: object) -> None:
        raise re2.error("too large")

    monkeypatch.setattr(re2, "compile", refuse)
    assert gated.without_match(b"nothing", {0, 1}) == set()


@pytest.mark.parametrize("multiline", [False, True])
def test_what_only_a_piece_matches_is_searched_for(make_rule: MakeRule, *, multiline: bool) -> None:
    rules = [
        make_rule(rf"=(?P<secret>[{letter}]+)$", id=f"cut-{letter}", max_bytes=16, multiline=multiline)
        for letter in "xy"
    ]
    for text in (b"=" + b"x" * 150 + b"=", b"\n" * 300 + b"=" + b"y" * 500 + b"="):
        found = PlainRules(rules).scan(text)
        assert found == [match for rule in rules for match in PlainRules([rule]).scan(text)]
        assert found[0].truncated
