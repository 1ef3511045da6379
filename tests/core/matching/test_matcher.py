"""`PlainRules`: keywords, checks that fail, confidence of a match, threads, and hostile lines."""

from __future__ import annotations

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Match, Rule, RuleInfo, Severity
from beca_core.errors import InvalidRule
from tests.core.matching.plain import PlainRules

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeRule = Callable[..., Rule]

PAIR = Rule(
    id="pair",
    version=1,
    description="Two words side by side",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    pattern=r"(?:^|[^A-Za-z0-9_])(?P<secret>private_key\w*)(?:[^A-Za-z0-9_]|$)",
)


def texts(rules: list[Rule], data: bytes) -> list[bytes]:
    return [data[match.begin : match.end] for match in PlainRules(rules).scan(data)]


def test_no_rules_find_nothing() -> None:
    assert PlainRules([]).scan(b"data") == []


def test_a_broken_pattern_is_refused_at_once(make_rule: MakeRule) -> None:
    with pytest.raises(InvalidRule, match="Rule 'broken'"):
        PlainRules([make_rule("(?P<secret>a)"), make_rule("(?P<secret>a", id="broken")])


def test_rules_without_a_literal_are_named(make_rule: MakeRule) -> None:
    scanner = PlainRules([make_rule("(?P<secret>key)"), make_rule("(?P<secret>[0-9]{9})", id="digits")])
    assert [rule.id for rule in scanner.uncovered] == ["digits"]
    assert [match.rule_id for match in scanner.scan(b"123456789")] == ["digits"]


def test_matches_are_sorted_and_unique(make_rule: MakeRule) -> None:
    def to_the_whole(candidate: Candidate) -> Candidate:
        return dataclasses.replace(candidate, begin=0, end=7)

    scanner = PlainRules(
        [make_rule("(?P<secret>key)", id="b"), make_rule("(?P<secret>key)", id="a", checks=(to_the_whole,))]
    )
    assert scanner.scan(b"key key") == [Match(0, 3, "b"), Match(0, 7, "a"), Match(4, 7, "b")]


@pytest.mark.parametrize("keyword", ["api", "API", "Api Key"])
@pytest.mark.parametrize("pattern", ["(?P<secret>[0-9]{4})", "(?P<secret>num_[0-9]{4})"])
def test_one_of_the_keywords_must_occur_in_any_letter_case(make_rule: MakeRule, keyword: str, pattern: str) -> None:
    rule = make_rule(pattern, keywords=("unused", keyword))
    assert texts([rule], b"num_1234") == []
    assert len(texts([rule], b"num_1234\n" + b"x" * 5000 + b"\n the aPi kEy")) == 1


def test_keywords_are_words_and_not_patterns(make_rule: MakeRule) -> None:
    rule = make_rule("(?P<secret>key_[0-9])", keywords=("a.c", "(x"))
    assert texts([rule], b"abc key_1") == []
    assert texts([rule], b"a.c key_1") == [b"key_1"]
    assert texts([rule], b"(X key_1") == [b"key_1"]


def test_a_match_says_its_confidence_only_if_it_is_not_the_rules(make_rule: MakeRule) -> None:
    def trust_long_ones(candidate: Candidate) -> Candidate:
        return dataclasses.replace(
            candidate, confidence=Confidence.HIGH if len(candidate.secret) > 4 else Confidence.MEDIUM
        )

    scanner = PlainRules([make_rule(r"(?P<secret>key\d+)", checks=(trust_long_ones,))])
    assert [match.confidence for match in scanner.scan(b"key1 key22")] == [None, Confidence.HIGH]


def test_a_check_sees_the_blob_its_secret_and_the_groups(make_rule: MakeRule) -> None:
    seen: list[Candidate] = []
    rule = make_rule("(?P<name>[a-z]+)_key=(?P<secret>[0-9]+)(?P<end>;)?", checks=(seen.append,))
    data = b"my_key=12"
    assert PlainRules([rule]).scan(data) == []
    assert seen == [Candidate(data, 7, 9, Confidence.MEDIUM, {"name": (0, 2), "secret": (7, 9)})]
    assert (seen[0].secret, seen[0].group("name"), seen[0].group("end")) == (b"12", b"my", None)


def test_checks_run_again_for_the_same_line_in_another_blob(make_rule: MakeRule) -> None:
    def only_beside_its_user(candidate: Candidate) -> Candidate | None:
        return candidate if b"user" in candidate.data else None

    scanner = PlainRules([make_rule(r"(?P<secret>key\d)", checks=(only_beside_its_user,))])
    for _ in range(2):
        assert scanner.scan(b"key1\nnobody") == []
        assert scanner.scan(b"key1\nuser") == [Match(0, 4, "some-rule")]
        assert scanner.scan(b"user\nkey1\nuser") == [Match(5, 9, "some-rule")]


