"""Cut large contents into overlapping chunks in which the same matches are found as in the whole content.

Each match belongs to the chunk in whose *own* part it begins. Around its own part a chunk has context, which belongs to
its neighbours: matching needs it, and so do the checks of a rule. Chunks are cut at line ends where there are any. A
line that is longer than a chunk is cut on a grid, so that the pieces in which long lines are searched
(`beca_core.matching.lines`) are those of the whole line, for each rule whose `max_bytes` is a power of two.

Two results may differ from those of the whole content. A scanner that does not need the whole is called with the chunks
in which its anchors are. And if a rule's matches follow each other without a gap through all of the context, a chunk
may divide them differently; all of the text is searched.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

from beca_core.findings import Position
from beca_core.rules.rule import MAX_MAX_BYTES, WHOLE_IN_MATCHES
from beca_core.sources.contracts import Blob
from beca_core.sources.limits import MIB
from beca_core.sources.wide_text import NUL, Transcoder, encoding_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Read = Callable[[int], bytes]
    """Returns the next bytes: as many as asked for, fewer only at the end."""
    ReadFrom = Callable[[int], Iterable[bytes]]
    """Yields the content from an offset on, in parts, and does not change what is read next."""
    IsText = Callable[[], bool]
    """Returns whether a line is UTF-8. It is called only if something was found in the line, which may be long."""

_PIECE_BYTES: Final = 2 * WHOLE_IN_MATCHES * MAX_MAX_BYTES
_SPARE_BYTES: Final = 4 * MAX_MAX_BYTES
_CONTINUATION: Final = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that are not the first of a character."""


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """How contents are cut into chunks, in bytes.

    Args:
        own: Size of the own part of each chunk but the last; it may be a bit smaller.
        before: Least context before the own part, except in the first chunk.
        after: Context after the own part.
        grid: Pieces of long lines begin at multiples of this.
    """

    own: int = 16 * MIB
    before: int = 2 * _PIECE_BYTES + _SPARE_BYTES
    after: int = _PIECE_BYTES + _SPARE_BYTES
    grid: int = WHOLE_IN_MATCHES * MAX_MAX_BYTES

    def __post_init__(self) -> None:
        if self.own <= 2 * self.before + self.grid:
            raise ValueError("The own part of a chunk must be larger than its context.")


