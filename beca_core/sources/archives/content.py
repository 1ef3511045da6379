"""Reading hostile archives: bounded, and with few ways to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from beca_core.sources.limits import Limits, Stop

STEP_BYTES: Final = 64 * 1024


class NotAnArchive(Exception):
    """Raised when something only looked like an archive, before anything of it was given out."""


class DamagedArchive(Exception):
    """Raised when an archive, or one member of it, cannot be read further."""

    reason = "unreadable"


class Truncated(DamagedArchive):
    """Raised when that is because it is cut off."""


class NeedsTooMuchMemory(DamagedArchive):
    """Raised when reading it would take more memory than is allowed."""

    reason = "archive-limit"


class LimitReached(Exception):
    """Raised when nothing more is to be read of the whole archive.

    Args:
        reason: Why, in the words of `Coverage.skipped`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Allowance:
    """What may still be read of an archive and of those in it together."""

    def __init__(self, limits: Limits, stop: Stop) -> None:
        self._bytes = limits.archive_bytes
        self._members = limits.archive_members
        self._stop = stop

    def take(self, size: int) -> None:
        """Take so many bytes.

        Raises:
            LimitReached: If there are not so many left, or reading has to end.
        """
        self._bytes -= size
        if self._bytes < 0:
            raise LimitReached("archive-limit")
        if reason := self._stop.reason:
            raise LimitReached(reason)

    def take_member(self) -> None:
        """Take one member.

        Raises:
            LimitReached: If there is none left, or reading has to end.
        """
        self._members -= 1
        if self._members < 0:
            raise LimitReached("archive-limit")
        self.take(0)


class Content(Protocol):
    """Something that is read once, from its begin to its end."""

    def read(self, size: int) -> bytes:
        """Return 1 to `size` bytes, or none at the end.

        Raises:
            DamagedArchive: If it cannot be read further.
            LimitReached: If it must not.
        """


class Reader(Content, Protocol):
    """Content of which parts can be left out."""

    def skip(self, size: int) -> None:
        """Leave out so many bytes.

        Raises:
            DamagedArchive: If there are not so many.
            LimitReached: If reading must not go on.
        """


class FileWindow:
    """A part of a file.

    Args:
        file: Shared by all its windows, so its position means nothing.
        position: Where the next byte is read.
        end: Where the window ends, exclusive.
        allowance: From what its bytes are taken; None: they are not counted, since those made of them are.
    """

    def __init__(self, file: BinaryIO, position: int, end: int, allowance: Allowance | None = None) -> None:
        self._file = file
        self.position = position
        self._end = end
        self._allowance = allowance

    def read(self, size: int) -> bytes:
        """Return 1 to `size` bytes, or none at the end."""
        self._file.seek(self.position)
        data = self._file.read(max(0, min(size, self._end - self.position)))
        self.position += len(data)
        if self._allowance is not None:
            self._allowance.take(len(data))
        return data

    def skip(self, size: int) -> None:
        """Leave out so many bytes, without reading them."""
        if size > self._end - self.position:
            raise Truncated
        self.position += size


class Section:
    """The next bytes of a reader.

    Args:
        reader: What they are read from; nobody else reads from it meanwhile.
        size: How many.
    """

    def __init__(self, reader: Reader, size: int) -> None:
        self._reader = reader
        self._left = size

    def read(self, size: int) -> bytes:
        """Return 1 to `size` bytes, or none at the end."""
        if not self._left:
            return b""
        data = self._reader.read(min(size, self._left))
        if not data:
            raise Truncated
        self._left -= len(data)
        return data

    def skip_rest(self) -> None:
        """Leave out what has not been read."""
        self._reader.skip(self._left)
        self._left = 0


class PeekedContent:
    """Content of which the first bytes have been read already."""

    def __init__(self, head: bytes, rest: Content) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int) -> bytes:
        """Return 1 to `size` bytes, or none at the end."""
        if not self._head:
            return self._rest.read(size)
        data, self._head = self._head[:size], self._head[size:]
        return data


def read_fully(content: Content, size: int) -> bytes:
    """Return `size` bytes, or fewer if it ends before."""
    parts = []
    while size and (data := content.read(size)):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def read_exactly(content: Content, size: int) -> bytes:
    """Return `size` bytes.

    Raises:
        Truncated: If there are fewer.
    """
    data = read_fully(content, size)
    if len(data) < size:
        raise Truncated
    return data


def skip_by_reading(content: Content, size: int) -> None:
    """Leave out `size` bytes.

    Raises:
        Truncated: If there are fewer.
    """
    while size:
        data = content.read(min(size, STEP_BYTES))
        if not data:
            raise Truncated
        size -= len(data)


class Entry(NamedTuple):
    """A member of an archive, before it is read.

    Args:
        name: As it stands in the archive.
        content: Read before the next entry is asked for, or not at all; who reads it takes a member from the allowance.
        refusal: Why there is none, in the words of `Coverage.skipped`; empty: there is.
    """

    name: bytes
    content: Content | None
    refusal: str = ""
