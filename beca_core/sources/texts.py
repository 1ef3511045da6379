"""`TextSource` and `StreamSource`: a text in memory, and one that is read from a stream such as standard input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from beca_core.report import Skipped
from beca_core.sources.archives import is_archive
from beca_core.sources.contracts import Blob, FixedShare, FlatReading
from beca_core.sources.files.chunks import DEFAULT_SIZES, read_chunks
from beca_core.sources.limits import Limits, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.contracts import Resume
    from beca_core.sources.files.chunks import ChunkSizes
    from beca_core.sources.limits import Stop


class TextSource:
    """Read one text.

    Args:
        data: The text.
        name: The path that findings show.
    """

    scope = Scope.TEXT

    def __init__(self, data: bytes, name: str = "<text>") -> None:
        self._blob = Blob(name, data)

    def start(self, limits: Limits, resume: Resume | None = None) -> FlatReading:  # noqa: ARG002
        """Return a reading with the text as its only share."""
        return FlatReading((FixedShare((self._blob,)),), _path)

    def close(self) -> None:
        """Do nothing: nothing is open."""


class StreamSource:
    """Read a stream of any length in chunks.

    In a line that is too long for one chunk, columns count characters if the part that has been read is UTF-8.

    Args:
        stream: Read to its end, and not closed.
        name: The path that findings show.
        sizes: The sizes of the chunks.
    """

    scope = Scope.TEXT

    def __init__(self, stream: BinaryIO, name: str = "<stdin>", *, sizes: ChunkSizes = DEFAULT_SIZES) -> None:
        self._share = StreamShare(stream, name, sizes)

    def start(self, limits: Limits, resume: Resume | None = None) -> FlatReading:  # noqa: ARG002
        """Return a reading with the stream as its only share."""
        return FlatReading((self._share,), _path)

    def close(self) -> None:
        """Do nothing: the caller closes the stream."""


def _path(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class StreamShare:
    """A whole stream.

    Args:
        stream: Read to its end.
        name: Id of the chunks that it yields.
        sizes: The sizes of the chunks.
        cost: Not known before the stream is read.
        objects: The stream counts as one.
    """

    stream: BinaryIO
    name: str
    sizes: ChunkSizes
    cost: int = 0
    objects: int = 1

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the stream in chunks; if `stop` has a reason or it cannot be read, the rest is skipped."""
        try:
            for chunk in read_chunks(self.name, self._read, sizes=self.sizes):
                if reason := stop.reason:
                    yield Skipped(self.name, reason)
                    return
                if chunk.own is not None and not chunk.own_from and is_archive(chunk.data):
                    # its members can only be read from a file
                    yield Skipped(self.name, "archive-limit" if limits.archive_depth else "archive")
                yield chunk
        except OSError:
            yield Skipped(self.name, "unreadable")

    def _read(self, size: int) -> bytes:
        parts = []
        while size and (part := self.stream.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
