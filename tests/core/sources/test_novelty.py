"""Where a content is new: everything that its base may not have is in a window."""

from __future__ import annotations

from itertools import pairwise

import pytest
from dulwich._pack import apply_delta  # type: ignore[import-not-found]
from hypothesis import given
from hypothesis import strategies as st

from beca_core.sources.novelty import WORTH_IT, Novelty, Verdict
from tests.core.sources.deltas import Edit, copy, edited, insert, number

MARGIN = 8
BASE = b"".join(b"%06d\n" % line for line in range(6000))
"""Each eight bytes of it occur once."""


def windows(data: bytes, delta: bytes, margin: int = MARGIN) -> list[tuple[int, int]] | None:
    return Novelty(Verdict(), delta).windows(data, margin)


EDITS = st.lists(st.builds(Edit, st.integers(0, len(BASE)), st.integers(0, 3000), st.binary(max_size=300)), max_size=8)


@given(EDITS)
def test_all_that_is_new_is_in_a_window(edits: list[Edit]) -> None:
    data, delta = edited(BASE, edits)
    assert b"".join(apply_delta(BASE, delta)) == data
    found = windows(data, delta)
    assert found is not None
    assert found == sorted(found)
    assert found[0][0] == 0
    assert found[-1][1] == len(data)
    known = {BASE[at : at + MARGIN] for at in range(len(BASE))}
    for (_, end), (begin, _) in pairwise(found):
        assert end < begin
        between = range(max(end - MARGIN + 1, 0), begin)
        assert all(data[at : at + MARGIN] in known for at in between)


def test_a_small_change_has_small_windows() -> None:
    data, delta = edited(BASE, [Edit(20_000, 5, b"new"), Edit(30_000, 1, b"")])
    assert windows(data, delta) == [
        (0, MARGIN),
        (20_000 - MARGIN, 20_003 + MARGIN),
        (29_998 - MARGIN, 29_998 + MARGIN),
        (len(data) - MARGIN, len(data)),
    ]


def test_what_is_close_together_is_one_window() -> None:
    data, delta = edited(BASE, [Edit(20_000, 5, b"new"), Edit(20_500, 1, b"")])
    assert windows(data, delta) == [(0, MARGIN), (19_992, 20_506), (len(data) - MARGIN, len(data))]


@pytest.mark.parametrize("size", [0x10000, 0x10001, 0x5000, 0x20034, 0x30000])
def test_sizes_of_copies_are_read_as_git_writes_them(size: int) -> None:
    base = bytes(0x40000)
    delta = number(len(base)) + number(size + 3) + copy(77, size) + insert(b"new")
    data = b"".join(apply_delta(base, delta))
    assert windows(data, delta) == [(0, MARGIN), (size - MARGIN, size + 3)]


def test_there_is_nothing_to_know_without_a_base() -> None:
    assert Novelty().windows(BASE, MARGIN) is None


def test_a_content_that_is_mostly_new_has_no_windows() -> None:
    edits = [Edit(at, 1, b"new") for at in range(0, len(BASE), 100)]
    assert windows(*edited(BASE, edits)) is None


def test_a_small_content_has_no_windows() -> None:
    base = BASE[: WORTH_IT - 10]
    assert windows(*edited(base, [Edit(5, 1, b"new")])) is None


def test_a_delta_of_another_content_has_no_windows() -> None:
    data, delta = edited(BASE, [Edit(20_000, 5, b"new")])
    assert windows(data + b"more", delta) is None


LINES = b"".join(b"%06d of a text of lines\n" % line for line in range(400))
KNOWN = [(at, at + 25, "known") for at in range(26, len(LINES) - 26, 26 * 7)]
LINE_EDITS = st.lists(
    st.builds(
        Edit,
        st.integers(0, len(LINES)),
        st.integers(0, 300),
        st.sampled_from([b"", b"\n", b"new", b"new\n", b"\nnew", b"a\nb\nc", LINES[26:80], b"x" * 50]),
    ),
    max_size=6,
)


@given(LINE_EDITS)
def test_each_line_is_new_or_was_in_the_base(edits: list[Edit]) -> None:
    data, delta = edited(LINES, edits)
    new = Novelty(Verdict(), delta).new_lines(data, KNOWN, 2048)
    assert new is not None
    assert new.windows == sorted(new.windows)
    assert (new.windows[0][0], new.windows[-1][1]) == (0, len(data))
    for (_, end), (begin, _) in pairwise(new.windows):
        assert end < begin
        assert data[end : end + 1] == data[begin - 1 : begin] == b"\n"
        assert data[end:begin] in LINES
    for known, begin in new.moved:
        first, last, _ = KNOWN[known]
        assert data[begin - 1 : begin + last - first + 1] == LINES[first - 1 : last + 1]


@given(LINE_EDITS)
def test_known_lines_of_the_base_are_found_where_nothing_is_new(edits: list[Edit]) -> None:
    data, delta = edited(LINES, edits)
    new = Novelty(Verdict(), delta).new_lines(data, KNOWN, 2048)
    assert new is not None
    moved = {begin for _, begin in new.moved}
    for first, last, _ in KNOWN:
        line = LINES[first - 1 : last + 1]
        for begin in (at + 1 for at in range(len(data)) if data.startswith(line, at)):
            is_new = any(low <= begin <= high for low, high in new.windows)
            assert is_new or begin in moved


def test_a_new_line_that_is_long_is_not_looked_for() -> None:
    data, delta = edited(LINES, [Edit(1000, 1, b"x" * 300)])
    assert Novelty(Verdict(), delta).new_lines(data, (), 200) is None
    assert Novelty(Verdict(), delta).new_lines(data, (), 2048) is not None
    assert Novelty(None, delta).new_lines(data, (), 2048) is None
