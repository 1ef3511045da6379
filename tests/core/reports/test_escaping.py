from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.reports.escaping import printable
from beca_core.reports.json_document import to_json

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("src/app.py", "src/app.py"),
        ("Grüße/日本語.py", "Grüße/日本語.py"),
        ("a\\b", "a\\b"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines\r", "two\\nlines\\r"),
        ("bell\x07 null\0", "bell\\x07 null\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("gpj\u202e.exe", "gpj\\u202e.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("line\u2028end", "line\\u2028end"),
        ("\udc80", "\\udc80"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_control_characters_are_escaped_in_a_text(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(ANY_TEXT)
def test_a_printable_text_is_one_line_that_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    shown.encode()


@given(st.text())
def test_json_of_a_valid_text_is_that_text(text: str) -> None:
    assert json.loads(to_json(text)) == text


@given(
    st.recursive(ANY_TEXT | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner))
)
def test_json_is_one_line_of_printable_ascii_and_strictly_valid(document: object) -> None:
    text = to_json(document)
    assert text.isascii()
    assert text.isprintable()
    json.dumps(json.loads(text), ensure_ascii=False).encode()


def test_a_lone_surrogate_is_escaped_and_a_pair_is_kept() -> None:
    assert json.loads(to_json("\udc80")) == "\\udc80"
    assert json.loads(to_json("\U0001f511")) == "\U0001f511"


def test_values_that_json_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(float("nan"))
