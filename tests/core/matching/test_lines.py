"""Lines and pieces: together they cover all ranges, and depend on the blob alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.matching.lines import Line, Ranges, lines, pieces

BLOBS = st.lists(st.sampled_from([*b"ab\n\n"]), max_size=40).map(bytes)


@st.composite
def blobs_and_ranges(draw: st.DrawFn) -> tuple[bytes, Ranges]:
    """Draw a blob and ranges of offsets in it."""
    data = draw(BLOBS.filter(bool))
    offsets = sorted(draw(st.sets(st.integers(1, len(data)), max_size=8)))
    if len(offsets) % 2:
        offsets.append(offsets[-1])
    return data, list(zip(offsets[::2], offsets[1::2], strict=True))


def all_lines(data: bytes) -> list[Line]:
    found, begin = [], 0
    for text in data.split(b"\n"):
        found.append(Line(begin, begin + len(text)))
        begin += len(text) + 1
    return found


@given(blobs_and_ranges())
def test_a_line_is_yielded_if_a_range_touches_it_or_its_ends(case: tuple[bytes, Ranges]) -> None:
    data, ranges = case
    expected = {
        line: [
            (first, last)
            for first, last in ranges
            if any(line.begin - 1 <= offset - 1 <= line.end for offset in range(first, last + 1))
        ]
        for line in all_lines(data)
    }
    assert dict(lines(data, ranges)) == {line: ranges for line, ranges in expected.items() if ranges}


@given(blobs_and_ranges())
def test_lines_are_unique_and_in_order(case: tuple[bytes, Ranges]) -> None:
    begins = [line.begin for line, _ in lines(*case)]
    assert begins == sorted(set(begins))


@given(
    begin=st.integers(0, 50),
    size=st.integers(1, 200),
    max_bytes=st.integers(1, 20),
    offsets=st.lists(st.integers(1, 200), min_size=1, max_size=6),
)
def test_every_short_stretch_around_a_range_is_in_the_piece_that_owns_it(
    begin: int, size: int, max_bytes: int, offsets: list[int]
) -> None:
    end = begin + size
    ranges = [(begin + offset, begin + offset) for offset in sorted({min(offset, size) for offset in offsets})]
    found = list(pieces(begin, end, ranges, max_bytes))
    for offset, _ in ranges:
        for match_begin in range(max(begin, offset - max_bytes), offset):
            owner = next(piece for piece in found if match_begin < piece.stop)
            assert owner.begin <= match_begin
            assert min(match_begin + max_bytes, end) <= owner.end


@given(st.integers(0, 500), st.integers(1, 20), st.integers(1, 500))
def test_the_bounds_of_pieces_do_not_depend_on_the_ranges(size: int, max_bytes: int, offset: int) -> None:
    everything = list(pieces(0, size, [(1, max(size, 1))], max_bytes))
    some = list(pieces(0, size, [(min(offset, size), min(offset, size))], max_bytes)) if size else []
    assert set(some) <= set(everything)


def test_pieces_overlap_by_the_longest_match_that_is_found_whole() -> None:
    assert list(pieces(0, 100, [(1, 100)], 10)) == [(0, 80, 40), (40, 100, 100)]
    assert list(pieces(5, 30, [(6, 6)], 10)) == [(5, 30, 30)]
    assert list(pieces(0, 1000, [(1, 1), (500, 500)], 10)) == [(0, 80, 40), (440, 520, 480), (480, 560, 520)]


@pytest.mark.parametrize("data", [b"", b"\n", b"a", b"a\n", b"\n\n"])
def test_no_ranges_give_no_line(data: bytes) -> None:
    assert list(lines(data, [])) == []
    assert list(pieces(0, len(data), [], 10)) == []
