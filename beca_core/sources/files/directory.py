"""`DirectorySource`: the files of a directory, as they are on disk."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.report import Skipped
from beca_core.sources.archives import HEAD_BYTES, SCRIPT, TAIL_BYTES, is_archive
from beca_core.sources.archives.unopened import is_unopened
from beca_core.sources.contracts import Blob, FixedShare, FlatReading
from beca_core.sources.files.chunks import DEFAULT_SIZES, ChunkSizes, read_chunks
from beca_core.sources.files.listing import FileBatch, ListedFile, gather, list_files
from beca_core.sources.git.layout import enclosing_repository
from beca_core.sources.git.objects.lfs import pointed_to
from beca_core.sources.limits import Scope, Stop
from beca_core.sources.wide_text import encoding_of
from beca_core.system.regular_files import open_regular, read_from, read_up_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from beca_core.sources.contracts import Resume, Share
    from beca_core.sources.limits import Limits

_BINARY_HEAD_BYTES: Final = 8 * 1024


class DirectorySource:
    """Read the files under a directory, or one file.

    The content of a symbolic link is the path that it names, as in git; the link is never followed. Devices, FIFOs and
    sockets have no content and are not opened. `GitSource` reads directories named `.git`. Files that are larger than
    a chunk are read in chunks. Files that are left out on request, and the histories of repositories, are reported with
    a reason of `OMISSIONS`.

    Args:
        path: A directory or a regular file; a symbolic link is followed here, since the user named it.
        respect_gitignore: Leave out what git would ignore; see `beca_core.sources.files.ignored`.
        exclude_binary: Leave out files with a NUL among their first 8 KiB, archives included. A text with the byte
            order mark of UTF-16 or UTF-32 is not binary.
        sizes: How large files are cut.

    Raises:
        OSError: If there is nothing at the path.
    """

    scope = Scope.FILES

    def __init__(
        self,
        path: Path,
        *,
        respect_gitignore: bool = False,
        exclude_binary: bool = False,
        sizes: ChunkSizes = DEFAULT_SIZES,
    ) -> None:
        self._path = os.fsencode(path.resolve(strict=True))
        self._root = self._path if path.is_dir() else os.path.dirname(self._path)  # noqa: PTH120 - bytes
        self._respect_gitignore = respect_gitignore
        self._reader = FileReader(self._root, exclude_binary, sizes)

    def start(self, limits: Limits, resume: Resume | None = None) -> FlatReading:  # noqa: ARG002
        """List the files, and gather them into shares of about the same cost; a large file is a share of its own."""
        left_out: list[Skipped] = []
        repository = enclosing_repository(Path(os.fsdecode(self._path)))
        if repository is not None:
            left_out.append(Skipped(str(repository), "history"))
        batches = list(gather(self._listed(limits, left_out), self._reader.sizes.own))
        shares: list[Share] = [FileShare(batch, self._reader) for batch in batches]
        unread = (FixedShare(tuple(left_out)),) if left_out else ()
        return FlatReading((*shares, *unread), paths=partial(_paths, batches))

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _listed(self, limits: Limits, left_out: list[Skipped]) -> Iterator[ListedFile]:
        if self._root != self._path:
            yield ListedFile(os.path.basename(self._path), os.lstat(self._path).st_size)  # noqa: PTH119 - bytes
            return
        ignored = None
        if self._respect_gitignore:
            from beca_core.sources.files.ignored import MAX_SECONDS, IgnoredPaths

            ignored = IgnoredPaths(self._root, min(MAX_SECONDS, limits.scan_seconds))
        for item in list_files(self._root, ignored, Stop(limits.scan_seconds)):
            if isinstance(item, Skipped):
                left_out.append(item)
            else:
                yield item


def _paths(batches: Iterable[FileBatch]) -> Iterator[bytes]:
    return (path for batch in batches for path in batch.paths.split(b"\0"))


@dataclass(frozen=True, slots=True)
class FileReader:
    """Read files of a directory.

    Args:
        root: The directory.
        exclude_binary: Whether binary files are left out.
        sizes: How large files are cut.
    """

    root: bytes
    exclude_binary: bool
    sizes: ChunkSizes

    def read(self, path: bytes, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the content of a file, or what keeps it from being read."""
        absolute, blob_id = os.path.join(self.root, path), os.fsdecode(path)  # noqa: PTH118 - bytes
        try:
            mode = os.lstat(absolute).st_mode
            if stat.S_ISLNK(mode):
                yield Blob(blob_id, os.readlink(absolute))  # noqa: PTH115 - bytes
            elif stat.S_ISREG(mode):
                yield from self._read_file(absolute, blob_id, limits, stop)
        except OSError:
            yield Skipped(blob_id, "unreadable")

    def _read_file(self, absolute: bytes, blob_id: str, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        with open_regular(absolute) as file:
            read_on = partial(_read_until, stop, file)
            chunks = read_chunks(blob_id, partial(read_up_to, file), read_from=read_on, sizes=self.sizes)
            first = next(chunks)
            if self.exclude_binary and _is_binary(first.data):
                yield Skipped(blob_id, "binary")
                return
            if first.own is None:  # the examiner has the whole content, and opens it if it is an archive
                yield first
                if pointed_to(first.data):
                    yield Skipped(blob_id, "lfs-object")
                return
            head = first.data[:HEAD_BYTES]
            yield first
            del first  # one chunk in memory is enough
            for chunk in chunks:
                if reason := stop.reason:
                    yield Skipped(blob_id, reason)
                    return
                yield chunk
            if is_unopened(head):
                yield Skipped(blob_id, "unopened")
            if head.startswith(SCRIPT) or is_archive(head + _tail(file)):
                from beca_core.sources.archives.walk import members  # most scans meet no archive

                yield from members(file, limits, stop, blob_id)


def _tail(file: BinaryIO) -> bytes:
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), TAIL_BYTES, max(size - TAIL_BYTES, 0))


def _is_binary(data: bytes) -> bool:
    return b"\0" in data[:_BINARY_HEAD_BYTES] and encoding_of(data) is None


def _read_until(stop: Stop, file: BinaryIO, offset: int) -> Iterator[bytes]:
    """Yield the content from an offset on, as far as it can be read before there is a reason to stop."""
    with suppress(OSError):
        for part in read_from(file, offset):
            yield part
            if stop.reason:
                return


@dataclass(frozen=True, slots=True)
class FileShare:
    """Some files of a directory.

    Args:
        batch: Which ones.
        reader: Reads them.
    """

    batch: FileBatch
    reader: FileReader

    @property
    def cost(self) -> int:
        """Sum of their sizes, plus the cost of opening each."""
        return self.batch.cost

    @property
    def objects(self) -> int:
        """Number of files."""
        return self.batch.count

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the contents. Once there is a reason to stop, report each remaining file as skipped for it."""
        for path in self.batch.paths.split(b"\0"):
            if reason := stop.reason:
                yield Skipped(os.fsdecode(path), reason)
            else:
                yield from self.reader.read(path, limits, stop)
