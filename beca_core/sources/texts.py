"""A text that is already in memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from beca_core.report import Skipped
from beca_core.sources.archives import is_archive
from beca_core.sources.contracts import Blob, Known, Place, Unversioned
from beca_core.sources.files.chunks import DEFAULT_SIZES, read_chunks
from beca_core.sources.limits import Limits, Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from beca_core.sources.contracts import Share
    from beca_core.sources.files.chunks import ChunkSizes
    from beca_core.sources.limits import Stop


class TextSource(Unversioned):
    """Read one text.

    Args:
        data: The text.
        name: The path that findings show.
    """

    scope = Scope.TEXT

    def __init__(self, data: bytes, name: str = "<text>") -> None:
        self._data = data
        self._name = name

    def shares(self, limits: Limits) -> Sequence[Share]:  # noqa: ARG002
        """Give the text as one share."""
        return (Known((Blob(self._name, self._data),)),)

    def locate(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Place | Skipped]:  # noqa: ARG002
        """Yield the one place."""
        for blob_id in blob_ids:
            yield Place(blob_id, self._name.encode())


class StreamSource(Unversioned):
    """Read a stream in chunks, however long it is.

    Columns of a line that is too long for one chunk are counted in characters if all that has been read of it is UTF-8.

    Args:
        stream: Read to its end, and not closed.
        name: The path that findings show.
        sizes: How it is cut.
    """

    scope = Scope.TEXT

    def __init__(self, stream: BinaryIO, name: str = "<stdin>", *, sizes: ChunkSizes = DEFAULT_SIZES) -> None:
        self._stream = stream
        self._name = name
        self._sizes = sizes

    def shares(self, limits: Limits) -> Sequence[Share]:  # noqa: ARG002
        """Give the stream as one share."""
        return (StreamShare(self._stream, self._name, self._sizes),)

    def locate(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Place | Skipped]:  # noqa: ARG002
        """Yield the one place."""
        for blob_id in blob_ids:
            yield Place(blob_id, os.fsencode(self._name))


@dataclass(frozen=True, slots=True)
class StreamShare:
    """All of a stream.

    Args:
        stream: Read to its end.
        name: Id of what it yields.
        sizes: How it is cut.
        cost: Not known before it is read.
        objects: Not known either.
    """

    stream: BinaryIO
    name: str
    sizes: ChunkSizes
    cost: int = 0
    objects: int = 1

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:  # noqa: ARG002
        """Yield the stream in chunks; it is skipped from where there is a reason to stop, or it cannot be read."""
        try:
            for chunk in read_chunks(self.name, self._read, sizes=self.sizes):
                if reason := stop.reason:
                    yield Skipped(self.name, reason)
                    return
                if chunk.own is not None and not chunk.own_from and is_archive(chunk.data):
                    yield Skipped(self.name, "archive-limit")  # its members can only be read from a file
                yield chunk
        except OSError:
            yield Skipped(self.name, "unreadable")

    def _read(self, size: int) -> bytes:
        parts = []
        while size and (part := self.stream.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
