"""`TextSource` and `StreamSource`: a text in memory, and one that is read from a stream such as standard input."""

from __future__ import annotations

import io
import select
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final

from beca_core.report import Skipped
from beca_core.sources.archives import HEAD_BYTES, SCRIPT, TAIL_BYTES, has_payload, is_archive
from beca_core.sources.archives.unopened import is_unopened
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

    The time for a scan ends it, even if nothing comes, if the stream reads a file or a pipe, as `sys.stdin.buffer`
    does; of another kind of stream one call of `read` may take longer.
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
        """Yield the stream in chunks; if `stop` has a reason or it cannot be read, the rest is skipped.

        What has come until then is yielded.
        """
        if reason := stop.reason:
            yield Skipped(self.name, reason)
            return
        try:
            look = _ArchiveLook()
            for chunk in read_chunks(self.name, partial(self._read, stop), sizes=self.sizes):
                yield chunk
                if reason := stop.reason:
                    if chunk.own is not None or not stop.has_cut:  # otherwise the examiner has skipped it
                        yield Skipped(self.name, reason)
                    return
                look.at(chunk)
            if look.is_archive:  # its members can only be read from a file
                yield Skipped(self.name, "archive-limit" if limits.archive_depth else "archive")
            if look.is_unopened:
                yield Skipped(self.name, "unopened")
        except OSError:
            yield Skipped(self.name, "unreadable")

    def _read(self, stop: Stop, size: int) -> bytes:
        """Return the next bytes: as many as asked for, fewer only at the end or if there is a reason to stop."""
        parts = []
        while size and _is_ready(self.stream, stop) and (part := _read_some(self.stream, min(size, _PART_BYTES))):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


@dataclass(slots=True)
class _ArchiveLook:
    """What the chunks of a stream look like, if there are several; the examiner looks at a whole content.

    Args:
        head: The first bytes.
        is_archive: Whether it looks like an archive.
        is_unopened: Whether it has a format that is not opened.
    """

    head: bytes = b""
    is_archive: bool = False
    is_unopened: bool = False

    def at(self, chunk: Blob) -> None:
        """Look at the next chunk."""
        if chunk.form or (chunk.own is None and not chunk.own_from):
            return
        if not chunk.own_from:
            self.head = chunk.data[:HEAD_BYTES]
            self.is_unopened = is_unopened(self.head)
        if chunk.own is None or not chunk.own_from:
            self.is_archive = self.is_archive or is_archive(self.head + chunk.data[-TAIL_BYTES:])
        if self.head.startswith(SCRIPT):
            self.is_archive = self.is_archive or has_payload(chunk.data)


def _is_ready(stream: BinaryIO, stop: Stop) -> bool:
    """Wait until a stream can be read, and return False if there is a reason to stop before."""
    while not stop.reason:
        if not _can_wait_for(stream):
            return True
        if select.select([stream], [], [], min(_LONGEST_WAIT, stop.seconds_left))[0]:
            return True
    return False


def _can_wait_for(stream: BinaryIO) -> bool:
    """Return whether waiting for the descriptor is waiting for the stream: no layer between them holds back bytes."""
    return isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO)


def _read_some(stream: BinaryIO, size: int) -> bytes:
    return stream.read1(size) if isinstance(stream, io.BufferedReader) else stream.read(size)


_PART_BYTES: Final = 1024 * 1024
_LONGEST_WAIT: Final = 0.1
