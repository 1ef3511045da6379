"""`Mirror`: what is kept of one repository between its scans, in a directory that nobody else can read.

::

    data_dir/mirrors/7/      7 is the repository's id; no name comes from a URL or from what was fetched
        lock                 locked by whoever changes or reads the mirror
        mirror.json          which URL was fetched, into which directory; not there while that is being changed
        3f9c0a1b.git/        the mirror: bare, and it holds secrets in clear as its remote does
        history-5e....state  what the last scan in this scope, of the URL with this mark, left for the next one
        history-5e....last   which result that scan had, and how many objects it could not read

All of it can be done without: what is missing is fetched again, or read again. The name of a mirror is never used a
second time, so a git that is just dying cannot write into a new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import time
from typing import TYPE_CHECKING, Final

from beca_core.system.private_files import write_private
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

STATE: Final = ".state"
LAST: Final = ".last"
"""Endings of the files that scans leave; `Mirror.renew` lets them be."""

_LOCK: Final = "lock"
_RECORD: Final = "mirror.json"
_RECORD_BYTES: Final = 16 * 1024
_RETRY_SECONDS: Final = 0.05


class Mirror:
    """The directory of one repository.

    Args:
        directory: Where it is; it is made when it is locked, and the one above it belongs to BECA alone.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def lock(self, seconds: float = 0.0) -> int | None:
        """Lock it, and return a descriptor; closing it, or the end of all who have it, unlocks it again.

        Args:
            seconds: Longest wait.

        Returns:
            None where others have it locked for all that time.

        Raises:
            OSError: If the directory cannot be made, or its lock is not the regular file that it should be.
        """
        end = time.monotonic() + seconds
        while True:
            descriptor = self._try_to_lock()
            if descriptor is not None or time.monotonic() >= end:
                return descriptor
            time.sleep(_RETRY_SECONDS)

    @contextlib.contextmanager
    def locked(self, seconds: float = 0.0) -> Iterator[bool]:
        """Hold the lock, and tell whether it could be had in so many seconds."""
        descriptor = self.lock(seconds)
        try:
            yield descriptor is not None
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def repository(self, url: str) -> Path | None:
        """Return the bare repository, where there is one that is complete.

        Args:
            url: Where it must have been fetched from.
        """
        try:
            record = json.loads(read_regular(self.directory / _RECORD, _RECORD_BYTES) or b"")
            path, fetched_from = self.directory / str(record["directory"]), record["url"]
        except (OSError, ValueError, TypeError, KeyError):
            return None
        fits = url == fetched_from and path.parent == self.directory and path.suffix == ".git"
        return path if fits and path.is_dir() and not path.is_symlink() else None

    @property
    def used_at(self) -> float:
        """When it was last known to be complete, in seconds since 1970; 0 where it is not."""
        try:
            return os.lstat(self.directory / _RECORD).st_mtime
        except OSError:
            return 0.0

    def renew(self) -> Path:
        """Throw away the bare repository and what crashes have left, and return where a new one is to be made.

        This and the following are for who holds the lock.
        """
        self._clear((STATE, LAST))
        return self.directory / f"{secrets.token_hex(8)}.git"

    def begin_change(self) -> None:
        """Note that the bare repository is of no use until `end_change`."""
        (self.directory / _RECORD).unlink(missing_ok=True)

    def end_change(self, url: str, repository: Path) -> None:
        """Note that the bare repository is complete, and used now."""
        write_private(self.directory / _RECORD, [json.dumps({"url": url, "directory": repository.name}).encode()])

    def remove(self) -> None:
        """Throw away everything; the lock goes last, since those who wait for it begin then."""
        self._clear()
        (self.directory / _LOCK).unlink()
        with contextlib.suppress(OSError):  # somebody has made the next lock already
            self.directory.rmdir()

    def _clear(self, kept: Collection[str] = ()) -> None:
        """Throw away all but the lock, and files with some endings."""
        self.begin_change()
        for path in self.directory.iterdir():
            if path.name != _LOCK and path.suffix not in kept:
                _remove(path)

    def _try_to_lock(self) -> int | None:
        path = self.directory / _LOCK
        try:
            self._make()
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        except (FileNotFoundError, FileExistsError):  # the directory is just being removed
            return None
        is_mine = False
        try:
            with contextlib.suppress(BlockingIOError, FileNotFoundError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_mine = os.path.samestat(os.fstat(descriptor), os.lstat(path))
        finally:
            if not is_mine:
                os.close(descriptor)
        return descriptor if is_mine else None

    def _make(self) -> None:
        if self.directory.is_symlink() or self.directory.is_file():
            self.directory.unlink()
        self.directory.mkdir(mode=0o700, exist_ok=True)


def _remove(path: Path) -> None:
    """Remove a file, a link or a directory, as far as that is possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
