"""Filters of betterleaks: which conditions are known, and that nothing that is not one is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.plugins.foreign.gitleaks.filter_expressions import FilterCondition, read_filter


@pytest.mark.parametrize(
    "text",
    [
        "entropy(finding.secret) <= 3.5",
        'filter.entropy(finding["secret"]) <= 3.5',
        "(entropy(finding.secret) < 3.5)",
        "  ( ( entropy( finding.secret )<=3.5 ) ) // why",
        "let x = lower(finding.line); entropy(finding.secret) <= 3.5",
    ],
)
def test_a_bound_of_the_entropy(text: str) -> None:
    assert read_filter(text) == [FilterCondition("secret", entropy=3.5)]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("finding.secret", "secret"),
        ('finding["match"]', "match"),
        ("finding.line", "line"),
        ('attributes["path"]', "path"),
        ('attributes[?"path"].orValue("")', "path"),
        ('(attributes["path"] ?? "")', "path"),
        ("attributes?.path", "path"),
    ],
)
def test_what_a_condition_looks_at(text: str, target: str) -> None:
    assert read_filter(f"matchesAny({text}, [`a`])") == [FilterCondition(target, expressions=("a",))]
    assert read_filter(f"containsAny({text}, [`a`])") == [FilterCondition(target, words=("a",))]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"a\\"b"', 'a"b'),
        (r"'a\\b'", r"a\b"),
        (r"`a\b`", r"a\b"),
        (r'r"a\b"', r"a\b"),
        (r'r"""a"\b"""', r'a"\b'),
        (r"r'''a'\b'''", r"a'\b"),
        ('""', ""),
        (r"'a\xzz'", r"a\xzz"),
        ('"(a || b)"', "(a || b)"),
    ],
)
def test_texts(written: str, value: str) -> None:
    found = read_filter(f"containsAny(finding.secret, [{written}, `x`])")
    assert found == [FilterCondition("secret", words=(value, "x"))]


def test_alternatives_are_conditions_of_their_own() -> None:
    text = """
    (entropy(finding.secret) <= 2 or containsAny(finding.line, ["a"]))
    || other(finding.secret) > 3
    """
    assert [(each.target, each.unknown) for each in read_filter(text)] == [
        ("secret", ""),
        ("line", ""),
        ("", "other, finding, secret"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "entropy(finding.secret) <= 2 && true",
        "!matchesAny(finding.secret, [`a`])",
        "not matchesAny(finding.secret, [`a`])",
        "true ? matchesAny(finding.secret, [`a`]) || x : y",
        "matchesAny(finding.secret, names)",
        "matchesAny(finding.secret, [name])",
        "matchesAny(lower(finding.secret), [`a`])",
        "matchesAny(finding.secret)",
        "matchesAny(attributes.secret, [`a`])",
        "matchesAny(finding.path, [`a`])",
        "entropy(finding.line) <= 2",
        "entropy(finding.secret) >= 2",
        "entropy(finding.secret) <= bound",
        "let x = matchesAny(finding.secret, [`a`]) || y; x && z",
        "any(x, {matchesAny(finding.secret, [`a`]) || y})",
    ],
)
def test_what_is_not_known_is_named_and_never_taken_for_something_else(text: str) -> None:
    found = read_filter(text)
    assert found
    assert all(each.unknown and not each.target and each.entropy is None for each in found)


def test_the_name_of_what_is_not_known_has_no_texts_of_the_filter() -> None:
    (found,) = read_filter('call(finding.secret, "sensitive", 12) && x')
    assert found.unknown == "call, finding, secret, x"


def test_a_very_long_filter_is_not_read() -> None:
    (found,) = read_filter("a || " * 50_000)
    assert found.unknown == "a very long expression"


def test_nothing_is_no_condition() -> None:
    assert read_filter("") == read_filter("  // nothing\n") == []


@given(st.text("ab(){}[],|&?;:\"'`.=<!~ \\rR\n", max_size=60))
def test_any_text_is_read(text: str) -> None:
    for condition in read_filter(text):
        assert condition.unknown or condition.target
