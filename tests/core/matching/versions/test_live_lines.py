"""The versions of a file have the same matches when they are searched by their lines as when each is searched alone."""

from __future__ import annotations

import base64
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Near, Part, Rule
from beca_core.matching.ruleset import RuleSet
from beca_core.report import ProblemLog
from beca_core.rules.rule import random_text
from beca_core.sources.novelty import Novelty
from tests.core.sources.deltas import Edit, edited

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeRule = Callable[..., Rule]

DIGITS = random_text(string.digits, 12, "live lines").encode()
HEX = random_text("0123456789abcdef", 32, "live lines").encode()
LONG = b"z" * 3000
PARTS = [
    b"\n",
    b"\r\n",
    b" ",
    b"\xef\xbb\xbf",
    b"acme_" + DIGITS,
    b"acme_",
    DIGITS,
    DIGITS[:5],
    b"_",
    b"password = 'hunter" + DIGITS[:3] + b"'",
    b"password = ",
    b"word",
    HEX,
    b"service",
    b"vendor",
    b"begin\n" + DIGITS + b"\nend",
    b"begin",
    b"edge " + DIGITS,
    b"start" + DIGITS,
    b"pair_" + DIGITS,
    b"host_",
    b"anchor",
    b"acme\\u005f" + DIGITS,
    b"acme%5f" + DIGITS,
    base64.b64encode(b"acme_" + DIGITS),
    b"vendor: " + HEX,
    b"\0",
    LONG,
]
TEXTS = st.lists(st.sampled_from(PARTS), max_size=8).map(b"".join)
FILLER = b"".join(b"line %d of a text that is long enough\n" % line for line in range(60))
PLACES = st.integers(0, len(FILLER) + 200)
EDITS = st.lists(st.builds(Edit, PLACES, st.integers(0, 60), TEXTS), max_size=4)
VERSIONS = st.lists(st.tuples(st.integers(0, 7), EDITS), min_size=1, max_size=8)


def drops_all(candidate: object) -> None:
    del candidate


@pytest.fixture(scope="module")
def rule_set(make_rule: MakeRule) -> RuleSet:
    others = [
        make_rule(rf"(?P<secret>other{number:02}_[0-9]{{9}})", id=f"other-{number}") for number in range(70)
    ]  # with fewer literals, their encoded forms are looked for together with them
    rules = [
        *others,
        make_rule(r"(?P<secret>acme_[0-9]{12})", id="acme", boundary="0-9a-z"),
        make_rule(r"\bword\s+(?P<secret>[0-9]{5})\b", id="words"),
        make_rule(r"(?i)password\s*=\s*'(?P<secret>[^']{4,20})'", id="assigned", checks=(drops_all,)),
        make_rule(
            r"(?P<secret>[0-9a-f]{32})", id="near", boundary="0-9a-f", near=(Near(words=("vendor",), within=40),)
        ),
        make_rule(r"begin\s(?P<secret>[0-9]{12})\send", id="lines", multiline=True),
        make_rule(r"edge (?P<secret>[0-9]{12})\z", id="end"),
        make_rule(r"^start(?P<secret>[0-9]{12})$", id="whole-line"),
        make_rule(
            r"pair_(?P<secret>[0-9]{12})",
            id="pair",
            parts=(Part(name="host", pattern=r"host_(?P<secret>[a-z]{4,9})", within_lines=2, required=True),),
        ),
    ]
    return RuleSet({rule.id: rule for rule in rules}, rules)


@given(first=TEXTS, versions=VERSIONS)
def test_matches_do_not_depend_on_what_is_known_of_the_base(
    rule_set: RuleSet, first: bytes, versions: list[tuple[int, list[Edit]]]
) -> None:
    root = first + FILLER
    texts, novelties = [root], [Novelty()]
    assert found_in(rule_set, root, novelties[0]) == found_in(rule_set, root)
    for base, edits in versions:
        base %= len(texts)
        text, delta = edited(texts[base], edits)
        novelty = Novelty(novelties[base].verdict, delta)
        assert found_in(rule_set, text, novelty) == found_in(rule_set, text)
        texts.append(text)
        novelties.append(novelty)


def found_in(rule_set: RuleSet, text: bytes, novelty: Novelty | None = None) -> tuple[object, object]:
    log = ProblemLog()
    return rule_set.find(text, log, novelty=novelty), dict(log.dropped)


def test_histories_are_searched_by_lines(rule_set: RuleSet) -> None:
    """Otherwise the test above compares nothing."""
    novelty = Novelty()
    rule_set.find(FILLER + b"acme_" + DIGITS, ProblemLog(), novelty=novelty)
    assert novelty.verdict.lines
