"""Entropy and checks."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Dropped, Step
from beca_core.errors import InvalidRule
from beca_core.rules.candidate import DropReason
from beca_core.rules.refinement import MAX_REASON, refine
from beca_core.rules.rule import entropy

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Rule

    MakeRule = Callable[..., Rule]

CANDIDATE = Candidate(b"key=abcd;", 4, 8, Confidence.MEDIUM, {"secret": (4, 8)})


@pytest.mark.parametrize(
    ("data", "bits"),
    [(b"", 0), (b"a", 0), (b"aaaa", 0), (b"ab", 1), (b"aabb", 1), (b"abcd", 2), (bytes(range(256)), 8)],
)
def test_entropy_of_known_texts(data: bytes, bits: float) -> None:
    assert entropy(data) == bits


@given(st.binary(min_size=1, max_size=300))
def test_entropy_is_between_zero_and_that_of_distinct_bytes(data: bytes) -> None:
    assert -1e-9 <= entropy(data) <= math.log2(len(set(data))) + 1e-9
    assert entropy(data + data) == pytest.approx(entropy(data))


def test_a_candidate_below_the_least_entropy_is_dropped_before_any_check(make_rule: MakeRule) -> None:
    called: list[Candidate] = []
    rule = make_rule("(?P<secret>x)", min_entropy=2.1, checks=(called.append,))
    assert refine(rule, CANDIDATE) == DropReason(
        Step.ENTROPY, "min-entropy", "its entropy is too low", "2.00 of at least 2.1"
    )
    assert called == []
    assert refine(make_rule("(?P<secret>x)", min_entropy=2.0), CANDIDATE) == CANDIDATE


def test_each_check_gets_the_candidate_of_the_one_before(make_rule: MakeRule) -> None:
    def shorten(candidate: Candidate) -> Candidate:
        return dataclasses.replace(candidate, end=candidate.end - 1)

    def trust(candidate: Candidate) -> Candidate:
        return dataclasses.replace(candidate, confidence=Confidence.HIGH)

    refined = refine(make_rule("(?P<secret>x)", checks=(shorten, shorten, trust)), CANDIDATE)
    assert isinstance(refined, Candidate)
    assert (refined.secret, refined.confidence) == (b"ab", Confidence.HIGH)


def test_a_check_can_drop_a_candidate_and_is_then_the_last(make_rule: MakeRule) -> None:
    def fail(_: Candidate) -> Candidate:
        raise AssertionError

    def is_none(_: Candidate) -> None:
        return None

    reason = DropReason(Step.CHECK, "is_none", "it is not a secret")
    assert refine(make_rule("(?P<secret>x)", checks=(is_none, fail)), CANDIDATE) == reason


def test_a_check_says_why_it_drops_a_candidate(make_rule: MakeRule) -> None:
    class Length:
        name = "length"

        def __call__(self, _: Candidate) -> Dropped:
            return Dropped("it is too short", "4 of at least 8")

    reason = DropReason(Step.CHECK, "length", "it is too short", "4 of at least 8")
    assert refine(make_rule("(?P<secret>x)", checks=(Length(),)), CANDIDATE) == reason


@pytest.mark.parametrize(
    ("reason", "value", "told"),
    [
        ("because of abcd", "abcd", ("it is not a secret", "")),
        ("r" * 1000, "v" * 1000, ("r" * MAX_REASON, "v" * MAX_REASON)),
        ("two\nlines", "\x1b[31m", ("two\\nlines", "\\x1b[31m")),
        (None, 7, ("it is not a secret", "")),
        ("", "", ("it is not a secret", "")),
    ],
)
def test_what_a_check_says_is_printable_and_bounded_and_without_the_secret(
    make_rule: MakeRule, reason: Any, value: Any, told: tuple[str, str]
) -> None:
    refined = refine(make_rule("(?P<secret>x)", checks=(lambda _: Dropped(reason, value),)), CANDIDATE)
    assert isinstance(refined, DropReason)
    assert (refined.reason, refined.value) == told


def test_exceptions_of_a_check_pass_through(make_rule: MakeRule) -> None:
    def fail(_: Candidate) -> Candidate:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refine(make_rule("(?P<secret>x)", checks=(fail,)), CANDIDATE)


@pytest.mark.parametrize(
    "nonsense",
    [
        True,
        "abcd",
        (4, 8),
        dataclasses.replace(CANDIDATE, begin=-1),
        dataclasses.replace(CANDIDATE, begin=8),
        dataclasses.replace(CANDIDATE, end=10),
        dataclasses.replace(CANDIDATE, begin="4"),
        dataclasses.replace(CANDIDATE, end=7.5),
        dataclasses.replace(CANDIDATE, confidence="HIGH?"),
        dataclasses.replace(CANDIDATE, truncated=1),
    ],
)
def test_an_invalid_result_of_a_check_is_refused(make_rule: MakeRule, nonsense: Any) -> None:
    with pytest.raises(
        InvalidRule, match="'some-rule': a check must return None, Dropped or a Candidate within the data"
    ):
        refine(make_rule("(?P<secret>x)", checks=(lambda _: nonsense,)), CANDIDATE)
