"""Patterns as trees: which bytes an atom matches, the scope of flags, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core.matching.patterns.pattern_parser import parse
from beca_core.matching.patterns.syntax import MAX_DEPTH, Assertion, Bytes, PatternRefused, can_be_empty

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.matching.patterns.syntax import Node

    Render = Callable[[Node], str]

ALL = frozenset(range(256))


def members(atom: str) -> frozenset[int]:
    node = parse(atom)
    assert isinstance(node, Bytes)
    return node.members


@pytest.mark.parametrize(
    ("atom", "expected"),
    [
        ("a", b"a"),
        (r"\.", b"."),
        (r"\xff", b"\xff"),
        (r"\x{41}", b"A"),
        (r"\061", b"1"),
        (r"\t", b"\t"),
        (r"[a-c]", b"abc"),
        ("[]a]", b"]a"),
        ("[a-]", b"a-"),
        (r"[\]x]", b"]x"),
        (r"[\x41-\x43]", b"ABC"),
        ("[a-c-[:digit:]]", b"abc-0123456789"),
        ("[+-[:]", bytes(range(ord("+"), ord("[") + 1))),
        ("[[:xdigit:]]", b"0123456789abcdefABCDEF"),
        (r"\s", b"\t\n\f\r "),
        ("(?i)k", b"kK"),
        ("(?i)[k-l]", b"kKlL"),
        (r"(?i)\x6b", b"kK"),
        (r"\Q*\E", b"*"),
        ("{", b"{"),
        ("]", b"]"),
    ],
)
def test_an_atom_matches_the_bytes_that_re2_reports(atom: str, expected: bytes) -> None:
    assert members(atom) == frozenset(expected)


@pytest.mark.parametrize(
    ("atom", "missing"),
    [(".", b"\n"), ("(?s).", b""), (r"\C", b""), ("[^a]", b"a"), ("[[:^space:]]", b"\t\n\v\f\r "), (r"[^\]]", b"]")],
)
def test_an_atom_matches_all_bytes_but_some(atom: str, missing: bytes) -> None:
    assert members(atom) == ALL - frozenset(missing)


@pytest.mark.parametrize(
    ("pattern", "same_as"),
    [
        ("(?i)a(?-i)b", "[Aa]b"),
        ("(?:(?i)a)b", "[Aa]b"),
        ("(?:a(?i)b|c)d", "(?:a[Bb]|[Cc])d"),
        ("(?i:a)b", "[Aa]b"),
        ("(?s:.)x", r"[\x00-\xff]x"),
        (r"\Qa.b\E+", r"a\x2eb+"),
        (r"\\Qa", r"\x5cQa"),
        (r"\Qa", "a"),
        ("(?P<one>a)(?<two>b)(c)", "abc"),
        ("a*?b+?c??", "a*b+c?"),
        ("a{2}b{2,}c{2,3}d{1}", "a{2}b{2,}c{2,3}d"),
        ("a{,2}b{x}", r"a\x7b\x2c2\x7db\x7bx\x7d"),
        ("a{02}", r"a\x7b02\x7d"),
        ("a{0}b", "b"),
        ("(?:ab){2}", "(?:ab){2}"),
        ("(?:a|b|)", "a|b|"),
        ("(?-m)^a$", r"\Aa\z"),
        ("^a$", r"^a\x0d?$"),
    ],
)
def test_a_pattern_is_parsed_as_re2_parses_it(render: Render, pattern: str, same_as: str) -> None:
    assert render(parse(pattern)) == same_as


def test_the_end_of_a_group_ends_its_flags_and_its_line_anchors(render: Render) -> None:
    assert render(parse("(?:(?-m)^)(?-m:$)^")) == r"\A\z^"
    assert parse(r"\b") == Assertion(r"\b")


@pytest.mark.parametrize("pattern", ["", "a*", "a?b{0,3}", "(?:a|)", r"^$", r"\b", "(?:a*){2}", "(?:|a)+", "a{0}"])
def test_patterns_that_can_be_empty(pattern: str) -> None:
    assert can_be_empty(parse(pattern))


@pytest.mark.parametrize("pattern", ["a", "a+", "a?b", "(?:a|b)", "^a", r"(?:a|\b)b", "(?:ab?){1,2}"])
def test_patterns_that_cannot_be_empty(pattern: str) -> None:
    assert not can_be_empty(parse(pattern))


def test_two_groups_of_one_name_are_refused() -> None:
    with pytest.raises(PatternRefused, match="two groups named 'secret'"):
        parse("(?P<secret>a)|(?<secret>b)")


def test_groups_may_be_nested_up_to_a_depth(render: Render) -> None:
    assert render(parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)) == "a"
    with pytest.raises(PatternRefused, match="nested more than 100 deep"):
        parse("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1))


@pytest.mark.parametrize("pattern", ["a)b", "[a", "(?=a)"])
def test_syntax_that_re2_does_not_accept_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused, match="has syntax that is not supported, at "):
        parse(pattern)