def test_keywords_are_checked_again_for_the_same_line_in_another_blob(make_rule: MakeRule) -> None:
    rule = make_rule(r"(?P<secret>num_\d)", keywords=("word",))
    scanner = PlainRules([rule])
    for _ in range(2):
        assert scanner.scan(b"num_1\nnothing") == []
        assert scanner.scan(b"num_1\nWORD") == [Match(0, 5, "some-rule")]


def test_rules_with_one_pattern_share_nothing_else(make_rule: MakeRule) -> None:
    pattern = r"(?P<secret>num_\d)"
    rules = [
        make_rule(pattern),
        make_rule(pattern, id="never", checks=(lambda _: None,)),
        make_rule(pattern, id="short", max_bytes=3),
    ]
    for _ in range(2):
        assert {match.rule_id for match in PlainRules(rules).scan(b"a num_1")} == {"some-rule", "short"}


@pytest.mark.slow
@given(
    st.lists(
        st.lists(st.sampled_from([b"private_key", b" private_keys ", b"x", b"\n", b"\n\n"]), max_size=8), max_size=6
    )
)
def test_earlier_blobs_do_not_change_the_matches(blobs: list[list[bytes]]) -> None:
    shared = PlainRules([PAIR])
    for blob in map(b"".join, blobs):
        assert shared.scan(blob) == PlainRules([PAIR]).scan(blob)


def test_a_failing_check_loses_only_its_own_match(make_rule: MakeRule) -> None:
    def fail_at_two(candidate: Candidate) -> Candidate:
        if candidate.secret == b"key2":
            raise ValueError(candidate.secret)
        return candidate

    failing = make_rule(r"(?P<secret>key\d)", checks=(fail_at_two,))
    nonsense = make_rule(r"(?P<secret>key2)", id="nonsense", checks=(lambda _: "key2",))
    scanner = PlainRules([failing, nonsense, make_rule("(?P<secret>key2)", id="other")])
    errors: list[tuple[str, type[BaseException]]] = []

    def note(rule: RuleInfo, error: BaseException) -> None:
        errors.append((rule.id, type(error)))

    found = scanner.find(b"key1 key2 key3", note)
    assert [(match.begin, match.rule_id) for match in found] == [(0, "some-rule"), (5, "other"), (10, "some-rule")]
    assert sorted(errors, key=lambda pair: pair[0]) == [("nonsense", InvalidRule), ("some-rule", ValueError)]
    with pytest.raises(ValueError, match="key2"):
        PlainRules([failing]).scan(b"key1 key2")


@pytest.mark.slow
@given(st.lists(st.sampled_from(["private_key", "private_keys", "my_private_key", "x", ""]), max_size=8))
def test_words_are_found_with_any_single_byte_between_them(words: list[str]) -> None:
    expected = [word.encode() for word in words if word.startswith("private_key")]
    for gap in (b" ", b"\n", b"=", b"\xe9", b"\0"):
        assert texts([PAIR], gap.join(word.encode() for word in words)) == expected


@given(
    words=st.lists(st.sampled_from([b"private_key", b"private_keys = 1", b"nothing of interest", b""]), max_size=12),
    filler=st.sampled_from([b" ", b". ", b"; " * 20]),
)
def test_one_long_line_gives_the_same_matches_as_many_short_ones(words: list[bytes], filler: bytes) -> None:
    rule = dataclasses.replace(PAIR, max_bytes=64)
    assert texts([rule], filler.join(words)) == texts([rule], b"\n".join(words))


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    for match in PlainRules([PAIR]).scan(data + b"private_key" + data):
        assert 0 <= match.begin < match.end <= 2 * len(data) + 11


@given(st.lists(st.sampled_from([b"private_key", b" ", b"\n", b"x"]), max_size=20).map(b"".join))
def test_scanning_twice_gives_the_same(data: bytes) -> None:
    scanner = PlainRules([PAIR])
    assert scanner.scan(data) == scanner.scan(data) == PlainRules([PAIR]).scan(data)


def test_threads_share_a_scanner(make_rule: MakeRule) -> None:
    scanner = PlainRules([PAIR, make_rule("(?P<secret>[0-9]{9})", id="digits")])
    blobs = [b" private_key\n" * (number % 7) + b"%09d" % number for number in range(400)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(scanner.scan, blobs)) == [scanner.scan(blob) for blob in blobs]


@pytest.mark.parametrize("unit", [b"private_key ", b"private_key", b"private_key_", b" private_ke"])
def test_a_hostile_line_takes_time_in_proportion_to_its_length(unit: bytes) -> None:
    scanner = PlainRules([PAIR])
    small, large = unit * (40_000 // len(unit)), unit * (320_000 // len(unit))

    def seconds(data: bytes) -> float:
        begin = time.thread_time()
        scanner.scan(data)
        return time.thread_time() - begin

    assert any(seconds(large) < 8 * 3 * (seconds(small) + 0.002) for _ in range(3))
