"""TOML that is written is read as the same values, whatever they are."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.system.toml_writing import toml_pair, toml_table, toml_value

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.text("\\'\"\n\t#[]={} a", max_size=12)
VALUES = st.recursive(
    TEXTS | st.integers(-(2**60), 2**60) | st.booleans() | st.floats(allow_nan=False) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_what_is_written_is_read_again(values: dict[str, Any]) -> None:
    assert tomllib.loads(toml_table("[table]", values)) == {"table": values}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a", '"a"'),
        (r"a\d", r"'a\d'"),
        (r"a\d'", r'''"a\\d'"'''),
        (r"""a\d'"b""", r"""'''a\d'"b'''"""),
        ("a\nb", r'"a\nb"'),
        ("", '""'),
        (True, "true"),
        (3.5, "3.5"),
        (date(2026, 1, 31), "2026-01-31"),
        (("a", 1), '["a", 1]'),
        ({"a b": [1]}, '{ "a b" = [1] }'),
    ],
)
def test_it_is_readable(value: object, written: str) -> None:
    assert toml_value(value) == written


def test_a_long_list_has_a_line_for_each_item() -> None:
    items = ["x" * 60, "y" * 60]
    assert toml_pair("key", items).splitlines() == ["key = [", f'    "{items[0]}",', f'    "{items[1]}",', "]"]
    assert "\n" not in toml_pair("key", "x" * 200)


def test_other_values_are_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        toml_value(b"x")
