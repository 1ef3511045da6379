"""`DirectorySource`: the files of a directory, as they lie there."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from beca_core.sources import Blob, Place, Scope, Skipped
from beca_core.sources.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from beca_core.sources import Limits


class DirectorySource:
    """Read the files under a directory, or one file.

    The content of a symbolic link is the path that it names, as in git; it is never followed. Devices, FIFOs and
    sockets hold no content, and are not opened. Directories named `.git` are left to `GitSource`.

    Args:
        path: A directory or a regular file; a symbolic link is followed here, since it was asked for by name.

    Raises:
        OSError: If there is nothing at the path.
    """

    scope = Scope.FILES
    expected_blobs = None

    def __init__(self, path: Path) -> None:
        self._path = os.fsencode(path.resolve(strict=True))
        self._root = self._path if path.is_dir() else os.path.dirname(self._path)  # noqa: PTH120 - bytes

    def read(self, limits: Limits) -> Iterator[Blob | Skipped]:
        """Yield every file once, always in the same order."""
        if self._root != self._path:
            yield from self._file(os.path.basename(self._path), limits)  # noqa: PTH119 - bytes
            return
        waiting = [b""]
        while waiting:
            here = waiting.pop()
            try:
                directories, files = self._entries(here)
            except OSError:
                yield Skipped(os.fsdecode(here or b"."), "unreadable")
                continue
            waiting.extend(reversed(directories))
            for file in files:
                yield from self._file(file, limits)

    def versions(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Blob]:  # noqa: ARG002
        """Yield nothing: files outside of a history have no earlier versions."""
        yield from ()

    def locate(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Place | Skipped]:  # noqa: ARG002
        """Yield the path of each file."""
        for blob_id in blob_ids:
            yield Place(blob_id, os.fsencode(blob_id))

    def close(self) -> None:
        """Do nothing: nothing is kept open."""

    def _entries(self, directory: bytes) -> tuple[list[bytes], list[bytes]]:
        """Return the paths of the directories, and of all else, in a directory; both sorted."""
        directories, others = [], []
        with os.scandir(self._absolute(directory)) as entries:
            for entry in entries:
                path = os.path.join(directory, entry.name)  # noqa: PTH118 - bytes
                if not entry.is_dir(follow_symlinks=False):
                    others.append(path)
                elif entry.name != b".git":
                    directories.append(path)
        return sorted(directories), sorted(others)

    def _file(self, path: bytes, limits: Limits) -> Iterator[Blob | Skipped]:
        blob_id = os.fsdecode(path)
        try:
            mode = os.lstat(self._absolute(path)).st_mode
            if stat.S_ISLNK(mode):
                yield Blob(blob_id, os.readlink(self._absolute(path)))  # noqa: PTH115 - bytes
            elif stat.S_ISREG(mode):
                data = read_regular(self._absolute(path), limits.max_blob_bytes)
                yield Skipped(blob_id, "too-large") if data is None else Blob(blob_id, data)
        except OSError:
            yield Skipped(blob_id, "unreadable")

    def _absolute(self, path: bytes) -> bytes:
        return os.path.join(self._root, path)  # noqa: PTH118 - bytes
