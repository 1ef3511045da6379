"""Any text of a scanned repository can be stored, on both kinds of database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Text, bindparam, select

from beca_core.storage.models import Table
from beca_core.storage.services.validation import storable_json, storable_text

if TYPE_CHECKING:
    from beca_core.storage.database import Database

anything = st.text(st.characters(exclude_categories=[]))
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15) | anything
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(anything, inner, max_size=4), max_leaves=12
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
        ("a\ud800b\udfff", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("\N{PILE OF POO}", "\N{PILE OF POO}"),
    ],
    ids=ascii,
)
def test_only_what_cannot_be_stored_is_replaced(text: str, expected: str) -> None:
    assert storable_text(text) == expected


def test_text_can_be_cut() -> None:
    assert storable_text("abc", 2) == "ab"


def test_numbers_that_json_lacks_become_null() -> None:
    assert storable_json({"a": [float("nan"), float("inf"), 0.5]}) == {"a": [None, None, 0.5]}


@quick
@given(anything)
def test_any_cleaned_text_is_stored_unchanged(database: Database, text: str) -> None:
    clean = storable_text(text)
    with database.session(read_only=True) as session:
        assert session.scalar(select(bindparam("text", clean, Text))) == clean
    assert len(clean) == len(text)


@pytest.mark.slow
@quick
@given(json_values)
def test_any_cleaned_json_is_stored_unchanged(database: Database, value: Any) -> None:
    clean = storable_json({"value": value})
    kind = Table.metadata.tables["result"].c.progress.type
    with database.session(read_only=True) as session:
        stored = session.scalar(select(bindparam("value", clean, kind)))
    assert stored == clean
