"""Figures as people read them: tables, ratios, plots, timing loops."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from measure.machine import facts, said_by
from measure.plots import Plot, ticks
from measure.tables import megabytes, paired, ratio, seconds, table
from measure.texts import clean_text, code_lines
from measure.timing import interleaved, processor_seconds

from beca_core import scan_text

SVG = "{http://www.w3.org/2000/svg}"


def test_a_table_is_markdown_with_columns_of_equal_width() -> None:
    assert table(["name", "s"], [["one", "10.00"], ["another", "2.00"]]) == (
        "| name    |     s |\n"
        "|---------|------:|\n"
        "| one     | 10.00 |\n"
        "| another |  2.00 |"
    )  # fmt: skip


def test_a_table_without_rows_has_a_head() -> None:
    assert table(["name", "s"], []) == "| name | s |\n|------|--:|"


def test_a_row_with_too_few_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(["name", "s"], [["one"]])


def test_times_are_shown_as_their_median() -> None:
    assert seconds([3.0, 1.0, 100.0]) == "3.00"


def test_no_times_are_shown_as_absent() -> None:
    assert seconds([]) == "-"


def test_a_ratio_is_the_median_of_pairs_and_not_of_sides() -> None:
    assert ratio([1.0, 2.0, 9.0], [2.0, 2.0, 3.0]) == "1.00 (0.50-3.00)"


def test_a_ratio_of_nothing_is_absent() -> None:
    assert ratio([], []) == "-"


def test_only_rounds_in_which_both_took_part_can_be_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio([1.0, 2.0], [1.0])


@given(st.lists(st.tuples(st.floats(0.01, 1e3), st.floats(0.01, 1e3)), min_size=1))
def test_ratios_follow_the_order_of_rounds(rounds: list[tuple[float, float]]) -> None:
    ours, theirs = zip(*rounds, strict=True)
    assert paired(ours, theirs) == [one / other for one, other in rounds]


def test_sizes_are_shown_in_megabytes() -> None:
    assert megabytes(1_499_999) == "1"
    assert megabytes(0) == "-"


@given(st.floats(0.001, 1e9))
def test_ticks_are_round_even_and_few_and_reach_the_greatest_value(greatest: float) -> None:
    found = ticks(greatest)
    step = found[1]
    assert found[0] == 0
    assert f"{step:e}"[0] in "125"
    assert 3 <= len(found) <= 7
    assert found[-1] >= greatest * (1 - 1e-6) > found[-2] * (1 - 1e-5)
    assert found == pytest.approx([step * number for number in range(len(found))])


def test_a_plot_has_a_circle_for_each_point_the_higher_the_larger() -> None:
    points = [(1000.0, 0.3), (50_000.0, 4.0), (100_000.0, 9.9)]
    root = ElementTree.fromstring(Plot("a < b", "blobs", "seconds", points, 1e-4, 0.2).svg())  # noqa: S314
    circles = root.findall(f"{SVG}circle")
    xs, ys = ([float(circle.attrib[name]) for circle in circles] for name in ("cx", "cy"))
    assert len(circles) == 3
    assert xs == sorted(xs)
    assert ys == sorted(ys, reverse=True)
    assert {"a < b", "blobs", "seconds", "100,000"} <= {text.text for text in root.findall(f"{SVG}text")}


def test_a_plot_of_points_on_its_line_draws_the_line_through_them() -> None:
    points = [(10.0, 3.0), (20.0, 5.0)]
    root = ElementTree.fromstring(Plot("", "", "", points, 0.2, 1.0).svg())  # noqa: S314
    line = next(line.attrib for line in root.findall(f"{SVG}line") if line.attrib["stroke"] == "#888")
    circle = root.findall(f"{SVG}circle")[-1].attrib
    assert (line["x2"], line["y2"]) == (circle["cx"], circle["cy"])


def test_calls_take_turns_and_each_is_timed_as_often_as_asked() -> None:
    seen = ""

    def call(name: str) -> None:
        nonlocal seen
        seen += name

    figures = interleaved({"a": lambda: call("a"), "b": lambda: call("b")}, 250)
    assert {name: len(of_one) for name, of_one in figures.items()} == {"a": 250, "b": 250}
    assert all(duration > 0 for of_one in figures.values() for duration in of_one)
    assert seen[-500:] == ("a" * 100 + "b" * 100) * 2 + "a" * 50 + "b" * 50


def test_work_is_done_as_often_as_asked() -> None:
    done: list[int] = []
    assert processor_seconds(lambda: done.append(1), 4) >= 0
    assert len(done) == 4


def test_the_machine_is_described_and_not_named() -> None:
    import platform

    told = facts()
    assert told["Python"] == platform.python_version()
    assert "cores" in told["processor"]
    assert told["git"][0].isdigit()
    assert platform.node() not in told.values()


def test_a_program_that_cannot_be_asked_says_nothing() -> None:
    assert said_by(["/nonexistent/program", "--version"]) == ""
    assert said_by(["true"]) == ""


def test_the_first_line_that_a_program_says_counts() -> None:
    assert said_by(["sh", "-c", "echo ' one '; echo two"]) == "one"
    assert said_by(["sh", "-c", "echo on stderr >&2"]) == "on stderr"


def test_clean_text_has_the_size_that_was_asked_for_and_no_secret() -> None:
    for size in (0, 1, 1024, 100_000):
        text = clean_text(size)
        assert len(text) == size
        assert scan_text(text) == []


def test_text_follows_from_its_seed() -> None:
    assert code_lines(50, 1) == code_lines(50, 1) != code_lines(50, 2)
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in code_lines(200))