DEFAULT_SIZES: Final = ChunkSizes()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in the whole content a chunk begins.

    Args:
        line: Its first line, 1-based.
        bytes_before: How many bytes of this line come before the chunk.
        characters_before: How many characters of this line begin before the chunk; -1 at a byte order mark, which does
            not count.
        is_text: Returns whether this line is UTF-8; None: the chunk shows it.
    """

    line: int = 1
    bytes_before: int = 0
    characters_before: int = 0
    is_text: IsText | None = None

    def moved(self, data: bytes, by: int, is_text: IsText) -> Origin:
        """Return the origin of a later chunk.

        Args:
            data: The chunk that begins here.
            by: How many bytes later the other chunk begins.
            is_text: Returns whether the line in which it begins is UTF-8.
        """
        begin = data.rfind(b"\n", 0, by) + 1
        if not begin:
            characters = self.characters_before + _characters(data, 0, by)
            return Origin(self.line, self.bytes_before + by, characters, is_text)
        line = self.line + data.count(b"\n", 0, begin)
        return Origin(line, by - begin, _characters(data, begin, by), is_text)


class ChunkPositions:
    """Turn ascending byte offsets in a chunk into positions in the whole content.

    Args:
        data: The chunk.
        origin: Where it begins.
        last_is_text: Returns whether its last line, which continues after it, is UTF-8; None: the chunk shows it.
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
            offset: From 0 to `len(data)`; an offset smaller than the one before is counted from the start.
        """
        if offset < self._at:
            self._restart()
        if begin := self._data.rfind(b"\n", self._at, offset) + 1:  # much faster than counting in vain
            self._line += self._data.count(b"\n", self._at, begin)
            self._at = self._line_begin = begin
            self._before, self._is_text = 0, None
        if self._is_text is None:
            self._is_text = self._measured(self._line_begin)
        self._before += offset - self._at if self._is_ascii else _characters(self._data, self._at, offset)
        self._at = offset
        is_within_character = not _characters(self._data, offset, offset + 1) and offset < len(self._data)
        if self._is_text and not is_within_character:
            return Position(self._line, max(self._before, 0) + 1)
        return Position(self._line, offset - self._line_begin + 1)

    def over(self, text: bytes) -> ChunkPositions:
        """Return the positions in a text that replaces the chunk and has its lines."""
        return ChunkPositions(text, self._origin, self._last_is_text)

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
    """Yield a content as one blob if it fits into one chunk, else as chunks from the first to the last.

    Args:
        blob_id: Id of each blob.
        read: Reads the next bytes.
        read_from: Reads from any offset. Columns of a line that is not UTF-8 are counted in bytes, and the bytes that
            decide this may come far after a chunk. Without `read_from`, what has been read of the line decides.
        sizes: How to cut.
    """
    chunks = Chunks(blob_id, sizes, read_from)
    data = read(chunks.wanted)
    encoding = encoding_of(data) if len(data) == chunks.wanted and NUL in data else None
    if encoding is not None:
        yield from _with_text(blob_id, data, read, read_from, sizes, Transcoder(encoding))
        return
    while data:
        yield from chunks.add(data)
        data = read(chunks.wanted)
    yield chunks.last()


def _with_text(
    blob_id: str, data: bytes, read: Read, read_from: ReadFrom | None, sizes: ChunkSizes, transcoder: Transcoder
) -> Iterator[Blob]:
    """Yield the chunks of a content in a wide encoding, and besides those of its text."""
    chunks, of_text = Chunks(blob_id, sizes, read_from, "bytes"), Chunks(blob_id, sizes, _is_utf8, "text")
    while data:
        yield from chunks.add(data)
        yield from of_text.add(transcoder.transcode(data))
        data = read(chunks.wanted)
    yield chunks.last()
    yield from of_text.add(transcoder.transcode(b"", is_last=True))
    yield of_text.last()


def _is_utf8(_offset: int) -> Iterator[bytes]:
    """Read on in a text that is known to be UTF-8, so that nothing needs to be looked at."""
    yield from ()


class Chunks:
    """Makes the chunks of a content that comes in parts.

    Args:
        blob_id: Id of each blob.
        sizes: How to cut.
        read_from: As for `read_chunks`.
        form: The form of each blob.
    """

    def __init__(
        self,
        blob_id: str,
        sizes: ChunkSizes,
        read_from: ReadFrom | None = None,
        form: Literal["", "bytes", "text"] = "",
    ) -> None:
        self._id = blob_id
        self._sizes = sizes
        self._read_from = read_from
        self._form = form
        self._buffer = _ChunkBuffer(b"", 0, 0, Origin())

    @property
    def wanted(self) -> int:
        """How many bytes complete the chunk."""
        return self._buffer.missing(self._sizes)

    def add(self, data: bytes) -> Iterator[Blob]:
        """Take the next bytes, and yield the chunks that are complete now."""
        buffer, sizes = self._buffer, self._sizes
        buffer.take(data)
        while buffer.missing(sizes) <= 0:
            last_is_text = buffer.last_is_text(self._read_from)
            own_end, line_begin = buffer.cut(sizes)
            yield self._blob(own_end, ChunkPositions(buffer.data, buffer.origin, last_is_text))
            buffer.move(own_end, _begin(own_end - sizes.before, line_begin, buffer.start, sizes.grid), last_is_text)

    def last(self) -> Blob:
        """Return the last chunk, or the content if it fits into one chunk."""
        positions = ChunkPositions(self._buffer.data, self._buffer.origin, None) if self._buffer.start else None
        return self._blob(None, positions)

    def _blob(self, own: int | None, positions: ChunkPositions | None) -> Blob:
        buffer = self._buffer
        return Blob(self._id, buffer.data, own_from=buffer.own_from, own=own, positions=positions, form=self._form)


@dataclass(slots=True)
class _ChunkBuffer:
    """The chunk that is in memory.

    Args:
        data: The chunk.
        start: Offset of the chunk in the whole content.
        own_from: Where its own part begins, as an offset in the chunk.
        origin: Where the chunk begins, in lines and columns.
    """

    data: bytes
    start: int
    own_from: int
    origin: Origin

    def missing(self, sizes: ChunkSizes) -> int:
        """Return how many bytes the chunk lacks."""
        return self.own_from + sizes.own + sizes.after - len(self.data)

    def take(self, data: bytes) -> None:
        """Append the next bytes."""
        if not self.start and not self.data:
            self.origin = Origin(characters_before=-data.startswith(codecs.BOM_UTF8))
        self.data += data

    def cut(self, sizes: ChunkSizes) -> tuple[int, int]:
        """Return where the own part ends and where the line that contains this end begins, as offsets in the chunk."""
        own_end = self.own_from + sizes.own
        line_begin = self.data.rfind(b"\n", 0, own_end) + 1 or -self.origin.bytes_before
        return (line_begin if line_begin > own_end - sizes.before else own_end), line_begin

    def move(self, own_end: int, by: int, last_is_text: IsText) -> None:
        """Move to the next chunk, which begins at `by` and whose own part begins at `own_end`."""
        self.origin = self.origin.moved(self.data, by, self._is_text_at(by, last_is_text))
        self.data = self.data[by:]
        self.start += by
        self.own_from = own_end - by

    def last_is_text(self, read_from: ReadFrom | None) -> IsText:
        """Return a function that says whether the last line, which continues after the chunk, is UTF-8."""
        begin = self.data.rfind(b"\n") + 1
        if begin == 0 and self.origin.is_text is not None:
            return self.origin.is_text
        if read_from is None:
            return _always(is_text([self.data[begin:]], is_whole=False))
        return cache(lambda at=self.start + begin: is_text(read_from(at)))

    def _is_text_at(self, offset: int, last_is_text: IsText) -> IsText:
        begin, end = self.data.rfind(b"\n", 0, offset) + 1, self.data.find(b"\n", offset)
        if begin == 0 and self.origin.is_text is not None:
            return self.origin.is_text
        return last_is_text if end < 0 else _always(is_text([self.data[begin:end]]))


def _always(value: bool) -> IsText:
    return lambda: value


def is_text(parts: Iterable[bytes], *, is_whole: bool = True) -> bool:
    """Return whether a line is UTF-8.

    Args:
        parts: The line, and perhaps what follows it.
        is_whole: Whether the line ends with the last part; if not, the part may end within a character.
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
    """Return where the next chunk begins: at the last point of the grid that is not after `latest`.

    The grid begins with the line that is cut there. If no line is cut, it begins with the whole content, for rules that
    cross lines. All arguments but `grid` are offsets in a chunk that begins at `start`.
    """
    first = line_begin if line_begin <= latest else -start
    return latest - (latest - first) % grid


def _characters(text: bytes, begin: int, end: int) -> int:
    """Count the characters of UTF-8 that begin between two offsets."""
    data = text[begin:end]
    return len(data) if data.isascii() else len(data.translate(None, _CONTINUATION))
