"""Bounded reading of hostile archives: contents, the allowance that they share, and the errors that they raise."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from beca_core.sources.limits import Limits, Stop

STEP_BYTES: Final = 64 * 1024


class NotAnArchive(Exception):
    """Raised when a file only looked like an archive, before anything of it was yielded."""


class DamagedArchive(Exception):
    """Raised when an archive, or one member of it, cannot be read further."""

    reason = "unreadable"


class Truncated(DamagedArchive):
    """Raised when an archive or a member cannot be read further because it is truncated."""


class NeedsTooMuchMemory(DamagedArchive):
    """Raised when reading a member would take more memory than is allowed."""

    reason = "archive-limit"


class LimitReached(Exception):
    """Raised when nothing more may be read of the whole archive.

    Args:
        reason: Why, in the words of `Coverage.skipped`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Allowance:
    """How much may still be read of an archive and of the archives in it together."""

    def __init__(self, limits: Limits, stop: Stop) -> None:
        self._bytes = limits.archive_bytes
        self._members = limits.archive_members
        self._stop = stop

    def take(self, size: int) -> None:
        """Take so many bytes.

        Raises:
            LimitReached: If fewer are left, or reading has to end.
        """
        self._bytes -= size
        if self._bytes < 0:
            raise LimitReached("archive-limit")
        if reason := self._stop.reason:
            raise LimitReached(reason)

    def take_member(self) -> None:
        """Take one member.

        Raises:
            LimitReached: If none is left, or reading has to end.
        """
        self._members -= 1
        if self._members < 0:
            raise LimitReached("archive-limit")
        self.take(0)


class Content(Protocol):
    """Something that is read once, from its start to its end."""

    def read(self, size: int) -> bytes:
        """Return 1 to `size` bytes, or none at the end.

        Raises:
            DamagedArchive: If it cannot be read further.
            LimitReached: If nothing more may be read.
        """


class Reader(Content, Protocol):
    """Content of which parts can be skipped."""

    def skip(self, size: int) -> None:
        """Skip so many bytes.

        Raises:
            DamagedArchive: If there are fewer.
            LimitReached: If nothing more may be read.
        """


class FileWindow:
    """The bytes of a file between two offsets.

    Args:
        file: Shared by all its windows, so no window relies on its position.
        position: Where the next byte is read.
        end: Where the window ends, exclusive.
        allowance: Charged for the bytes; None: they are not counted, since the bytes decompressed from them are.
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
        """Skip so many bytes without reading them."""
        if size > self._end - self.position:
            raise Truncated
        self.position += size


class Section:
    """The next bytes of a reader.

    Args:
        reader: Where they are read from. Nothing else reads from it before the section is used up.
        size: How many bytes.
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
        """Skip what has not been read."""
        self._reader.skip(self._left)
        self._left = 0


class PeekedContent:
    """Content of which the first bytes were read already, put in front of the rest.

    Args:
        head: The first bytes.
        rest: What follows them.
    """

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
    """Return `size` bytes, or fewer if the content ends before."""
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
    """Skip `size` bytes by reading them.

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
        name: As the archive has it.
        content: Read before the next entry is asked for, or not at all. Its reader takes a member from the allowance.
        refusal: Why there is no content, in the words of `Coverage.skipped`; empty: there is one.
    """

    name: bytes
    content: Content | None
    refusal: str = ""
