"""TOML with positions: every value that `tomllib` reads has one, and what is hostile is refused soon."""

from __future__ import annotations

import json
import time
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.plugins.rule_files.parsed_file import NotParsed, Spot
from beca_core.plugins.rule_files.toml_reader import read_toml, toml_spots

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = st.text("abc-_1", min_size=1, max_size=3) | st.text("ä\"' .]#=\\", min_size=1, max_size=3)
SCALARS = st.integers(-5, 5) | st.booleans() | st.text("ab\"'\\\n#]},= ä", max_size=8) | st.just(1.5)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


def paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from paths(value, (*path, key))


def word(text: str) -> str:
    return text if text.isascii() and text.replace("-", "").replace("_", "").isalnum() else json.dumps(text)


class Writer:
    """Writes data as TOML, in one of the many ways at random."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw

    def choice(self, *ways: Any) -> Any:
        return self._draw(st.sampled_from(ways))

    def document(self, data: dict[str, Any]) -> str:
        plain = {key: value for key, value in data.items() if not self._is_table(value)}
        lines = [self.pair(key, value) for key, value in plain.items()]
        for key, value in data.items():
            if key not in plain:
                lines += self.tables((key,), value)
        return "".join(f"{line}{self.choice('', '  # [x] = {')}{self.choice('', ' ')}\n" for line in lines)

    def _is_table(self, value: Any) -> bool:
        is_list = isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
        return bool((isinstance(value, dict) or is_list) and self.choice(True, False))

    def tables(self, path: tuple[str, ...], value: Any) -> list[str]:
        name = self.choice(".", " . ").join(map(word, path))
        is_list = isinstance(value, list)
        lines = []
        for table in value if is_list else [value]:
            lines.append(f"[[{name}]]" if is_list else f"[{name}]")
            nested = {key: inner for key, inner in table.items() if self._is_table(inner)}
            lines += [self.pair(key, inner) for key, inner in table.items() if key not in nested]
            for key, inner in nested.items():
                lines += self.tables((*path, key), inner)
        return lines

    def pair(self, key: str, value: Any) -> str:
        if isinstance(value, dict) and len(value) == 1 and self.choice(True, False):
            ((inner, only),) = value.items()
            return f"{word(key)}.{self.pair(inner, only)}"
        return f"{word(key)}{self.choice('=', ' = ')}{self.value(value)}"

    def value(self, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(self.pair(key, inner) for key, inner in value.items()) + "}"
        if isinstance(value, list):
            gap = self.choice("", " ", "\n", " # ],\n")
            return "[" + "".join(f"{gap}{self.value(item)}{gap}," for item in value) + f"{gap}]"
        if isinstance(value, str):
            return self.text(value)
        return json.dumps(value)

    def text(self, text: str) -> str:
        ways = [json.dumps(text), '"""' + json.dumps(text)[1:-1] + '"""']
        if "'" not in text and "\n" not in text:
            ways.append(f"'{text}'")
        if "'''" not in text and not text.endswith("'"):
            ways.append(f"'''\n{text}'''")
        return str(self.choice(*ways))


@given(st.data(), st.dictionaries(WORDS, TREES, max_size=4))
def test_every_value_has_a_position(data: st.DataObject, tree: dict[str, Any]) -> None:
    text = Writer(data.draw).document(tree)
    parsed = read_toml(text)
    assert parsed.data == tree == tomllib.loads(text)
    assert set(parsed.spots) == set(paths(tree)), text


@given(st.data(), st.dictionaries(WORDS, TREES, max_size=4))
def test_the_position_is_that_of_the_key(data: st.DataObject, tree: dict[str, Any]) -> None:
    text = Writer(data.draw).document(tree)
    lines = text.split("\n")
    for path, spot in toml_spots(text).items():
        there = lines[spot.line - 1][spot.column - 1 :]
        if there and not there.startswith("[") and isinstance(path[-1], str):
            assert there.startswith(word(path[-1])), (path, there)


@given(st.text("[]{}=.,\"'#\n ab1\\", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        expected: object = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        expected = None
    try:
        parsed = read_toml(text)
    except NotParsed:
        assert expected is None or max(map(len, paths(expected))) > 16
    else:
        assert parsed.data == expected
        assert set(parsed.spots) == set(paths(expected))


@pytest.mark.parametrize(
    ("text", "message", "spot"),
    [
        ("x = [1,,2]", "is not valid TOML: Invalid value", Spot(1, 8)),
        ("a = 1\na = 2", "is not valid TOML: Cannot overwrite a value", Spot(2, 6)),
        ("a = 'ä\n", "is not valid TOML: Expected", None),
        ("a = " + "[" * 100_000, "is nested too deep", Spot(1, 21)),
        ("a = " + "{b=" * 100_000, "is nested too deep", None),
        ("a." * 500_000 + "b = 1", "has a key with too many words", Spot(1, 33)),
        ("[" + "a." * 500_000 + "b]", "has a key with too many words", None),
        ("a = " + "9" * 100_000, "is not valid TOML", None),
        ('a = """\n' * 200_000, "is not valid TOML", None),
        ("a = 1 = [[[[" * 20_000, "is not valid TOML", None),
    ],
)
def test_what_is_hostile_or_wrong_is_refused_soon(text: str, message: str, spot: Spot | None) -> None:
    began = time.process_time()
    with pytest.raises(NotParsed, match=message) as caught:
        read_toml(text)
    assert time.process_time() - began < 20
    assert spot is None or caught.value.spot == spot


def test_line_ends_of_windows_make_no_difference() -> None:
    assert read_toml("a = 1\r\n[b]\r\nc = 2\r\n").spots["b", "c"] == Spot(3, 1)


def test_the_innermost_known_position_is_used() -> None:
    parsed = read_toml("\na = {b = [1]}")
    assert parsed.spot(("a", "b", 0, "z")) == Spot(2, 11)
    assert parsed.spot(("z",)) == Spot(1, 1)
