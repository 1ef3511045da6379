"""Lines and columns: 1-based, in characters if the line is UTF-8, in bytes if it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Position
from beca_core.sources.positions import PositionReader


@pytest.mark.parametrize(
    ("data", "offset", "expected"),
    [
        (b"", 0, Position(1, 1)),
        (b"abc", 2, Position(1, 3)),
        (b"abc", 3, Position(1, 4)),
        (b"a\nb", 2, Position(2, 1)),
        (b"a\r\nb", 3, Position(2, 1)),
        (b"\n\n\n", 3, Position(4, 1)),
        ("äöü=x".encode(), 7, Position(1, 5)),
        (b"\xff\xfe=x", 3, Position(1, 4)),
        ("ä=x \udcff".encode(errors="surrogateescape"), 3, Position(1, 4)),
        ("\U0001f511x".encode(), 4, Position(1, 2)),
    ],
)
def test_positions(data: bytes, offset: int, expected: Position) -> None:
    assert PositionReader(data).position(offset) == expected


@given(st.text(alphabet="aä\U0001f511\n\r", max_size=60), st.data())
def test_a_position_in_utf8_points_at_the_character(text: str, draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, len(text)))
    position = PositionReader(text.encode()).position(len(text[:index].encode()))
    lines = text.split("\n")
    assert sum(len(line) + 1 for line in lines[: position.line - 1]) + position.column - 1 == index


@given(st.binary(max_size=80), st.lists(st.integers(0, 80), max_size=8))
def test_the_order_of_offsets_does_not_matter(data: bytes, offsets: list[int]) -> None:
    inside = [min(offset, len(data)) for offset in offsets]
    reader = PositionReader(data)
    assert [reader.position(o) for o in inside] == [PositionReader(data).position(o) for o in inside]
