"""Large contents in chunks that overlap, so that what is found in them is what would be found in one piece.

A chunk answers for the matches that begin in its *own* part. Around it stands context that its neighbours answer for:
what a match needs to be seen as in the whole, and what the checks of a rule look at. Chunks are cut at line ends where
there are any. A line that is longer than that is cut so that the pieces in which long lines are searched
(`beca_core.matching.windows`) are those of the whole line, for each rule whose `max_bytes` is a power of two.

Three things a chunk cannot tell as the whole would. Keywords and anchors of a rule must occur in the same chunk as the
match. Where a rule's matches follow each other without a gap through all of the context, a chunk may part them
otherwise. And what a `multiline` rule matches beyond its `max_bytes` may end elsewhere in a chunk that begins within a
long line. All of the text is searched even so.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from beca_core.findings import Position
from beca_core.rules.rule import MAX_MAX_BYTES
from beca_core.sources.contracts import Blob
from beca_core.sources.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Read = Callable[[int], bytes]
    """Returns the next so many bytes, fewer only at the end."""
    ReadFrom = Callable[[int], Iterable[bytes]]
    """Yields what stands from an offset on, in parts, and does not change what is read next."""
    IsText = Callable[[], bool]
    """Tells whether a line is UTF-8; asked only where something was found in it, since it may be long."""

_PIECE_BYTES: Final = 4 * MAX_MAX_BYTES
_SPARE_BYTES: Final = 4 * MAX_MAX_BYTES
_CONTINUATION: Final = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that are not the first of a character."""


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """How contents are cut into chunks, in bytes.

    Args:
        own: Each chunk but the last answers for so many, or a bit fewer.
        before: Least context before that, but for the first chunk.
        after: Context after it.
        grid: Pieces of long lines begin at multiples of this.
    """

    own: int = 16 * MIB
    before: int = 2 * _PIECE_BYTES + _SPARE_BYTES
    after: int = _PIECE_BYTES + _SPARE_BYTES
    grid: int = 3 * MAX_MAX_BYTES

    def __post_init__(self) -> None:
        if self.own <= 2 * self.before + self.grid:
            raise ValueError("The own part of a chunk must be larger than its context.")


