"""One secret is one finding: which rule has it, and what is said of the others."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Position, RuleInfo, Severity, SupersededRule
from beca_core.scanning.results.precedence import Decision, Precedence
from beca_core.scanning.results.superiors import superiors
from beca_core.state.hit import Hit

if TYPE_CHECKING:
    import random

CONFIDENCES = list(Confidence)


def rule(rule_id: str, *supersedes: str, provider: str = "", severity: Severity = Severity.LOW) -> RuleInfo:
    return RuleInfo(
        id=rule_id,
        version=1,
        description="d",
        severity=severity,
        confidence=Confidence.LOW,
        supersedes=supersedes,
        provider=provider,
    )


def hit(rule_id: str, begin: int, end: int, confidence: Confidence = Confidence.LOW, *, line: int = 1) -> Hit:
    span = Position(line, begin), Position(line, end)
    return Hit(rule_id, *span, b"", confidence, fingerprint=f"{rule_id}:{line}:{begin}-{end}", redacted="r")


def decide(rules: list[RuleInfo], *hits: Hit) -> list[Decision]:
    return Precedence(lambda: {each.id: each for each in rules}).decide(hits)


def winners(rules: list[RuleInfo], *hits: Hit) -> list[str]:
    return [each.fingerprint for each, said in zip(hits, decide(rules, *hits), strict=True) if said.winner is None]


@pytest.mark.parametrize(
    ("rules", "hits", "winner"),
    [
        ([rule("a"), rule("b")], [hit("a", 1, 9), hit("b", 1, 9, Confidence.HIGH)], "b"),
        ([rule("a"), rule("b", provider="B")], [hit("a", 1, 9), hit("b", 1, 9)], "b"),
        ([rule("a"), rule("b", severity=Severity.HIGH)], [hit("a", 1, 9), hit("b", 1, 9)], "b"),
        ([rule("a"), rule("b")], [hit("a", 2, 9), hit("b", 1, 9)], "b"),
        ([rule("a"), rule("b")], [hit("b", 1, 9), hit("a", 1, 9)], "a"),
        ([rule("a", "b"), rule("b")], [hit("a", 1, 9), hit("b", 1, 9, Confidence.HIGH)], "a"),
        ([rule("a", "b"), rule("b", "c"), rule("c")], [hit("a", 2, 3), hit("c", 1, 9, Confidence.HIGH)], "a"),
        ([rule("a", "gen-*"), rule("gen-b")], [hit("a", 1, 9), hit("gen-b", 1, 9, Confidence.HIGH)], "a"),
        ([rule("a", "b"), rule("b", "a")], [hit("a", 1, 9), hit("b", 1, 9, Confidence.HIGH)], "b"),
    ],
)
def test_the_most_specific_rule_has_the_secret(rules: list[RuleInfo], hits: list[Hit], winner: str) -> None:
    for ordered in (hits, hits[::-1]):
        decisions = decide(rules, *ordered)
        (won,) = (number for number, decision in enumerate(decisions) if decision.winner is None)
        assert ordered[won].rule_id == winner
        assert [other.rule_id for other in decisions[won].superseded] == [
            each.rule_id for each in hits if each.rule_id != winner
        ]
        assert decisions[1 - won].winner == ordered[won]


@pytest.mark.parametrize(
    "other",
    [
        hit("b", 5, 12),
        hit("b", 9, 12),
        hit("a", 1, 9),
        hit("a", 2, 3),
        hit("b", 1, 9)._replace(member=b"m"),
        hit("b", 1, 9)._replace(decodings=("base64",)),
        hit("b", 1, 9, line=2),
    ],
)
def test_these_are_other_secrets(other: Hit) -> None:
    """They only overlap or touch, are of the same rule, or are in another reading of the content."""
    assert decide([rule("a"), rule("b")], hit("a", 1, 9), other) == [Decision(), Decision()]


def test_what_holds_two_secrets_hides_neither_and_is_listed_in_both() -> None:
    whole, first, second = hit("line", 1, 20), hit("a", 2, 5, Confidence.HIGH), hit("b", 8, 12, Confidence.HIGH)
    decisions = decide([rule("line"), rule("a"), rule("b")], whole, first, second)
    listed = (SupersededRule("line", whole.fingerprint),)
    assert decisions == [Decision(winner=first), Decision(superseded=listed), Decision(superseded=listed)]


def test_a_secret_stays_a_finding_if_what_holds_it_loses_to_another_one() -> None:
    hits = hit("wide", 1, 20, Confidence.MEDIUM), hit("best", 2, 5, Confidence.HIGH), hit("least", 8, 12)
    assert winners([rule("wide"), rule("best"), rule("least")], *hits) == [hits[1].fingerprint, hits[2].fingerprint]


def test_what_is_only_a_part_is_said_to_be_one() -> None:
    _, decision = decide([rule("part"), rule("all", "part")], hit("part", 2, 5, Confidence.HIGH), hit("all", 1, 9))
    assert decision.superseded == (SupersededRule("part", "part:1:2-5", partial=True),)


def test_a_secret_of_several_lines() -> None:
    block = hit("block", 1, 2)._replace(end=Position(9, 3), fingerprint="block")
    hits = block, hit("word", 1, 5, line=4), hit("word", 1, 5, line=10)
    assert winners([rule("block"), rule("word")], *hits) == ["block", "word:10:1-5"]


def test_rules_above_are_found_through_others_and_not_in_cycles() -> None:
    rules = [
        rule("a", "b"),
        rule("b", "c-*"),
        rule("c-1", "c-*"),
        rule("c-2", "c-1"),
        replace(rule("new"), former_ids=("old",)),
        rule("d", "old", "d", "nothing"),
    ]
    assert superiors(rules) == {
        "b": {"a"},
        "c-1": {"a", "b"},
        "c-2": {"a", "b"},
        "new": {"d"},
    }


RULES = [
    rule("a"),
    rule("b", "a"),
    rule("c", "a", provider="C"),
    rule("d", "b", severity=Severity.HIGH),
    rule("e", "f", provider="E"),
    rule("f", "e"),
]
ABOVE = {"a": "bcd", "b": "d"}
DEPTH = {"a": 3, "b": 1}
spans = st.tuples(st.integers(0, 24), st.integers(1, 8)).map(lambda span: (span[0], span[0] + span[1]))
some_hits = st.lists(
    st.builds(
        lambda rule_id, span, confidence: hit(rule_id, *span, confidence),
        st.sampled_from("abcdef"),
        spans,
        st.sampled_from(CONFIDENCES),
    ),
    max_size=12,
    unique_by=lambda each: each.fingerprint,
)


def holds(one: Hit, other: Hit) -> bool:
    return one.begin <= other.begin and other.end <= one.end


def is_one_secret(one: Hit, other: Hit) -> bool:
    return one.rule_id != other.rule_id and (holds(one, other) or holds(other, one))


def expected(hits: list[Hit]) -> dict[str, set[SupersededRule]]:
    """What the documentation says, hit by hit: each winner with what it lists."""

    def order(each: Hit) -> tuple[object, ...]:
        of_rule = next(known for known in RULES if known.id == each.rule_id)
        above = ABOVE.get(each.rule_id, "")
        is_blocked = any(is_one_secret(each, other) for other in hits if other.rule_id in above)
        length = each.end.column - each.begin.column
        ranks = -each.confidence.rank, not of_rule.provider, -of_rule.severity.rank, -length, each.rule_id
        return DEPTH[each.rule_id] if is_blocked else 0, *ranks, each.begin

    won: list[Hit] = []
    for each in sorted(hits, key=order):
        if not any(is_one_secret(each, other) for other in won):
            won.append(each)
    return {
        each.fingerprint: {
            SupersededRule(other.rule_id, other.fingerprint, not holds(other, each))
            for other in hits
            if is_one_secret(each, other)
        }
        for each in won
    }


@given(some_hits)
def test_decisions_are_those_of_the_documentation(hits: list[Hit]) -> None:
    decisions = decide(RULES, *hits)
    found = {
        each.fingerprint: set(decision.superseded)
        for each, decision in zip(hits, decisions, strict=True)
        if decision.winner is None
    }
    assert found == expected(hits)
    for each, decision in zip(hits, decisions, strict=True):
        assert decision.winner is None or (
            is_one_secret(each, decision.winner) and decision.winner.fingerprint in found
        )


@given(some_hits, st.randoms())
def test_the_order_of_the_hits_does_not_matter(hits: list[Hit], chance: random.Random) -> None:
    shuffled = hits[:]
    chance.shuffle(shuffled)
    assert sorted(winners(RULES, *hits)) == sorted(winners(RULES, *shuffled))


def nested(number: int) -> tuple[int, int]:
    return number, 40_000 - number


def staggered(number: int) -> tuple[int, int]:
    return number, number + 500 + number % 7


def within_few(number: int) -> tuple[int, int]:
    return (number, number + 1) if number % 100 else (0, 20_000 + number)


@pytest.mark.parametrize("span", [nested, staggered, within_few], ids=lambda each: each.__name__)
def test_ten_thousand_hits_in_one_place_take_less_than_seconds(span: object) -> None:
    assert callable(span)
    hits = [hit("abcdef"[number % 6], *span(number), CONFIDENCES[number % 3]) for number in range(10_000)]
    began = time.process_time()
    decisions = decide(RULES, *hits)
    assert time.process_time() - began < 10
    assert any(decision.winner is None for decision in decisions)
    assert max(len(decision.superseded) for decision in decisions) <= 100


def encoded(each: Hit, *decodings: str) -> Hit:
    return each._replace(decodings=decodings, fingerprint=f"{each.fingerprint} {' '.join(decodings)}")


def test_what_is_encoded_in_a_value_is_the_secret_of_a_superior_rule() -> None:
    outer, word = hit("b", 1, 20, Confidence.HIGH), hit("a", 3, 9)
    inner = encoded(hit("d", 1, 20), "base64")
    one, other, found = decide(RULES, outer, word, inner)
    assert (one.winner, other.winner, found.winner) == (inner, outer, None)
    assert {(each.rule_id, each.partial) for each in found.superseded} == {("b", False), ("a", True)}


def test_what_is_encoded_twice_wins_over_both() -> None:
    outer = hit("a", 1, 20)
    middle, inner = encoded(hit("b", 1, 20), "hex"), encoded(hit("d", 1, 20), "hex", "base64")
    first, second, third = decide(RULES, outer, middle, inner)
    assert (first.winner, second.winner, third.winner) == (inner, inner, None)
    assert {each.rule_id for each in third.superseded} == {"a", "b"}


def test_a_value_that_holds_two_encoded_secrets_is_listed_in_both() -> None:
    outer = hit("b", 1, 20)
    inner = [encoded(hit("d", begin, begin + 4), "base64") for begin in (2, 9)]
    first, *others = decide(RULES, outer, *inner)
    assert first.winner in inner
    assert [[each.rule_id for each in decision.superseded] for decision in others] == [["b"], ["b"]]


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        (hit("e", 1, 20), encoded(hit("d", 1, 20, Confidence.HIGH), "base64")),  # no rule supersedes the other
        (hit("d", 1, 20), encoded(hit("b", 1, 20), "base64")),  # the other way round
        (hit("b", 1, 9), encoded(hit("d", 10, 20), "base64")),  # elsewhere
        (hit("b", 1, 9)._replace(member=b"m"), encoded(hit("d", 1, 9), "base64")),  # in another member
        (encoded(hit("b", 1, 9), "hex"), encoded(hit("d", 1, 9), "base64")),  # encoded in another way
    ],
)
def test_these_are_secrets_of_their_own(outer: Hit, inner: Hit) -> None:
    assert len(winners(RULES, outer, inner)) == 2
    assert not Precedence(lambda: {each.id: each for each in RULES}).are_rivals(outer, inner)


@given(
    st.lists(
        st.builds(encoded, some_hits.filter(bool).map(lambda hits: hits[0])).flatmap(
            lambda each: st.sampled_from([each, encoded(each, "hex"), encoded(each, "hex", "base64")])
        ),
        max_size=10,
        unique_by=lambda each: each.fingerprint,
    ),
    st.randoms(),
)
def test_whatever_loses_has_lost_to_a_winner_of_the_same_secret(hits: list[Hit], chance: random.Random) -> None:
    precedence = Precedence(lambda: {each.id: each for each in RULES})
    decisions = precedence.decide(hits)
    won = {each.fingerprint for each, said in zip(hits, decisions, strict=True) if said.winner is None}
    assert bool(won) == bool(hits)
    for each, said in zip(hits, decisions, strict=True):
        if said.winner is not None and said.winner.decodings != each.decodings:
            assert said.winner.fingerprint in won
            assert precedence.are_rivals(each, said.winner)
            assert said.winner.rule_id in ABOVE[each.rule_id]
    shuffled = hits[:]
    chance.shuffle(shuffled)
    assert sorted(winners(RULES, *shuffled)) == sorted(won)
