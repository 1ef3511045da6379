"""Rules that are located by what is near: one search for their patterns says where they may match; it hides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Near, Part, Rule, Severity, Side
from beca_core.matching.patterns import syntax
from beca_core.matching.prefilter import Prefilter
from beca_core.matching.rule_matcher import RuleMatcher
from beca_core.matching.ruleset import RuleSet
from beca_core.report import ProblemLog
from beca_core.rules.scanner import in_order
from tests.core.matching.plain import PlainRules

if TYPE_CHECKING:
    from beca_core import Match

SECRET = b"0123456789abcdef"


def rule(number: int, pattern: str, near: Near | None = None, **changes: object) -> Rule:
    fields: dict[str, object] = {"near": (near,) if near else (), "max_bytes": 32} | changes
    return Rule(
        id=f"nearby-{number}",
        version=1,
        description="Nearby",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        pattern=pattern,
        **fields,  # type: ignore[arg-type]
    )


RULES = [
    rule(0, "(?P<secret>[0-9a-f]{16})", Near(words=("token", "key"), within=40), boundary="0-9a-z"),
    rule(1, r"\b(?P<secret>[0-9]{6,})\b", Near(words=("token",), within=9, where=Side.BEFORE)),
    rule(2, r"(?P<secret>[a-f]{3,200})$", Near(words=("secret", "acme"), within=100, where=Side.LINE)),
    rule(3, r"[=:]\s*(?P<secret>[0-9a-f]+)", Near(words=("key",), within=300, where=Side.AFTER), max_bytes=512),
    rule(4, r"(?P<secret>[0-9a-f]{8}\n[0-9a-f]{8})", Near(words=("key",), within=20), multiline=True),
    rule(5, r"(?P<secret>[0-9]{10})", parts=(Part(name="id", pattern="key_id=[a-z]{3}", within_bytes=30),)),
]
PIECES = st.one_of(
    st.sampled_from([b"token", b"KEY", b" key = ", b"secret", b"acme", b"key_id=abc", b"\n", b"\r\n", b" ", b"="]),
    st.sampled_from([SECRET, b"0123456789", b"abcdef", b"0123abcd\n0123abcd", b"\\u0041", b"%41", b"\\x"]),
    st.builds(bytes.__mul__, st.sampled_from([b".", b"a", b"1", b"\n", b"0a "]), st.integers(1, 3000)),
)
TEXTS = st.lists(PIECES, min_size=1, max_size=12).map(b"".join)


def in_every_line(text: bytes) -> list[Match]:
    return in_order(
        match for each in RULES for match in RuleMatcher(each).matches(text, [(1, len(text))], lambda *_: None)
    )


@given(TEXTS)
def test_the_same_is_found_as_in_every_line(text: bytes) -> None:
    assert PlainRules(RULES).scan(text) == in_every_line(text)


def test_the_same_is_found_if_re2_refuses_the_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "_MEMORY_OF_MANY", 1)
    text = b"token " + SECRET + b"\n" + b"." * 9000 + b"key: " + SECRET + b"\n" * 3000 + b"acme abc"
    assert PlainRules(RULES).scan(text) == in_every_line(text)
    assert len(in_every_line(text)) >= 2


def test_only_lines_with_a_match_and_a_word_near_are_reported() -> None:
    find = Prefilter(RULES[:1]).find
    assert find(b"token key\n" * 1000).ranges == {}
    assert find(SECRET).ranges == {}
    apart = b"." * 100 + b"\n"
    text = b"token\n" * 100 + apart + SECRET + b"\n" + apart + b"token = " + SECRET + b"\n" + b"token\n" * 100
    begin = text.index(b"token = ")
    ((first, last),) = find(text).ranges[0]
    assert begin < first <= last <= begin + len(b"token = ") + len(SECRET) + 1


def test_what_only_a_boundary_excludes_is_reported_where_that_is_asked_for() -> None:
    text = b"token = x" + SECRET
    assert Prefilter(RULES[:1]).find(text).ranges == {}
    assert Prefilter(RULES[:1]).find(text, unbounded=True).ranges.keys() == {0}


@pytest.mark.parametrize("text", [rb"token = 0123456789\u0061bcdef", b"token = %30123456789abcdef"])
def test_a_secret_with_escapes_is_found(text: bytes) -> None:
    (found,) = RuleSet({RULES[0].id: RULES[0]}, RULES[:1]).find(text, ProblemLog())
    assert found.secret == SECRET


def test_a_match_that_begins_with_the_end_of_such_a_line_is_found() -> None:
    text = b"a \\u0041\n" + SECRET + b"\n" + b"." * 20 + b" token"
    assert PlainRules(RULES).scan(text) == in_every_line(text)
    assert len(in_every_line(text)) == 1
