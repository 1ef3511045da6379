"""Matches that are longer than their rule reads: found whole, or cut and marked, alike wherever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from beca_core import Confidence, Rule, Severity
from beca_core.matching.lines import CUT, LONGEST_LINE, Memo
from beca_core.matching.patterns.pattern_checking import checked_pattern
from beca_core.matching.prefilter import Prefilter
from beca_core.rules.rule import WHOLE_IN_MATCHES
from tests.core.matching.plain import PlainRules

if TYPE_CHECKING:
    from collections.abc import Callable

    MakeRule = Callable[..., Rule]

MAX_BYTES = 16
LONGEST = WHOLE_IN_MATCHES * MAX_BYTES
CASES = (
    (r"(?P<secret>key\w+)", b"key"),
    (r"key=(?P<secret>\w+)", b"key="),
    (r"\bkey=(?P<secret>\w+)\b", b"key="),
    (r"\bkey=(?P<secret>\w+)(?:\W|$)", b"key="),
    (r"(?i)KEY\s*=\s*(?P<secret>[^\s.]{1,900})", b"key = "),
    (r"(?P<secret>key=[^.]+)", b"key="),
)
"""Patterns, and what comes before the secret."""
PATTERNS = (*(pattern for pattern, _ in CASES), "(?P<secret>key=.+)", r'key="(?P<secret>\w+)"', r"key=(?P<secret>\w+)$")


def make(pattern: str, *, multiline: bool = False) -> Rule:
    return Rule(
        id="long",
        version=1,
        description="long",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern=pattern,
        max_bytes=MAX_BYTES,
        multiline=multiline,
    )


def found(rule: Rule, data: bytes) -> list[tuple[bytes, bool]]:
    return [(data[match.begin : match.end], match.truncated) for match in PlainRules([rule]).scan(data)]


@pytest.mark.parametrize("multiline", [False, True])
@pytest.mark.parametrize("size", [1, MAX_BYTES, LONGEST - 6, LONGEST - 5, LONGEST - 4, LONGEST, 3 * LONGEST, 1000])
def test_a_secret_is_whole_or_marked_at_every_offset(size: int, multiline: bool) -> None:
    secret = b"x" * size
    rule = make(r'key="(?P<secret>x+)', multiline=multiline)
    is_cut = len(b'key="') + size > LONGEST
    expected = [(secret[: LONGEST - len(b'key="')], is_cut)]
    for before in range(3 * LONGEST):
        assert found(rule, b"." * before + b'key="' + secret + b'" ' + b"." * 2 * LONGEST) == expected


@given(
    case=st.sampled_from(CASES),
    size=st.integers(1, 5 * LONGEST),
    before=st.integers(0, 10 * LONGEST),
    after=st.integers(0, 3 * LONGEST),
    multiline=st.booleans(),
)
def test_the_same_secret_is_cut_alike_at_every_offset(
    case: tuple[str, bytes], size: int, before: int, after: int, multiline: bool
) -> None:
    pattern, name = case
    rule, text = make(pattern, multiline=multiline), name + b"x" * size
    (at_the_begin,) = found(rule, text)
    assert at_the_begin[1] is (len(text) > LONGEST)
    assert found(rule, b"." * before + text + b"." * after) == [at_the_begin]


def test_a_match_without_its_end_is_marked() -> None:
    rule = make(r'key="(?P<secret>\w+)"')
    assert found(rule, b'key="' + b"x" * LONGEST + b'"') == [(b"x" * (LONGEST - len(b'key="')), True)]


def test_what_continues_a_cut_match_is_not_a_match_of_its_own() -> None:
    rule = make("(?P<secret>[0-9a-f]{8,})")
    assert found(rule, b"0123abcd" * 1000) == [(b"0123abcd" * (LONGEST // 8), True)]
    assert found(rule, b"0123abcd" * 1000 + b" 01234567") == [
        (b"0123abcd" * (LONGEST // 8), True),
        (b"01234567", False),
    ]


def test_another_match_behind_a_cut_one_is_found() -> None:
    rule = make("(?P<secret>key=.+)")
    data = b"key=" + b"x" * (3 * LONGEST) + b"key=" + b"y" * 20
    assert [secret[:5] for secret, _ in found(rule, data)] == [b"key=x", b"key=y"]


def test_a_check_that_finds_the_end_removes_the_mark(make_rule: MakeRule) -> None:
    from dataclasses import replace

    rule = make_rule(
        r"(?P<secret>key\w+)", max_bytes=MAX_BYTES, checks=(lambda found: replace(found, end=found.begin + 200),)
    )
    assert found(rule, b"key" + b"x" * 300) == [(b"key" + b"x" * 197, False)]


def test_a_check_does_not_see_the_mark(make_rule: MakeRule) -> None:
    seen: list[dict[str, tuple[int, int]]] = []
    rule = make_rule(
        r"(?P<secret>key\w+)", max_bytes=MAX_BYTES, checks=(lambda found: seen.append(found.groups) or found,)
    )
    assert found(rule, b"key" + b"x" * 300) == [(b"key" + b"x" * (LONGEST - 3), True)]
    assert [list(groups) for groups in seen] == [["secret"]]


def test_the_mark_is_cached(make_rule: MakeRule) -> None:
    pattern, memo = checked_pattern(make_rule(r"(?P<secret>key\w+)", max_bytes=MAX_BYTES)), Memo()
    data = b"key" + b"x" * 300
    assert len(data) < LONGEST_LINE
    for _ in range(2):
        (spans,) = pattern.occurrences(data, [(3, 3)], memo)
        assert spans == {"secret": (0, LONGEST), CUT: (LONGEST, LONGEST)}
    assert len(memo) == 1


WORDS = st.lists(
    st.one_of(
        st.sampled_from([b"key=", b"key", b"k", b"\n", b'"', b" "]),
        st.integers(1, 3 * LONGEST).map(lambda size: b"x" * size),
    ),
    max_size=12,
).map(b"".join)


@given(pattern=st.sampled_from(PATTERNS), data=WORDS, multiline=st.booleans())
@example(pattern=PATTERNS[-1], data=b"key=" + b"x" * 150 + b"key=", multiline=False)
@example(pattern=PATTERNS[-1], data=b"\n" * 200 + b"key=" + b"x" * 150 + b"key=", multiline=True)
def test_long_matches_do_not_depend_on_the_prefilter(pattern: str, data: bytes, multiline: bool) -> None:
    rule = make(pattern, multiline=multiline)
    ranges = Prefilter([rule]).find(data).ranges.get(0, [])
    everywhere = [(1, len(data))] if data else []
    compiled = checked_pattern(rule)
    assert list(compiled.occurrences(data, ranges)) == list(compiled.occurrences(data, everywhere))
