"""Expressions of other scanners as patterns: which group is the secret, bytes, and what is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.plugins.foreign.go_patterns import (
    LONGEST_EXPRESSION,
    NotTranslated,
    TranslatedPattern,
    searched,
    translate_pattern,
)


def secrets(expression: str, text: str, group: int = 0) -> set[str]:
    found = translate_pattern(expression, group)
    matches = [
        match[each.groupindex[b"secret"]]
        for each in map(searched, found.patterns)
        for match in each.finditer(text.encode())
    ]
    return {match.decode() for match in matches if match}


@pytest.mark.parametrize(
    ("expression", "group", "text", "expected"),
    [
        (r"key=[a-z]{4}", 0, "key=abcd", {"key=abcd"}),
        (r"key=([a-z]{4})", 0, "key=abcd", {"abcd"}),
        (r"(key)=([a-z]{4})", 0, "key=abcd", {"key"}),
        (r"(key)=([a-z]{4})", 2, "key=abcd", {"abcd"}),
        (r"(?:key|token)=([a-z]{4})", 0, "token=abcd", {"abcd"}),
        (r"(?:a=([a-z]{4})|b=([0-9]{4}))", 0, "a=abcd b=1234", {"abcd", "1234"}),
        (r"key=(\w+(-\w+)?)", 0, "key=ab-cd", {"ab-cd"}),
        (r"(?P<name>key)=(?P<secret>[a-z]{4})", 2, "key=abcd", {"abcd"}),
        (r"(?<name>[a-z]{4})", 0, "abcd", {"abcd"}),
        (r"(?i)KEY=([A-Z]{4})", 0, "key=abcd", {"abcd"}),
        (r"\Qkey(=\E([a-z]{4})", 0, "key(=abcd", {"abcd"}),
        (r"key\((\w{4})\)", 0, "key(abcd)", {"abcd"}),
        (r"[(]([)(]{2})", 0, "(()", {"()"}),
        (r"schlüssel=([a-z]{4})", 0, "schlüssel=abcd", {"abcd"}),
        (r"ü?=([a-z]{4})", 0, "üü=abcd =wxyz", {"abcd", "wxyz"}),
        (r"[éè]=([a-z]{4})", 0, "é=abcd è=wxyz", {"abcd", "wxyz"}),
        (r"\x{e9}=([a-z]{4})", 0, "é=abcd", {"abcd"}),
        (r"\x41=([a-z]{4})", 0, "A=abcd", {"abcd"}),
    ],
)
def test_the_group_that_the_other_scanner_takes_is_the_secret(
    expression: str, group: int, text: str, expected: set[str]
) -> None:
    assert secrets(expression, text, group) == expected


def test_all_groups_but_one_no_longer_capture() -> None:
    (pattern,) = translate_pattern(r"(?P<a>x)(y)(?P<b>z)", 2).patterns
    assert pattern == "(?:x)(?P<secret>y)(?:z)"


@pytest.mark.parametrize(
    ("expression", "is_exact"),
    [
        (r"(a)(b)", True),
        (r"a(x)|b(y)", True),
        (r"(?:a(x)|b(y))+z", True),
        (r"(a)?(b)", False),
        (r"foo(bar)?", False),
        (r"(\w*)(\d+)", False),
        (r"(^|x)(b)", False),
    ],
)
def test_it_is_known_whether_several_groups_can_be_the_secret(expression: str, is_exact: bool) -> None:
    assert translate_pattern(expression).exact is is_exact


def test_an_empty_group_leaves_the_whole_match_as_the_secret() -> None:
    assert secrets(r"foo(bar)?", "foo") == {"foo"}
    assert "bar" in secrets(r"foo(bar)?", "foobar")


@pytest.mark.parametrize(
    ("expression", "multiline", "longest"),
    [
        (r"a.{3}", False, 4),
        (r"a[^b]", True, 2),
        (r"a\s*b", True, None),
        (r"a[ \t]{2}b", False, 4),
        (r"(?s)a.b", True, 3),
        (r"a$", False, 2),
    ],
)
def test_lines_and_lengths(expression: str, multiline: bool, longest: int | None) -> None:
    found = translate_pattern(expression)
    assert (found.multiline, found.longest) == (multiline, longest)


@pytest.mark.parametrize(
    ("expression", "max_bytes"),
    [(r"a{10}", 1024), (r"a+", 1024), (r"a[^b]+", 4096), ("a{1000}b" * 5, 1252), ("a{999}b" * 5 + "cde", 1251)],
)
def test_how_much_of_a_text_a_match_needs(expression: str, max_bytes: int) -> None:
    found = translate_pattern(expression)
    assert (found.max_bytes, found.is_cut) == (max_bytes, False)


def test_what_is_longer_than_a_rule_can_have_is_cut() -> None:
    found = TranslatedPattern(("x",), multiline=False, longest=300_000)
    assert (found.max_bytes, found.is_cut) == (65_536, True)


@pytest.mark.parametrize(
    ("expression", "group", "reason"),
    [
        (r"(?=a)b", 0, "not valid RE2"),
        (r"(a)\1", 0, "not valid RE2"),
        (r"a(", 0, "not valid RE2"),
        (r"a{2000}", 0, "not valid RE2"),
        (r"a*", 0, "empty string"),
        (r"(a)", 2, "has 1 groups"),
        (r"[^é]x", 0, "outside ASCII"),
        (r"[à-é]x", 0, "outside ASCII"),
        (r"[\x{e9}]x", 0, "outside ASCII"),
        (r"\x{ffffffff}", 0, "no character"),
        ("a" * (LONGEST_EXPRESSION + 1), 0, "longer than"),
        ("(?:" * 150 + "a" + ")" * 150, 0, "deep"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(expression: str, group: int, reason: str) -> None:
    with pytest.raises(NotTranslated, match=re.escape(reason)):
        translate_pattern(expression, group)


PIECES = st.sampled_from(["a", "b", r"\d", "[ab]", "[^b]", r"\.", "(", "(?:", ")", "|", "?", "+", "{2}", "^", "$", "é"])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_expression_is_translated_or_refused(expression: str) -> None:
    try:
        found = translate_pattern(expression)
    except NotTranslated:
        return
    for pattern in found.patterns:
        assert pattern.isascii()
        assert pattern.count("(?P<secret>") == 1
        assert list(searched(pattern).groupindex) == [b"secret"]


GROUPED = st.recursive(
    st.sampled_from(["a", "b", "ab", "[ab]"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"(?:{text})?"),
    ),
    max_leaves=8,
)


@given(GROUPED, st.text("ab", max_size=6))
def test_the_secret_is_among_those_found_whatever_the_groups(expression: str, text: str) -> None:
    """The rule of gitleaks, in Python: the first group that is not empty, else the whole match."""
    try:
        translated = translate_pattern(expression)
    except NotTranslated:
        return
    found = searched(expression).search(text.encode())
    if found is None:
        return
    taken = next((group for group in found.groups() if group), found[0])
    candidates = set()
    for pattern in map(searched, translated.patterns):
        match = pattern.search(text.encode())
        assert match is not None
        assert match.span() == found.span()
        candidates.add(match[pattern.groupindex[b"secret"]])
    assert taken in candidates
    if translated.exact:
        assert candidates - {None} == {taken}
