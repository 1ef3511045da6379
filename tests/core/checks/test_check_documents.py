"""Checks as data: what is refused, and what the message says."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from beca_core import Candidate, Dropped
from beca_core.checks import (
    ALPHABETS,
    CHECKS,
    Charset,
    Custom,
    Inspection,
    Length,
    check_problems,
    describe,
    document_schema,
    from_document,
    is_data,
    name_of,
    to_document,
)
from beca_core.checks.alphabets import alphabet_bytes, alphabet_problem, bytes_of
from beca_core.errors import InvalidRule
from docs.checks_page import example_of
from tests.core.checks.candidates import candidate


@pytest.mark.parametrize(
    ("document", "pointer", "message"),
    [
        ("length", "", 'A check must be a table, not str. Write {check = "length", ...}.'),
        ({}, "/check", 'A check has no name. Write check = "length", or another name.'),
        ({"check": "lenght"}, "/check", "There is no check 'lenght'. Did you mean length?"),
        ({"check": "zzz"}, "/check", "There is no check 'zzz'. There are charset, length,"),
        ({"check": "length", "mim": 3}, "/mim", "check length: 'mim' is not a parameter of it. Did you mean min?"),
        ({"check": "length", "min": "20"}, "/min", "check length: min must be a whole number, not str."),
        ({"check": "length", "min": True}, "/min", "check length: min must be a whole number, not bool."),
        ({"check": "length", "min": 1.5}, "/min", "check length: min must be a whole number, not float."),
        ({"check": "length", "min": -1}, "/min", "check length: min must be from 0 to 65536."),
        ({"check": "length", "one_of": 3}, "/one_of", "check length: one_of must be a list of whole numbers, not int."),
        (
            {"check": "length", "one_of": [3, "x"]},
            "/one_of",
            "check length: one_of item 2 must be a whole number, not str.",
        ),
        ({"check": "length", "min": 9, "max": 3}, "/min", "check length: min is greater than max."),
        ({"check": "length"}, "/min", "check length: min is 0, and nothing else is required."),
        (
            {"check": "length", "min": 1, "of": "a b"},
            "/of",
            "check length: of must be the name of a group of the pattern.",
        ),
        ({"check": "entropy", "min_share": 7}, "/min_share", "check entropy: min_share must be from 0 to 1."),
        (
            {"check": "entropy", "min_share": float("nan")},
            "/min_share",
            "check entropy: min_share must be from 0 to 1.",
        ),
        ({"check": "charset", "alphabet": "z-a"}, "/alphabet", "check charset: alphabet has a range that ends before"),
        ({"check": "shape", "one_of": ["uid"]}, "/one_of", "check shape: one_of item 1 must be one of uuid, uuid-v4,"),
        ({"check": "checksum", "encoding": "bas62"}, "/encoding", "check checksum: encoding must be one of base62,"),
        (
            {"check": "length", "min": 1, "otherwise": "lo"},
            "/otherwise",
            "check length: otherwise must be one of drop, low,",
        ),
        ({"check": "jwt", "claims": ["\ud800"]}, "/claims", "check jwt: claims item 1 has a NUL or a lone surrogate"),
        ({"check": "placeholder", "words": [""]}, "/words", "check placeholder: words has an empty word."),
        ({"check": "checksum", "lengths": [5]}, "/lengths", "check checksum: lengths has one below 6,"),
        ({"check": "affixes"}, "/starts_with", "check affixes: starts_with is empty, and nothing else is required."),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(document: Any, pointer: str, message: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        from_document(document)
    assert str(refused.value).startswith(message)
    assert refused.value.pointer == pointer


def test_a_similar_choice_is_named() -> None:
    with pytest.raises(InvalidRule, match="Did you mean base62"):
        from_document({"check": "checksum", "encoding": "bas62"})


def test_defaults_are_left_out_and_lists_are_tuples() -> None:
    check = from_document({"check": "length", "one_of": [20, 40], "otherwise": "low"})
    assert check == Length(one_of=(20, 40), otherwise="low")
    assert to_document(check) == {"check": "length", "otherwise": "low", "one_of": [20, 40]}


def test_a_function_is_no_data() -> None:
    def is_good(match: Candidate) -> Candidate:
        return match

    for check in (is_good, Custom("is-good", is_good)):
        assert not is_data(check)
        with pytest.raises(InvalidRule, match="is code"):
            to_document(check)
    assert name_of(is_good) == "is_good"
    assert name_of(Custom("is-good", is_good)) == "is-good"
    assert describe(Custom("is-good", is_good)) == "is-good (a function)"
    assert check_problems(is_good) == []
    assert Custom("is-good", is_good)(match := candidate("x")) is match
    assert Custom("drops", lambda _: Dropped("no"))(match) == Dropped("no")


def test_a_class_that_is_derived_from_a_check_is_no_data() -> None:
    class Longer(Length):
        pass

    assert not is_data(Longer(min=3))


def test_a_check_is_described_in_a_line() -> None:
    assert describe(Length(min=20, max=64)) == "length(min=20, max=64, multiple_of=1)"
    described = describe(Charset(of="user", alphabet="hex", then="severity-high", otherwise="medium"))
    assert described == (
        "charset(alphabet='hex') of user; passing makes the severity HIGH; failing makes the confidence MEDIUM"
    )


@pytest.mark.parametrize("kind", CHECKS.values(), ids=str)
def test_the_schema_takes_the_examples(kind: type[Inspection]) -> None:
    jsonschema.Draft202012Validator(document_schema()).validate(to_document(example_of(kind)))


@pytest.mark.parametrize(
    "document", [{}, {"check": "lenght"}, {"check": "length", "mim": 1}, {"check": "length", "min": "1"}]
)
def test_the_schema_refuses_what_is_wrong(document: dict[str, Any]) -> None:
    assert not jsonschema.Draft202012Validator(document_schema()).is_valid(document)


@pytest.mark.parametrize(
    ("alphabet", "characters"),
    [
        ("hex", b"0123456789abcdefABCDEF"),
        ("a-cX", b"abcX"),
        ("-a", b"-a"),
        ("a-", b"a-"),
        (r"a\-c", b"a-c"),
        (r"\x00-\x02", b"\0\1\2"),
        (r"\]\\", b"]\\"),
        ("aab", b"ab"),
        ("+--", b"+,-"),
    ],
)
def test_an_alphabet_is_a_name_or_a_class(alphabet: str, characters: bytes) -> None:
    assert alphabet_bytes(alphabet) == characters


@pytest.mark.parametrize("alphabet", ["", "z-a", "ä", "\\", "\\d", "\\x1", "\\xgg"])
def test_a_wrong_alphabet_has_a_problem(alphabet: str) -> None:
    assert alphabet_problem(alphabet)


def test_the_characters_of_an_alphabet_are_there_once() -> None:
    assert all(len(set(text)) == len(text) for text in ALPHABETS.values())


def test_bytes_are_written_with_escapes() -> None:
    assert bytes_of(r"a\x00\\x41ü") == b"a\0\\x41" + "ü".encode()
    for wrong in ("\\", "\\n", "\\x1", "a\\\\\\"):
        with pytest.raises(ValueError, match="has a backslash"):
            bytes_of(wrong)
