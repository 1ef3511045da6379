"""`MirrorDirectory`: what is cached of one repository between its scans, in a directory that only BECA can read.

::

    data_dir/mirrors/7/      7 is the repository's id; no name comes from a URL or from what was fetched
        lock                 locked by the process that changes or reads the mirror
        mirror.json          which URL was fetched into which directory; absent while the mirror is changed
        3f9c0a1b.git/        the mirror: bare, and like its remote it holds secrets in clear text
        history-5e....state  what the previous scan in this scope, of the URL with this hash, left for the next one
        history-5e....last   the result of that scan, and how many objects it could not read

Everything here is a cache: what is missing is fetched or read again. The name of a mirror is never reused, so a dying
git cannot write into a new one.
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

STATE_SUFFIX: Final = ".state"
PREVIOUS_SUFFIX: Final = ".last"
"""Suffixes of the files that scans leave; `MirrorDirectory.reset` keeps them."""

_LOCK: Final = "lock"
_RECORD: Final = "mirror.json"
_RECORD_BYTES: Final = 16 * 1024
_RETRY_SECONDS: Final = 0.05


class MirrorDirectory:
    """The directory of one repository.

    Args:
        directory: Its path; `lock` creates it, in a directory that belongs to BECA alone.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def lock(self, seconds: float = 0.0) -> int | None:
        """Lock it, and return a descriptor; it is unlocked when every process that has the descriptor has closed it.

        Args:
            seconds: Longest wait.

        Returns:
            None if others hold the lock for all that time.

        Raises:
            OSError: If the directory cannot be made, or its lock is not a regular file.
        """
        end = time.monotonic() + seconds
        while True:
            descriptor = self._try_to_lock()
            if descriptor is not None or time.monotonic() >= end:
                return descriptor
            time.sleep(_RETRY_SECONDS)

    @contextlib.contextmanager
    def locked(self, seconds: float = 0.0) -> Iterator[bool]:
        """Hold the lock; yield whether it could be acquired within so many seconds."""
        descriptor = self.lock(seconds)
        try:
            yield descriptor is not None
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def repository(self, url: str) -> Path | None:
        """Return the path of the bare repository, or None if there is no complete one.

        Args:
            url: The URL that it must have been fetched from.
        """
        try:
            record = json.loads(read_regular(self.directory / _RECORD, _RECORD_BYTES) or b"")
            path, fetched_from = self.directory / str(record["directory"]), record["url"]
        except (OSError, ValueError, TypeError, KeyError):
            return None
        matches = url == fetched_from and path.parent == self.directory and path.suffix == ".git"
        return path if matches and path.is_dir() and not path.is_symlink() else None

    @property
    def used_at(self) -> float:
        """When it was last marked complete, in seconds since 1970; 0 if it is not complete."""
        try:
            return os.lstat(self.directory / _RECORD).st_mtime
        except OSError:
            return 0.0

    def reset(self) -> Path:
        """Delete the bare repository and what crashes have left, and return the path of a new one to be made.

        The caller of this method and of the following ones holds the lock.
        """
        self._clear((STATE_SUFFIX, PREVIOUS_SUFFIX))
        return self.directory / f"{secrets.token_hex(8)}.git"

    def mark_incomplete(self) -> None:
        """Record that the bare repository cannot be used until `mark_complete`."""
        (self.directory / _RECORD).unlink(missing_ok=True)

    def mark_complete(self, url: str, repository: Path) -> None:
        """Record that the bare repository is complete, and was used now."""
        write_private(self.directory / _RECORD, [json.dumps({"url": url, "directory": repository.name}).encode()])

    def remove(self) -> None:
        """Delete everything; the lock goes last, since processes that wait for it start then."""
        self._clear()
        (self.directory / _LOCK).unlink()
        with contextlib.suppress(OSError):  # another process has already created the next lock
            self.directory.rmdir()

    def _clear(self, kept_suffixes: Collection[str] = ()) -> None:
        """Delete everything except the lock and files with one of the suffixes."""
        self.mark_incomplete()
        for path in self.directory.iterdir():
            if path.name != _LOCK and path.suffix not in kept_suffixes:
                _remove(path)

    def _try_to_lock(self) -> int | None:
        path = self.directory / _LOCK
        try:
            self._make()
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        except (FileNotFoundError, FileExistsError):  # another process is removing the directory
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
    """Remove a file, a link or a directory, as far as possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
