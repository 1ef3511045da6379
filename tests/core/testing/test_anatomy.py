"""The anatomy of a secret: its runs, and how long a match can be."""

from __future__ import annotations

import pytest

from beca_core.testing.anatomy import anatomy


def runs(pattern: str, secret: str) -> list[str]:
    return [secret[run.begin : run.end] for run in anatomy(pattern).runs(secret.encode())]


@pytest.mark.parametrize(
    ("pattern", "secret", "expected"),
    [
        ("(?P<secret>ab[0-9]{4})", "ab1234", ["a", "b", "1234"]),
        ("key=(?P<secret>[0-9a-f]{2}(?:-[0-9a-f]{2}){2})", "0a-1b-2c", ["0a", "-", "1b", "-", "2c"]),
        ("(?P<secret>(?:live|test)_[a-z]+)", "test_abc", ["t", "e", "s", "t", "_", "abc"]),
        ("(?P<secret>x(?:[0-9],){1,}y)", "x1,2,3,y", ["x", "1", ",", "y"]),
        (r"(?P<secret>\bab\b)", "ab", ["a", "b"]),
        ("(?P<secret>ab[0-9]{4})", "ab123", []),
    ],
)
def test_runs(pattern: str, secret: str, expected: list[str]) -> None:
    assert runs(pattern, secret) == expected


@pytest.mark.parametrize(
    ("pattern", "longest"),
    [
        ("(?P<secret>ab[0-9]{4})", 6),
        ("(?P<secret>ab[0-9]{4,8})x?", 11),
        ("(?P<secret>a+)", None),
        ("(?P<secret>abc|de)$", 4),
        (r"\b(?P<secret>(?:ab){3})", 6),
    ],
)
def test_the_longest_match(pattern: str, longest: int | None) -> None:
    assert anatomy(pattern).longest == longest


def test_flags_and_letters() -> None:
    letter, digit = anatomy("(?i)x(?P<secret>a[0-9])").runs(b"A1")
    assert (letter.is_folded, letter.is_letter_of_prefix) == (True, True)
    assert (digit.is_folded, digit.is_letter_of_prefix) == (False, False)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("^(?P<secret>a)", True), (r"\b(?P<secret>a)(?:b|$)", False), (r"\b(?P<secret>a)\b", False)],
)
def test_anchors(pattern: str, expected: bool) -> None:
    assert anatomy(pattern).has_anchors is expected
