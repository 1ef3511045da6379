"""Texts of Windows: carriage returns at line ends and a byte order mark change no match."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.matching.patterns.pattern_parser import portable
from tests.core.matching.plain import PlainRules

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Rule

    MakeRule = Callable[..., Rule]

MARK = b"\xef\xbb\xbf"


def secrets(rule: Rule, data: bytes) -> list[bytes]:
    return [data[match.begin : match.end] for match in PlainRules([rule]).scan(data)]


@pytest.mark.parametrize(
    ("pattern", "same_as"),
    [
        ("a", "a"),
        ("^a$", r"(?:^|\A\xef\xbb\xbf)a(?:\r?$)"),
        (r"[$^]\$\^[^$]", r"[$^]\$\^[^$]"),
        (r"\Q^$\E$", r"\^\$(?:\r?$)"),
        ("(?-m)^a$", "(?-m)^a$"),
        ("(?:(?-m:a$)|^b)", r"(?:(?-m:a$)|(?:^|\A\xef\xbb\xbf)b)"),
        ("(?:^|,)a(?:,|$)*", r"(?:(?:^|\A\xef\xbb\xbf)|,)a(?:,|(?:\r?$))*"),
        (r"[]$]$", r"[]$](?:\r?$)"),
        (r"[[:alpha:]$]\x{24}\A\z", r"[[:alpha:]$]\x{24}\A\z"),
    ],
)
def test_anchors_are_rewritten_outside_of_classes_and_escapes(pattern: str, same_as: str) -> None:
    assert portable(pattern) == same_as


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(?P<secret>key_\d)$",
        r"(?P<secret>^key_\d$)",
        r"(?:^|,)(?P<secret>key_\d)(?:,|$)",
        r"^\s*(?P<secret>key_.*)$",
        r"(?P<secret>key_.+)",
        r"(?P<secret>key_\S+)\s*$",
        r"\b(?P<secret>key_\d)\b",
    ],
)
@pytest.mark.parametrize("multiline", [False, True])
def test_a_secret_is_the_same_in_a_text_of_windows(make_rule: MakeRule, pattern: str, multiline: bool) -> None:
    rule = make_rule(pattern, multiline=multiline)
    text = b"key_1\nkey_2\n\nkey_3"
    expected = [b"key_1", b"key_2", b"key_3"]
    for mark in (b"", MARK):
        for last in (b"", b"\n"):
            assert secrets(rule, mark + text + last) == expected
            assert secrets(rule, mark + (text + last).replace(b"\n", b"\r\n")) == expected


def test_a_carriage_return_alone_is_no_line_end(make_rule: MakeRule) -> None:
    rule = make_rule(r"^(?P<secret>key_\d)$")
    assert secrets(rule, b"key_1\rkey_2\r") == []
    assert secrets(make_rule(r"(?P<secret>key_\d)"), b"key_1\rkey_2\r") == [b"key_1", b"key_2"]


def test_a_mark_within_a_text_is_no_line_begin(make_rule: MakeRule) -> None:
    assert secrets(make_rule(r"^(?P<secret>key_\d)"), b"a\n" + MARK + b"key_1") == []


def test_a_pattern_that_grows_too_large_is_refused_when_it_is_registered(make_rule: MakeRule) -> None:
    from beca_core.errors import InvalidRule
    from beca_core.matching.patterns.pattern_checking import checked_pattern

    nested = "(?P<secret>a(?:(?:(?:^|b){99}){99}){1,9})"
    with pytest.raises(InvalidRule, match="is not valid RE2"):
        checked_pattern(make_rule(nested))


LINES = st.lists(st.sampled_from([b"key_1", b"key_2", b" key_3", b"", b"x"]), max_size=6)


@given(
    lines=LINES, pattern=st.sampled_from([r"^(?P<secret>key_\d)$", r"(?P<secret>key_.*)$", r"^\s*(?P<secret>key_\d)"])
)
def test_line_ends_change_no_secret(lines: list[bytes], pattern: str) -> None:
    from beca_core import Confidence, Rule, Severity

    rule = Rule(
        id="windows",
        version=1,
        description="windows",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern=pattern,
    )
    assert secrets(rule, MARK + b"\r\n".join(lines)) == secrets(rule, b"\n".join(lines))
