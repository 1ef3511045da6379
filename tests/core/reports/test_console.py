from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.reports.console import Console, Style, cells

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = st.text("abc日é\u0301-/", min_size=1, max_size=12)
PROSE = st.lists(WORDS, max_size=20).map(" ".join)
CELLS = st.text("abc 日e\u0301", max_size=60).map(str.strip)
ROWS = st.integers(1, 4).flatmap(lambda columns: st.lists(st.lists(CELLS, min_size=columns, max_size=columns)))


class Stream(io.StringIO):
    """A stream that is a terminal or not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def written(write: Callable[[Console], Any], *, terminal: bool) -> str:
    stream = Stream(terminal=terminal)
    write(Console(stream))
    return stream.getvalue()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")


@pytest.mark.parametrize(
    ("variables", "terminal", "painted"),
    [
        ({}, True, "\x1b[1;31mHIGH\x1b[0m"),
        ({"NO_COLOR": ""}, True, "\x1b[1;31mHIGH\x1b[0m"),
        ({"NO_COLOR": "1"}, True, "\x1b[1mHIGH\x1b[0m"),
        ({"TERM": "dumb"}, True, "HIGH"),
        ({"TERM": "Unknown"}, True, "HIGH"),
        ({}, False, "HIGH"),
        ({"FORCE_COLOR": "1"}, False, "HIGH"),
    ],
)
def test_only_terminals_that_show_styles_get_them(
    variables: dict[str, str], terminal: bool, painted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert Console(Stream(terminal=terminal)).paint("HIGH", Style.BOLD_RED) == painted


def test_a_text_without_remaining_styles_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(Stream(terminal=True))
    assert console.paint("", Style.BOLD) == ""
    assert console.paint("text", Style.PLAIN) == "text"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Console(Stream(terminal=True)).paint("text", Style.RED) == "text"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 0),
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("日本", 4),
        ("설정", 4),
        ("\uff21", 2),
        ("\x1b[1;31mab\x1b[0m", 2),
    ],
)
def test_the_width_of_a_text_is_that_on_a_terminal(text: str, size: int) -> None:
    assert cells(text) == size


def test_only_a_terminal_gets_line_breaks_between_words() -> None:
    text = f"  plugin acme, {'/'.join(['directory'] * 5)}: repair it, or leave it out"

    def write(console: Console) -> None:
        console.prose(text, hang=4)

    assert written(write, terminal=False) == f"{text}\n"
    assert written(write, terminal=True).splitlines() == [
        "  plugin acme,",
        "    directory/directory/directory/directory/directory:",
        "    repair it, or leave it out",
    ]


@given(PROSE, st.integers(0, 60))
def test_broken_prose_has_the_same_words_and_no_line_is_too_long_without_need(text: str, hang: int) -> None:
    first, *others = written(lambda console: console.prose(text, hang=hang), terminal=True).splitlines()
    assert " ".join([first, *others]).split() == text.split()
    for line in (first, *others):
        assert cells(line) <= 40 or len(line.split()) == 1
    assert all(len(line) - len(line.lstrip()) == min(hang, 20) for line in others)


def test_styles_have_no_width() -> None:
    words = " ".join(["word"] * 8)

    def write(console: Console) -> None:
        console.prose(f"{console.paint('a', Style.BOLD)}{console.paint(words[1:], Style.DIM)}")

    assert written(write, terminal=True).count("\n") == 1


@pytest.mark.parametrize(
    ("columns", "lines"), [("200", 1), ("20", 5), ("0", 2), ("-5", 2), ("wide", 2), ("9" * 5000, 2)]
)
def test_the_variable_columns_sets_the_width(columns: str, lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("sys.__stdout__", None)
    text = " ".join(["nine-long"] * 10)
    assert written(lambda console: console.prose(text), terminal=True).count("\n") == lines
    assert written(lambda console: console.prose(text), terminal=False) == f"{text}\n"


def test_a_line_is_never_broken() -> None:
    place = "a path/" * 20
    assert written(lambda console: console.line(place), terminal=True) == f"{place}\n"


@given(ROWS)
def test_columns_are_aligned(rows: list[list[str]]) -> None:
    lines, last = Console(Stream(terminal=False)).aligned(rows)
    widths = [
        max([cells(text) for text in column if cells(text) <= 24], default=0) for column in zip(*rows, strict=True)
    ]
    assert last == sum(width + 2 for width in widths[:-1])
    for row, line in zip(rows, lines, strict=True):
        rest = line
        for text, width in zip(row, widths, strict=True):
            assert rest.startswith(text)
            rest = rest[len(text) + max(0, width - cells(text)) + 2 :]
        assert rest == ""


def test_a_wide_text_does_not_widen_its_column() -> None:
    rows = [("Place", "Secret"), ("a" * 25, "x"), ("b", "y"), ("日本", "z")]
    lines, last = Console(Stream(terminal=False)).aligned(rows)
    assert lines == ["Place  Secret", f"{'a' * 25}  x", "b      y", "日本   z"]
    assert last == 7


def test_numbers_are_aligned_to_the_right() -> None:
    lines, _ = Console(Stream(terminal=False)).aligned([("Rules", "Name"), ("7", "a"), ("12", "b")], right=[0])
    assert lines == ["Rules  Name", "    7  a", "   12  b"]


def test_continuation_lines_are_indented_to_the_last_column() -> None:
    def write(console: Console) -> None:
        rows = [("first", "a description of many words that is too long"), ("second", "short")]
        console.table(("Rule", "Description"), rows, styles=[Style.RED])

    plain = re.sub(r"\x1b\[[0-9;]*m", "", written(write, terminal=True))
    assert plain.splitlines() == [
        "Rule    Description",
        "first   a description of many words that",
        "        is too long",
        "second  short",
    ]
    head, first, *_, second = written(write, terminal=True).splitlines()
    assert head.startswith("\x1b[2mRule")
    assert first.startswith("\x1b[31mfirst")
    assert second == "second  short"


def test_rows_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Console(Stream(terminal=False)).aligned([("a", "b"), ("a",)])
