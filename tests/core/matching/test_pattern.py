"""Patterns: which are refused and with which message, what they match, and how a line is searched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import InvalidRule
from beca_core.matching.patterns.pattern_checking import checked_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Rule

    MakeRule = Callable[..., Rule]


def secrets(rule: Rule, data: bytes) -> list[bytes]:
    found = checked_pattern(rule).occurrences(data, [(1, len(data))])
    return [data[begin:end] for begin, end in (spans["secret"] for spans in found)]


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?P<secret>a(", r"is not valid RE2: missing \): "),
        ("(?P<secret>[a)", "is not valid RE2: missing ]"),
        (r"(?P<secret>a)(?=b)", "is not valid RE2: invalid perl operator"),
        (
            r"(?P<secret>a)(?![0-9])",
            r"is not valid RE2: .*has no lookaround; the field boundary of a rule says which .* the secret\)\.$",
        ),
        (r"(?<=x)(?P<secret>a)", "is not valid RE2: .*has no lookaround; the field boundary"),
        (r"(?P<secret>a)\1", "is not valid RE2: invalid escape sequence"),
        ("(?P<secret>a{1001})", "is not valid RE2: invalid repetition size"),
        ("(?P<secret>(?:(?:a{99}){99}){99})", "is not valid RE2: "),
        ("(?P<secret>a*)", "matches the empty string"),
        ("(?P<secret>a)?", "matches the empty string"),
        (r"\b(?P<secret>a?)$", "matches the empty string"),
        (r"a\Q(?P<secret>\E", "has no group named 'secret'"),
        (r"a[(?P<secret>]", "has no group named 'secret'"),
        ("(?P<secret>a)|(?P<secret>b)", "has two groups named 'secret'"),
        ("(?P<secret>" + "(" * 200 + "a" + ")" * 201, "has groups nested more than 100 deep"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_rule_and_reason(
    make_rule: MakeRule, pattern: str, reason: str
) -> None:
    with pytest.raises(InvalidRule, match=rf"^Rule 'some-rule': its pattern {reason}"):
        checked_pattern(make_rule(pattern))


def test_re2s_reason_is_one_line_without_bytes_notation(make_rule: MakeRule) -> None:
    with pytest.raises(InvalidRule) as caught:
        checked_pattern(make_rule(r"(?P<secret>a)\y"))
    assert str(caught.value) == r"Rule 'some-rule': its pattern is not valid RE2: invalid escape sequence: \y."


@pytest.mark.parametrize(
    ("pattern", "data", "expected"),
    [
        ("^(?P<secret>a)$", b"a\nb\na", [b"a", b"a"]),
        ("(?P<secret>.+)", b"a\nb", [b"a", b"b"]),
        (r"\A(?P<secret>a)", b"a\na", [b"a"]),
        (r"(?P<secret>a)\z", b"a\na", [b"a"]),
        (r"(?P<secret>[\x80-\xff]+)", b"a\xc3\xa9\xff", [b"\xc3\xa9\xff"]),
        (r"\b(?P<secret>k)\b", b"\xc3k\xc3 xk", [b"k"]),
        ("(?i)(?P<secret>key)", b"KEY Key", [b"KEY", b"Key"]),
        ("(?s)(?P<secret>a.b)", b"a\nb", []),
    ],
)
def test_patterns_match_bytes_and_anchors_match_at_line_ends(
    make_rule: MakeRule, pattern: str, data: bytes, expected: list[bytes]
) -> None:
    assert secrets(make_rule(pattern), data) == expected


def test_only_a_multiline_rule_crosses_line_ends(make_rule: MakeRule) -> None:
    pattern, data = r"id=\d+\s+(?P<secret>key=\w+)", b"id=1\n\nkey=x"
    assert secrets(make_rule(pattern), data) == []
    assert secrets(make_rule(pattern, multiline=True), data) == [b"key=x"]


@pytest.mark.parametrize("data", [b"key", b" key", b"key ", b"\nkey\n", b"x\nkey\ny", b"\n\nkey\n\n", b"(key)"])
def test_line_ends_are_context_like_any_other_byte(make_rule: MakeRule, data: bytes) -> None:
    assert secrets(make_rule("(?:^|[^a-z])(?P<secret>key)(?:[^a-z]|$)"), data) == [b"key"]


def test_a_context_that_must_be_a_byte_finds_the_line_end_but_not_the_end_of_the_blob(make_rule: MakeRule) -> None:
    rule = make_rule("[^a-z](?P<secret>key)[^a-z]")
    assert secrets(rule, b"\nkey\n") == [b"key"]
    assert secrets(rule, b"key") == []


@pytest.mark.parametrize("data", [b"x\nkey='ab\ny", b"key='ab"])
def test_a_line_end_is_never_part_of_a_secret(make_rule: MakeRule, data: bytes) -> None:
    assert secrets(make_rule("key='(?P<secret>[^']+)"), data) == [b"ab"]


def test_a_secret_may_not_begin_with_the_line_end_before_it(make_rule: MakeRule) -> None:
    assert secrets(make_rule("(?P<secret>[^a-z]?key)"), b"a\nkey") == [b"key"]


@pytest.mark.parametrize("gap", [b" ", b"\n", b"  ", b"\r\n"])
def test_neighbours_share_their_context(make_rule: MakeRule, gap: bytes) -> None:
    rule = make_rule(r"(?:^|[^\w])(?P<secret>key_\d)(?:[^\w]|$)")
    data = gap.join(b"key_%d" % number for number in range(5))
    assert secrets(rule, data) == [b"key_0", b"key_1", b"key_2", b"key_3", b"key_4"]


def test_a_match_may_begin_in_the_context_of_another(make_rule: MakeRule) -> None:
    assert secrets(make_rule(r"(?P<secret>\w+)=\w+"), b"a=b=c") == [b"a", b"b"]


def test_a_match_without_secret_is_ignored(make_rule: MakeRule) -> None:
    assert secrets(make_rule("key=(?P<secret>[a-z]*)|skip"), b"skip key= key=a skip key=") == [b"a"]


def test_groups_that_took_part_are_returned(make_rule: MakeRule) -> None:
    pattern = checked_pattern(make_rule("(?P<name>[a-z]+)=(?:(?P<secret>[0-9]+)|(?P<other>x))(?P<tail>;)?"))
    data = b"ab=12 cd=x"
    assert list(pattern.occurrences(data, [(1, len(data))])) == [{"name": (0, 2), "secret": (3, 5)}]


@pytest.mark.parametrize("multiline", [False, True])
@pytest.mark.parametrize("before", [0, 1, 29, 30, 31, 40, 95, 1000])
def test_long_lines_are_searched_like_short_ones(make_rule: MakeRule, before: int, multiline: bool) -> None:
    rule = make_rule(r"\b(?P<secret>key_[0-9]{4})\b", max_bytes=10, multiline=multiline)
    words = b"." * before + b"key_1234.key_5678" + b"." * 17
    assert secrets(rule, words * 3) == [b"key_1234", b"key_5678"] * 3


def test_a_match_of_the_greatest_length_is_found_at_any_offset(make_rule: MakeRule) -> None:
    rule = make_rule("(?P<secret>key[a-z]+);", max_bytes=20)
    for before in range(100):
        data = b"." * before + b"key" + b"x" * 16 + b";" + b"." * 100
        assert secrets(rule, data) == [b"key" + b"x" * 16]


def test_a_longer_match_is_cut_in_the_same_way_wherever_its_line_is(make_rule: MakeRule) -> None:
    rule = make_rule(r"(?P<secret>key\w+)", max_bytes=20)
    line = b"." * 33 + b"key" + b"x" * 1000
    alone = secrets(rule, line)
    assert alone == [b"key" + b"x" * 77]
    for before in (b"\n", b"some line\n" * 7):
        assert secrets(rule, before + line + b"\nmore") == alone


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        (r"(?P<secret>key)\w*", b"key"),
        (r"(?:^|\W)(?P<secret>key\w*)(?:\W|$)", b"key "),
        (r"(?P<secret>key=[^;]*);", b"key="),
        (r"(?P<secret>[a-z]{20,})", b"abcdefg"),
        (r"(?P<secret>[a-z]+)[0-9]?x", b"abc"),
        (r"key(?P<secret>\d*)", b"key"),
    ],
)
def test_time_grows_with_the_line_and_no_faster(make_rule: MakeRule, pattern: str, unit: bytes) -> None:
    rule = make_rule(pattern)
    small, large = unit * (20_000 // len(unit)), unit * (160_000 // len(unit))

    def seconds(data: bytes) -> float:
        begin = time.thread_time()
        secrets(rule, data)
        return time.thread_time() - begin

    assert any(seconds(large) < 8 * 3 * (seconds(small) + 0.002) for _ in range(3))
