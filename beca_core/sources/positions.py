"""From byte offsets to lines and columns."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING, NamedTuple

from beca_core.findings import Position

if TYPE_CHECKING:
    from beca_core.sources.contracts import PositionLookup
    from beca_core.sources.wide_text import WideRuns


class RunPositions(NamedTuple):
    """Positions in a content, for offsets in the text of its wide runs.

    Args:
        runs: The runs.
        of_content: Converts offsets in the content.
    """

    runs: WideRuns
    of_content: PositionLookup

    def position(self, offset: int) -> Position:
        """Return line and column of an offset in the text."""
        return self.of_content.position(self.runs.offset(offset))


class PositionReader:
    """Turn ascending byte offsets into positions, counting every line end and every character once.

    Args:
        data: The bytes to which the offsets refer.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._line, self._counted_to = 1, 0
        self._enter_line(0)

    def position(self, offset: int) -> Position:
        """Return line and column of a byte offset, both 1-based.

        Args:
            offset: From 0 to `len(data)`. After a smaller offset than before, counting starts again from the beginning.
        """
        if offset < self._counted_to:
            self._line, self._counted_to = 1, 0
            self._enter_line(0)
        if line_ends := self._data.count(b"\n", self._counted_to, offset):
            self._line += line_ends
            self._enter_line(self._data.rfind(b"\n", self._counted_to, offset) + 1)
        self._counted_to = offset
        return Position(self._line, self._column(offset))

    def _enter_line(self, begin: int) -> None:
        self._line_begin = begin
        self._line_is_text: bool | None = None
        has_mark = begin == 0 and self._data.startswith(BOM_UTF8)
        self._characters, self._characters_to = -has_mark, begin  # a byte order mark is no character of the text

    def _column(self, offset: int) -> int:
        if self._line_is_text is None:
            self._line_is_text = self._is_text()
        if self._line_is_text:
            try:
                self._characters += len(self._data[self._characters_to : offset].decode())
            except UnicodeDecodeError:  # the offset is within a character
                return offset - self._line_begin + 1
            self._characters_to = offset
            return max(self._characters, 0) + 1
        return offset - self._line_begin + 1

    def _is_text(self) -> bool:
        line_end = self._data.find(b"\n", self._line_begin)
        line = self._data[self._line_begin : line_end if line_end >= 0 else None]
        try:
            line.decode()
        except UnicodeDecodeError:
            return False
        return True
