"""Boundaries: what may not adjoin a secret, as with lookaround."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from beca_core import Confidence, Rule, Severity, Step
from beca_core.matching.lines import Memo
from beca_core.matching.patterns.pattern_checking import checked_pattern
from beca_core.matching.patterns.syntax import PatternRefused
from beca_core.matching.room import Room
from beca_core.matching.rule_matcher import RuleMatcher
from beca_core.matching.steps.boundary import boundary_members, bounded
from beca_core.report import ProblemLog
from tests.core.matching.plain import PlainRules
from tests.core.matching.reference import occurrences

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeRule = Callable[..., Rule]

BODIES = st.sampled_from(
    [
        *("key[0-9]{2,4}", "key[0-9a]+", "(?:key|abc)[a-b]{2}", "key[0-9]{3}|key_", "abckey", "key1{2,}?", "key"),
        *("[a-b]{2,4}", "[0-9a-b_]{3}", r"[^ =\n]{3,}", "ab?a", "a{2}[b1]*?", "(?:ab|a){2,3}"),
    ]
)
BOUNDARIES = st.sampled_from(["0-9A-Za-z_", "a", "0-9", "a-b_", "=", r"\x80-\xff", "^ ", r"\w", "K-", r" \n", "]b"])
SHAPES = st.sampled_from(
    [
        *("(?P<secret>{})", "(?i)(?P<secret>{})", "(?P<secret>{}) ?=", "=(?P<secret>{})", "(?P<secret>(?:{}))|zzz"),
        *("zzz|(?P<secret>(?:{}))", "(?:(?P<secret>{}))", r"\b(?P<secret>{})\b", "(?P<secret>{})$", "^(?P<secret>{})"),
    ]
)
PIECES = st.sampled_from([b"key", b"KEY", b"abc", b"ab", b"a", b"b", b"1", b"12", b"_", b"=", b" ", b"\n", b"\xff"])
TEXTS = st.lists(PIECES, max_size=14).map(b"".join)


def _rule(pattern: str, boundary: str) -> Rule:
    severity, confidence = Severity.LOW, Confidence.MEDIUM
    return Rule(
        id="r", version=1, description="d", severity=severity, confidence=confidence, pattern=pattern, boundary=boundary
    )


def _spans(rule: Rule, data: bytes) -> list[tuple[int, int]]:
    return [(match.begin, match.end) for match in PlainRules([rule]).scan(data)]


@given(BODIES, BOUNDARIES, st.sampled_from(["(?P<secret>{})", "(?i)(?P<secret>{})"]), TEXTS)
@example("[a-b]{2,4}", "0-9", "(?P<secret>{})", b"abababab")
@example("key[0-9]{2,4}", "0-9", "(?P<secret>{})", b"key12345 key1234")
def test_a_boundary_is_what_lookaround_is(body: str, boundary: str, shape: str, data: bytes) -> None:
    pattern = shape.format(body)
    compiled = bounded(pattern, boundary, "secret")
    assert (compiled.before, compiled.after, compiled.leads) == (frozenset(), frozenset(), True)
    reference = occurrences(pattern, boundary.replace("]", r"\]"), "secret", data)
    assert _spans(_rule(pattern, boundary), data) == [span for span in reference if span[0] < span[1]]


@given(BODIES, BOUNDARIES, SHAPES, TEXTS)
def test_nothing_of_a_boundary_adjoins_a_secret(body: str, boundary: str, shape: str, data: bytes) -> None:
    members = boundary_members(boundary)
    for begin, end in _spans(_rule(shape.format(body), boundary), data):
        assert begin == 0 or data[begin - 1] not in members
        assert end == len(data) or data[end] not in members


@given(BODIES, BOUNDARIES, SHAPES, st.lists(TEXTS, max_size=4))
def test_prefilter_and_memo_lose_nothing_of_a_bounded_pattern(
    body: str, boundary: str, shape: str, texts: list[bytes]
) -> None:
    rule, memo = _rule(shape.format(body), boundary), Memo()
    for data in [*texts, b"\n".join(texts), *texts]:
        everywhere = [(1, len(data))] if data else []
        expected = [spans["secret"] for spans in checked_pattern(rule).occurrences(data, everywhere)]
        expected = [span for span in expected if not checked_pattern(rule).bounded.adjoining(data, span)]
        assert _spans(rule, data) == sorted(set(expected))
        lines = [(at, at) for at in range(1, len(data) + 1)]
        cached = checked_pattern(rule).occurrences(data, lines, memo)
        spans = [spans["secret"] for spans in cached]
        assert [span for span in spans if not checked_pattern(rule).bounded.adjoining(data, span)] == expected


@pytest.mark.parametrize(
    ("pattern", "leads", "trails"),
    [
        ("(?P<secret>abc)", True, True),
        ("(?i)(?P<secret>abc)", True, True),
        ("x|(?P<secret>abc)", True, True),
        ("(?P<secret>abc)|x", True, True),
        ("(?P<secret>a(?:b|c)c)", True, True),
        (r"\Qx|\E(?P<secret>abc)", False, True),
        ("(?P<secret>abc);", True, False),
        (r"\b(?P<secret>abc)\b", False, False),
        ("(?P<secret>abc)+", False, False),
        ("(?:(?P<secret>abc))", False, False),
        (r"[(](?P<secret>abc)[)]", False, False),
    ],
)
def test_where_a_boundary_is_a_part_of_the_pattern(pattern: str, leads: bool, trails: bool) -> None:
    compiled = bounded(pattern, "0-9", "secret")
    assert (compiled.leads, not compiled.before, not compiled.after) == (leads, leads, trails)


@pytest.mark.parametrize(
    ("pattern", "boundary", "data", "secrets"),
    [
        ("(?P<secret>key[0-9]{2,4})", "0-9", b"key12345", []),
        ("(?P<secret>key[0-9a]{2,4})", "0-9", b"key123a5 key12a", [b"key123", b"key12a"]),
        ("(?P<secret>key[0-9]{2,4}a?)", "a", b"key12aa", []),
        ("(?P<secret>key[0-9]+)", "a-z", b"key1 xkey2", [b"key1"]),
        ("(?i)(?P<secret>key[0-9]+)", "a-z", b"Xkey1 xkey2", [b"key1"]),
        ("(?P<secret>key[0-9]+)", "0-9", b"key1\nkey2\r\nkey3", [b"key1", b"key2", b"key3"]),
        ("(?P<secret>key[0-9])", "a-z", b"key1,key2,key3", [b"key1", b"key2", b"key3"]),
        ("(?P<secret>key[0-9])", "a-z", b"key1key2", [b"key2"]),
        ("(?P<secret>[a-z]{3})", "0-9", b"abcdef", [b"abc", b"def"]),
        ("(?P<secret>key[0-9])", r"\xbf", b"\xef\xbb\xbfkey1", [b"key1"]),
        ("(?P<secret>key[0-9])", r"\xbf", b"\xbfkey1", []),
        ("=(?P<secret>key[0-9]+)", "0-9=", b"=key1 x=key2", []),
        (r"(?P<secret>key[0-9]+)\b", "_.-", b"key1. key2", [b"key2"]),
    ],
)
def test_bounded_secrets(pattern: str, boundary: str, data: bytes, secrets: list[bytes]) -> None:
    assert [data[begin:end] for begin, end in _spans(_rule(pattern, boundary), data)] == secrets


def test_a_long_match_with_a_boundary_is_cut_like_others(make_rule: MakeRule) -> None:
    for boundary in ("", "!"):
        rule = make_rule("(?P<secret>key[0-9]+)", boundary=boundary, max_bytes=16)
        data = b"x key" + b"1" * 300 + b"; key22"
        matches = PlainRules([rule]).scan(data)
        assert [match.truncated for match in matches] == [True, False]
        assert len(matches) == 2
        assert matches[0].begin == 2
        assert data[matches[1].begin : matches[1].end] == b"key22"


@pytest.mark.parametrize("boundary", ["", "a]b", "z-a", r"\x00-\xff", "[:nonsense:]", "\\"])
def test_a_boundary_that_is_no_class_is_refused(boundary: str) -> None:
    with pytest.raises(PatternRefused, match="is not the inside of a character class"):
        boundary_members(boundary)


def test_what_a_boundary_in_the_pattern_excludes_is_listed_when_asked_for() -> None:
    data, log = b"key1 key22a key333", ProblemLog()
    matcher = RuleMatcher(_rule("(?P<secret>key[0-9]+)", "0-9a-z"))
    drops: list = []
    found = matcher.matches(data, [(1, len(data))], lambda *_: None, room=Room(log, drops=drops))
    assert [data[match.begin : match.end] for match in found] == [b"key1", b"key333"]
    assert [(data[match.begin : match.end], reason.step, reason.value) for match, reason in drops] == [
        (b"key22", Step.BOUNDARY, "after")
    ]
    assert log.dropped == {}