DEFAULT_SIZES: Final = ChunkSizes()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the whole a chunk begins.

    Args:
        line: Its first line, 1-based.
        bytes_before: How many bytes of this line stand before it.
        characters_before: How many characters of this line begin before it.
        is_text: Tells whether this line is UTF-8; None: the chunk does.
    """

    line: int = 1
    bytes_before: int = 0
    characters_before: int = 0
    is_text: IsText | None = None

    def moved(self, data: bytes, by: int, is_text: IsText) -> Origin:
        """Return the origin of a later chunk.

        Args:
            data: What stands here.
            by: How many bytes later.
            is_text: Tells whether the line there is UTF-8.
        """
        begin = data.rfind(b"\n", 0, by) + 1
        if not begin:
            characters = self.characters_before + _characters(data, 0, by)
            return Origin(self.line, self.bytes_before + by, characters, is_text)
        line = self.line + data.count(b"\n", 0, begin)
        return Origin(line, by - begin, _characters(data, begin, by), is_text)


class ChunkPositions:
    """Turn ascending byte offsets in a chunk into positions in the whole.

    Args:
        data: The chunk.
        origin: Where it begins.
        last_is_text: Tells whether its last line, which goes on behind it, is UTF-8; None: the chunk does.
    """

    def __init__(self, data: bytes, origin: Origin, last_is_text: IsText | None) -> None:
        self._data = data
        self._origin = origin
        self._last_is_text = last_is_text
        self._is_ascii = data.isascii()
        self._at, self._line, self._line_begin, self._before = 0, 1, 0, 0
        self._is_text: bool | None = None
        self._restart()

    def position(self, offset: int) -> Position:
        """Return line and column of a byte offset, both 1-based.

        Args:
            offset: From 0 to `len(data)`; offsets smaller than an earlier one are counted anew.
        """
        if offset < self._at:
            self._restart()
        if begin := self._data.rfind(b"\n", self._at, offset) + 1:  # much faster than to count what is not there
            self._line += self._data.count(b"\n", self._at, begin)
            self._at = self._line_begin = begin
            self._before, self._is_text = 0, None
        if self._is_text is None:
            self._is_text = self._measured(self._line_begin)
        self._before += offset - self._at if self._is_ascii else _characters(self._data, self._at, offset)
        self._at = offset
        is_within_character = not _characters(self._data, offset, offset + 1) and offset < len(self._data)
        if self._is_text and not is_within_character:
            return Position(self._line, self._before + 1)
        return Position(self._line, offset - self._line_begin + 1)

    def _restart(self) -> None:
        origin = self._origin
        self._at = 0
        self._line, self._line_begin, self._before = origin.line, -origin.bytes_before, origin.characters_before
        self._is_text = None

    def _measured(self, line_begin: int) -> bool:
        if line_begin < 0 and self._origin.is_text is not None:
            return self._origin.is_text()
        line_end = self._data.find(b"\n", line_begin)
        if line_end < 0 and self._last_is_text is not None:
            return self._last_is_text()
        return is_text([self._data[line_begin : line_end if line_end >= 0 else None]])


def read_chunks(
    blob_id: str, read: Read, *, read_from: ReadFrom | None = None, sizes: ChunkSizes = DEFAULT_SIZES
) -> Iterator[Blob]:
    """Yield a content: as it is where it fits into one chunk, else in chunks from the first to the last.

    Args:
        blob_id: Id of each of them.
        read: Reads on.
        read_from: Reads anywhere. Columns of a line that is not UTF-8 are counted in bytes, and the place that tells
            may lie far behind a chunk; without this, only what has been read of a line is known.
        sizes: How to cut.
    """
    buffer = _ChunkBuffer(b"", 0, 0, Origin())
    while buffer.fill(read, sizes):
        last_is_text = buffer.last_is_text(read_from)
        own_to, line_begin = buffer.cut(sizes)
        positions = ChunkPositions(buffer.data, buffer.origin, last_is_text)
        yield Blob(blob_id, buffer.data, own_from=buffer.own_from, own=own_to, positions=positions)
        buffer.move(own_to, _begin(own_to - sizes.before, line_begin, buffer.start, sizes.grid), last_is_text)
    if buffer.start:
        positions = ChunkPositions(buffer.data, buffer.origin, None)
        yield Blob(blob_id, buffer.data, own_from=buffer.own_from, positions=positions)
    else:
        yield Blob(blob_id, buffer.data)


@dataclass(slots=True)
class _ChunkBuffer:
    """What is in memory of the whole: one chunk.

    Args:
        data: The chunk.
        start: Offset of the chunk in the whole.
        own_from: Where its own part begins, as an offset in the chunk.
        origin: Where it begins, in lines and columns.
    """

    data: bytes
    start: int
    own_from: int
    origin: Origin

    def fill(self, read: Read, sizes: ChunkSizes) -> bool:
        """Read what belongs to the chunk, and return whether there is so much: else it is the last chunk."""
        size = self.own_from + sizes.own + sizes.after
        self.data += read(size - len(self.data))
        return len(self.data) >= size

    def cut(self, sizes: ChunkSizes) -> tuple[int, int]:
        """Return where the own part ends, and where the line begins in which that is; both as offsets in the chunk."""
        own_to = self.own_from + sizes.own
        line_begin = self.data.rfind(b"\n", 0, own_to) + 1 or -self.origin.bytes_before
        return (line_begin if line_begin > own_to - sizes.before else own_to), line_begin

    def move(self, own_to: int, by: int, last_is_text: IsText) -> None:
        """Go on to the next chunk, whose own part begins at `own_to` and which begins at `by`."""
        self.origin = self.origin.moved(self.data, by, self._is_text_at(by, last_is_text))
        self.data = self.data[by:]
        self.start += by
        self.own_from = own_to - by

    def last_is_text(self, read_from: ReadFrom | None) -> IsText:
        """Return what tells whether the line that goes on behind the chunk is UTF-8."""
        begin = self.data.rfind(b"\n") + 1
        if begin == 0 and self.origin.is_text is not None:
            return self.origin.is_text
        if read_from is None:
            return _known(is_text([self.data[begin:]], is_whole=False))
        return cache(lambda at=self.start + begin: is_text(read_from(at)))

    def _is_text_at(self, offset: int, last_is_text: IsText) -> IsText:
        begin, end = self.data.rfind(b"\n", 0, offset) + 1, self.data.find(b"\n", offset)
        if begin == 0 and self.origin.is_text is not None:
            return self.origin.is_text
        return last_is_text if end < 0 else _known(is_text([self.data[begin:end]]))


def _known(value: bool) -> IsText:
    return lambda: value


def is_text(parts: Iterable[bytes], *, is_whole: bool = True) -> bool:
    """Return whether a line is UTF-8.

    Args:
        parts: The line, and perhaps what follows.
        is_whole: Whether it ends with the last part; if not, it may stop within a character.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for part in parts:
            line_end = part.find(b"\n")
            line = part if line_end < 0 else part[:line_end]
            if decoder.getstate()[0] or not line.isascii():
                decoder.decode(line)
            if line_end >= 0:
                is_whole = True
                break
        decoder.decode(b"", is_whole)
    except UnicodeDecodeError:
        return False
    return True


def _begin(latest: int, line_begin: int, start: int, grid: int) -> int:
    """Return where the next chunk begins, at `latest` or before: on the grid of the line that is cut there, if one is.

    All are offsets in a chunk that begins at `start`. Else it is the grid of the whole, for rules that cross lines.
    """
    first = line_begin if line_begin <= latest else -start
    return latest - (latest - first) % grid


def _characters(text: bytes, begin: int, end: int) -> int:
    """Count the characters that begin between two offsets in UTF-8."""
    data = text[begin:end]
    return len(data) if data.isascii() else len(data.translate(None, _CONTINUATION))
