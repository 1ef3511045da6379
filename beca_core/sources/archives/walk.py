"""`members`: reads an archive, and the archives in it."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, BinaryIO, Final

from beca_core.report import Skipped
from beca_core.sources.archives import HEAD_BYTES, SCRIPT, ar, compressed, is_archive, pkzip, tar
from beca_core.sources.archives.content import (
    STEP_BYTES,
    Allowance,
    DamagedArchive,
    FileWindow,
    LimitReached,
    NotAnArchive,
)
from beca_core.sources.archives.unopened import is_unopened
from beca_core.sources.archives.zip_directory import find_directory
from beca_core.sources.contracts import Blob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.archives.content import Content, Entry
    from beca_core.sources.limits import Limits, Stop

_DEEPEST: Final = 64
_PARTIAL_REASONS: Final = ("", "unreadable", "archive-limit")
_COMPRESSED: Final = re.compile(rb"\x1f\x8b\x08|\xfd7zXZ\0|\x28\xb5\x2f\xfd|BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_LONGEST_MARK: Final = 10
_SAMPLE_BYTES: Final = 64


def members(file: BinaryIO, limits: Limits, stop: Stop, blob_id: str) -> Iterator[Blob | Skipped]:
    """Yield the members of an archive, and those of archives in it; nothing if it is not an archive after all.

    Each member is read into memory when it is asked for, one at a time. Of an archive in an archive, its own bytes are
    yielded first. The tar in a `tar.gz` and the like is not yielded: it need not fit into memory.

    Args:
        file: Seekable, read from its start, not closed. It may change or fail while it is read.
        limits: `max_blob_bytes` bounds each member. `archive_depth`, `archive_members` and `archive_bytes` bound the
            whole archive; what exceeds them is skipped as `archive-limit`. With a depth of 0 nothing is opened, which
            is an omission.
        stop: Asked while reading. Once there is a reason, the current member is skipped for it, and nothing follows.
        blob_id: Id of the archive's blob. Each blob has it as `id` and the path within the archive as `member`. The id
            of a `Skipped` is `blob_id!member`, or names the archive whose remaining members are not known.
    """
    walk = Walk(limits, stop, blob_id)
    if limits.archive_depth > 0:
        yield from walk.open(file)
    elif walk.is_archive(file):
        yield Skipped(blob_id, "archive")


class Walk:
    """Read one archive.

    Args:
        limits: Bounds of all its members together.
        stop: When to end.
        blob_id: Id of the archive's blob.
    """

    def __init__(self, limits: Limits, stop: Stop, blob_id: str) -> None:
        self._limits = limits
        self._depth = min(limits.archive_depth, _DEEPEST)
        self._allowance = Allowance(limits, stop)
        self._blob_id = blob_id
        self._is_over = False

    def open(self, file: BinaryIO, path: tuple[bytes, ...] = ()) -> Iterator[Blob | Skipped]:
        """Yield the members of an archive, and those of archives in it.

        Args:
            file: The archive.
            path: Names of the members that contain it, the outermost first.
        """
        try:
            for entry in _entries(file, path[-1] if path else b"", self._allowance):
                yield from self._member(entry, (*path, entry.name))
                if self._is_over:
                    return
        except NotAnArchive:
            return
        except LimitReached as limit:
            self._is_over = True
            yield self._skipped(path, limit.reason)
        except DamagedArchive as damage:
            yield self._skipped(path, damage.reason)
        except Exception:  # noqa: BLE001 - the file and the libraries that read it raise what they want
            yield self._skipped(path, DamagedArchive.reason)

    def _member(self, entry: Entry, path: tuple[bytes, ...]) -> Iterator[Blob | Skipped]:
        data, reason = self._read(entry)
        if data or not reason:
            yield Blob(self._blob_id, data, member=b"!".join(path))
        if reason:
            yield self._skipped(path, reason)
        if is_unopened(data):
            yield self._skipped(path, "unopened")
        if is_archive(data) and not self._is_over:
            yield from self._nested(data, path)

    def _nested(self, data: bytes, path: tuple[bytes, ...]) -> Iterator[Blob | Skipped]:
        if len(path) < self._depth:
            yield from self.open(io.BytesIO(data), path)
        elif self.is_archive(io.BytesIO(data)):
            yield self._skipped(path, "archive-limit")

    def _read(self, entry: Entry) -> tuple[bytes, str]:
        """Read an entry as far as it can and may be read. Return also why that is not everything; empty: it is."""
        try:
            self._allowance.take_member()
        except LimitReached as limit:
            self._is_over = True
            return b"", limit.reason
        if entry.content is None:
            return b"", entry.refusal
        buffer = io.BytesIO()
        reason = self._fill(buffer, entry.content)
        return buffer.getvalue() if reason in _PARTIAL_REASONS else b"", reason

    def _fill(self, buffer: io.BytesIO, content: Content) -> str:
        try:
            while data := content.read(STEP_BYTES):
                if buffer.tell() + len(data) > self._limits.max_blob_bytes:
                    return "too-large"
                buffer.write(data)
        except LimitReached as limit:
            self._is_over = True
            return limit.reason
        except DamagedArchive as damage:
            return damage.reason
        except Exception:  # noqa: BLE001 - the file and the libraries that read it raise what they want
            return DamagedArchive.reason
        return ""

    def is_archive(self, file: BinaryIO) -> bool:
        """Whether a file is an archive, as far as its first entry shows."""
        try:
            next(_entries(file, b"", self._allowance), None)
        except NotAnArchive:
            return False
        except Exception:  # noqa: BLE001 - it is one, whatever else is wrong with it
            return True
        return True

    def _skipped(self, path: tuple[bytes, ...], reason: str) -> Skipped:
        names = (name.decode(errors="backslashreplace") for name in path)
        return Skipped("!".join((self._blob_id, *names)), reason)


def _entries(file: BinaryIO, name: bytes, allowance: Allowance) -> Iterator[Entry]:
    """Yield the entries of what is at the beginning of a file, after a script, and of a zip at the end."""
    size = file.seek(0, io.SEEK_END)
    head = FileWindow(file, 0, size).read(HEAD_BYTES)
    if head.startswith(pkzip.MAGIC):
        yield from pkzip.entries(file, size, allowance)
        return
    is_any, end = False, 0
    overlap = tar.BLOCK_BYTES if tar.is_header(head) else 0  # the block that shows that a tar has ended
    for window, entries in _readings(file, size, head, name, allowance):
        try:
            yield from entries
        except NotAnArchive:
            window.position = 0
            continue
        is_any, end = True, window.position - overlap
    directory = find_directory(file, size, at_end=True)
    if directory is not None and directory.begin >= end:
        yield from pkzip.listed(file, size, directory, allowance, end)
    elif not is_any:
        raise NotAnArchive


def _readings(
    file: BinaryIO, size: int, head: bytes, name: bytes, allowance: Allowance
) -> Iterator[tuple[FileWindow, Iterator[Entry]]]:
    """Yield what may be archives in a file but a zip at its end, and where they are read."""
    window = FileWindow(file, 0, size)
    if head.startswith(SCRIPT):
        yield from _after_script(file, size, name, allowance)
    elif compressed.is_compressed(head):
        yield window, compressed.entries(window, head, name, allowance)
    elif head.startswith(ar.MAGIC):
        window = FileWindow(file, len(ar.MAGIC), size, allowance)
        yield window, ar.entries(window, allowance)
    elif tar.is_header(head):
        window = FileWindow(file, HEAD_BYTES, size, allowance)
        yield window, tar.entries(window, head, allowance)


def _after_script(
    file: BinaryIO, size: int, name: bytes, allowance: Allowance
) -> Iterator[tuple[FileWindow, Iterator[Entry]]]:
    """Look for a compressed stream after a script and, if there is one, after this stream."""
    position = 0
    while position < size:
        allowance.take(0)
        data = FileWindow(file, position, size).read(STEP_BYTES)
        if not data:
            return
        found = _COMPRESSED.search(data)
        if found is None:
            position += max(len(data) - _LONGEST_MARK + 1, 1)
            continue
        begin = position + found.start()
        position = begin + 1
        if not FileWindow(file, begin, size).read(_SAMPLE_BYTES).isascii():  # otherwise it is text about bz2
            window = FileWindow(file, begin, size)
            yield window, compressed.entries(window, found.group(), name, allowance)
            position = max(position, window.position)
