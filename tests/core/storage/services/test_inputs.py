"""Validation of names and ids, for every service."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.errors import InvalidInput
from beca_core.storage.services.validation import checked_name, is_id


@pytest.mark.parametrize("name", ["x", "My shop", "Läden & Söhne", "店", "e\N{COMBINING ACUTE ACCENT}", "x" * 255])
def test_ordinary_names_are_accepted(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\N{NO-BREAK SPACE}",
        "x" * 256,
        "a\0b",
        "a\nb",
        "a\tb",
        "\x1b[31m",
        "a\x7f",
        "a\x85b",
        "a\u2028b",
        "\ud800",
    ],
    ids=ascii,
)
def test_blank_long_and_unprintable_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_name(name)
    assert caught.value.pointer == "/name"


@given(st.text(st.characters(categories=["Cc", "Cs"]), min_size=1), st.text(), st.text())
def test_a_control_character_anywhere_is_refused(control: str, before: str, after: str) -> None:
    with pytest.raises(InvalidInput):
        checked_name(before + control + after)


@pytest.mark.parametrize(("value", "expected"), [(1, True), (2**63 - 1, True), (2**63, False), (0, False), (-1, False)])
def test_ids_are_positive_and_fit_into_64_bits(value: int, expected: bool) -> None:
    assert is_id(value) is expected


def test_an_id_is_a_number() -> None:
    assert not is_id("1")
