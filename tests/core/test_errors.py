"""Parts of error messages: suggested names, and paths."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.errors import did_you_mean, quoted_path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a/b", "'a/b'"),
        (Path("/a"), "'/a'"),
        (b"caf\xe9", r"'caf\udce9'"),
        ("", "''"),
        ("it's\n", '"it\'s\\n"'),
        ("x" * 78, f"'{'x' * 78}'"),
        ("/" * 79 + "name", f"'...{'/' * 71}name'"),
    ],
)
def test_a_path_is_quoted_and_a_long_one_keeps_its_end(path: str | bytes | Path, text: str) -> None:
    assert quoted_path(path) == text


@given(st.binary().map(os.fsdecode))
def test_a_quoted_path_is_short_and_printable(path: str) -> None:
    assert quoted_path(path).isprintable()
    assert len(quoted_path(path)) <= 80


def test_similar_names_are_suggested() -> None:
    known = ["table", "json", "jsonl", "tables"]
    assert did_you_mean("tabel", known) == "Did you mean table?"
    assert did_you_mean("tabl", known, most=2) == "Did you mean table or tables?"
    assert did_you_mean("xml", known) == ""
    assert did_you_mean("xml", known, otherwise="Choose one.") == "Choose one."
