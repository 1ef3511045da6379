"""Literals: strings of which every match of a pattern holds at least one."""

from __future__ import annotations

import pytest

from beca_core.matching.patterns.literals import bytes_as_literals, literals, render, words_as_literals
from beca_core.matching.patterns.pattern_parser import parse


def found(pattern: str) -> set[str]:
    """Return a pattern's literals as text, `<k>` for a `k` of any case."""
    return {
        "".join(chr(min(letter)) if len(letter) == 1 else f"<{chr(max(letter))}>" for letter in literal)
        for literal in literals(parse(pattern))
    }


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\bkey_[a-z]{20,}\b", {"key_"}),
        (r"(?:^|[^\w])key_(?:[^\w]|$)", {"key_"}),
        ("(?:public|private)_key", {"public_key", "private_key"}),
        ("gh[ops]_[a-z]{36}", {"gho_", "ghp_", "ghs_"}),
        ("A[SK]IA[A-Z]{16}", {"ASIA", "AKIA"}),
        ("key_[0-9]", {"key_"}),
        ("ab?cd", {"abcd", "acd"}),
        ("-{5}BEGIN", {"-----BEGIN"}),
        ("-{3,}x", {"---"}),
        ("(?:ab){2,5}c", {"abab"}),
        ("(?i)Key", {"<k><e><y>"}),
        ("(?i:k)ey", {"<k>ey"}),
        (r"key\b\.", {"key."}),
        ("[0-9](?:a?key|[0-9]token)=", {"key", "token"}),
        ("(?:key[0-9])+", {"key"}),
        ("abc[0-9]abcdef", {"abcdef"}),
        (r"\xff\xfe\x00", {"\xff\xfe\x00"}),
        ("k{40}", {"k" * 32}),
    ],
)
def test_literals_of_patterns(pattern: str, expected: set[str]) -> None:
    assert found(pattern) == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9a-f]{32}",
        "ab",
        r"a\d+b\d+c",
        "(?:key)?x",
        "(?:key|x)y?",
        "[a-d]{3}",
        r"\bid\b",
        r"\p{Greek}ab",
        "(?:key){0}x",
    ],
)
def test_there_are_no_literals_if_a_match_may_hold_none(pattern: str) -> None:
    assert found(pattern) == set()


def test_of_two_sets_the_rarer_one_is_taken() -> None:
    assert found("(?:key|id_)[0-9]+secret_token") == {"secret_token"}
    assert found("secret_token[0-9]+(?:key|id_)") == {"secret_token"}


def test_words_become_literals_in_any_letter_case() -> None:
    assert sorted(map(render, words_as_literals(["Key", "to.k"]))) == [r"[Kk][Ee][Yy]", r"[Tt][Oo]\x2e[Kk]"]


def test_words_that_are_too_short_give_no_literals() -> None:
    assert words_as_literals(["id", "token"]) == frozenset()
    assert words_as_literals([]) == frozenset()


def test_byte_strings_become_exact_literals_up_to_a_length() -> None:
    assert sorted(map(render, bytes_as_literals([b"Key", b"\xff\n."]))) == [r"\x4b\x65\x79", r"\xff\x0a\x2e"]
    assert bytes_as_literals([b"k" * 99]) == bytes_as_literals([b"k" * 32])


@pytest.mark.parametrize("strings", [[], [b"=="], [b"token", b"="]])
def test_byte_strings_that_are_too_short_give_no_literals(strings: list[bytes]) -> None:
    assert bytes_as_literals(strings) == frozenset()
