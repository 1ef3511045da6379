from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from beca_core.report import Skipped
from beca_core.reports.skipped import MAX_LISTED, skipped_lines, sorted_by_reason

if TYPE_CHECKING:
    from random import Random

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
SKIPPED = st.lists(st.builds(Skipped, ANY_TEXT, st.sampled_from(["too-large", "missing", "unreadable"])), max_size=30)


def test_each_object_is_a_line_with_its_reason() -> None:
    skipped = [Skipped("b", "too-large"), Skipped("x!y/z", "encrypted"), Skipped("a", "too-large")]
    assert list(skipped_lines(skipped)) == [
        "Skipped, encrypted: x!y/z",
        "Skipped, too-large: a",
        "Skipped, too-large: b",
    ]


def test_objects_beyond_the_limit_of_a_reason_are_counted() -> None:
    many = [Skipped(f"{number:05}", "missing") for number in range(MAX_LISTED + 1200)]
    lines = list(skipped_lines([*many, Skipped("a", "unreadable")]))
    assert len(lines) == MAX_LISTED + 2
    assert lines[MAX_LISTED - 1 :] == [
        f"Skipped, missing: {MAX_LISTED - 1:05}",
        "Skipped, missing, and 1,200 more",
        "Skipped, unreadable: a",
    ]


def test_a_list_as_long_as_the_limit_is_complete() -> None:
    lines = list(skipped_lines([Skipped("a", "missing"), Skipped("b", "missing")], limit=2))
    assert lines == ["Skipped, missing: a", "Skipped, missing: b"]


def test_without_skipped_objects_the_list_is_empty() -> None:
    assert list(skipped_lines([])) == []


def test_control_characters_are_escaped() -> None:
    (line,) = skipped_lines([Skipped("a\x1b[2J\r\nb\udcff\u202e", "un\x07readable")])
    assert line == r"Skipped, un\x07readable: a\x1b[2J\r\nb\udcff\u202e"


@given(SKIPPED, st.integers(0, 5))
def test_no_line_moves_the_cursor_and_no_reason_has_too_many(skipped: list[Skipped], limit: int) -> None:
    lines = list(skipped_lines(skipped, limit))
    assert not {unicodedata.category(char) for line in lines for char in line} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    for reason in {item.reason for item in skipped}:
        of_reason = [item for item in skipped if item.reason == reason]
        listed = [line for line in lines if line.startswith(f"Skipped, {reason}: ")]
        assert len(listed) == min(limit, len(of_reason))
        assert (f"Skipped, {reason}, and {len(of_reason) - limit} more" in lines) == (len(of_reason) > limit)


@given(SKIPPED, st.randoms())
def test_the_order_does_not_depend_on_that_of_reading(skipped: list[Skipped], chance: Random) -> None:
    shuffled = chance.sample(skipped, len(skipped))
    assert sorted_by_reason(shuffled) == sorted_by_reason(skipped)
    assert sorted(map(repr, sorted_by_reason(skipped))) == sorted(map(repr, skipped))
