"""YAML with positions: what JSON has too, and nothing with which a small text becomes a huge one."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.errors import MissingExtra
from beca_core.plugins.rule_files.parsed_file import NotParsed, Spot
from beca_core.plugins.rule_files.yaml_reader import read_yaml

BOMB = "a: &a [x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc1 ", max_size=4), inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_json_is_yaml(data: Any) -> None:
    assert read_yaml(json.dumps(data, ensure_ascii=False)).data == data


def test_values_have_the_positions_of_their_keys() -> None:
    parsed = read_yaml("rules:\n  - id: x\n    near: {words: [a, 'b']}\n")
    assert parsed.data == {"rules": [{"id": "x", "near": {"words": ["a", "b"]}}]}
    assert parsed.spot(("rules", 0)) == Spot(2, 5)
    assert parsed.spot(("rules", 0, "near", "words")) == Spot(3, 12)
    assert parsed.spot(("rules", 0, "near", "words", 1)) == Spot(3, 23)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("", None),
        ("~", None),
        ("'1'", "1"),
        ("12", 12),
        ("-1.5e3", -1500.0),
        ("010", 10),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("2026-01-31", "2026-01-31"),
        ("12:30:45", "12:30:45"),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("<<", "<<"),
    ],
)
def test_words_are_read_as_yaml_1_2_has_it(text: str, value: object) -> None:
    assert read_yaml(f"a: {text}").data == {"a": value}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "has an anchor or an alias"),
        ("a: *b", "has an anchor or an alias"),
        ("&a a: 1", "has a key that is not a plain text"),
        ("- !!python/object/apply:os.system [ls]", "has a tag"),
        ("a: !!str 1", "has a tag"),
        ("a: 1\na: 2", "has the key 'a' twice"),
        ("? [a]\n: b", "has a key that is not a plain text"),
        ("--- 1\n--- 2", "has more than one document"),
        ("a: [", "is not valid YAML"),
        ("a: b: c", "is not valid YAML"),
        ("a: \x00", "is not valid YAML"),
        ("[" * 100_000, "is nested too deep|is not valid YAML"),
        ("- " * 100_000, "is nested too deep|is not valid YAML"),
    ],
)
def test_what_is_hostile_or_wrong_is_refused_soon(text: str, message: str) -> None:
    began = time.process_time()
    with pytest.raises(NotParsed, match=message):
        read_yaml(text)
    assert time.process_time() - began < 20


def test_without_pyyaml_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtra, match=r"pip install 'beca\[yaml\]'"):
        read_yaml("a: 1")


def test_the_parser_in_python_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    text = "rules:\n- id: x\n  near: {words: [a]}\n"
    fast = read_yaml(text)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert read_yaml(text) == fast
    with pytest.raises(NotParsed):
        read_yaml("[" * 10_000)
