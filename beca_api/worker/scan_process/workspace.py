"""Temporary directories of running scans, removed after each scan, and at the next start if a worker was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

import structlog

from beca_core.errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK: Final = ".lock"

_log = structlog.stdlib.get_logger(__name__)


class Workspace:
    """The directory of one worker process, `data_dir/workspaces/OWNER/`; it is locked while the process lives.

    Args:
        path: The directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    @contextmanager
    def open(cls, data_dir: Path, owner: str) -> Iterator[Workspace]:
        """Make the workspace of a process; first remove those of processes that have died.

        Args:
            data_dir: The settings' data directory.
            owner: Name of this process, unique and usable as a file name.

        Raises:
            InvalidSettings: If the data directory cannot be used.
        """
        directory = data_dir / "workspaces" / owner
        try:
            lock = _make_locked(directory)
        except OSError as error:
            raise InvalidSettings(
                f"The workspaces in {data_dir} cannot be used: {error.strerror}.",
                hint="Set BECA_DATA_DIR to a directory that BECA may write to.",
            ) from None
        try:
            yield cls(directory)
        finally:
            _remove(directory)
            os.close(lock)

    @contextmanager
    def scan_directory(self) -> Iterator[Path]:
        """Make an empty directory for one scan, and remove it with its content."""
        path = Path(mkdtemp(prefix="scan-", dir=self.path))
        try:
            yield path
        finally:
            _remove(path)


def empty(directory: Path) -> None:
    """Remove what is in the directory of a scan, as far as possible."""
    for path in directory.iterdir():
        if path.is_dir() and not path.is_symlink():
            _remove(path)
        else:
            with suppress(OSError):
                path.unlink()


def remove_abandoned(data_dir: Path) -> None:
    """Remove the workspaces of processes that have died.

    Args:
        data_dir: The settings' data directory.

    Raises:
        OSError: If the workspaces cannot be listed or locked.
    """
    root = data_dir / "workspaces"
    if not root.is_dir():
        return
    with _locked(root / _LOCK):
        for other in root.iterdir():
            if other.is_dir():
                _remove_if_abandoned(other)


def _make_locked(directory: Path) -> int:
    """Remove abandoned workspaces, make this one, and return the descriptor of its lock."""
    root = directory.parent
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_abandoned(root.parent)
    with _locked(root / _LOCK):
        directory.mkdir(mode=0o700)
        return _lock(directory / _LOCK)


def _remove_if_abandoned(directory: Path) -> None:
    try:
        lock = _lock(directory / _LOCK)
    except BlockingIOError:
        return
    _log.info("workspace of a dead worker removed", owner=directory.name)
    _remove(directory)
    os.close(lock)


def _remove(directory: Path) -> None:
    """Remove what can be removed: a dying process may still write here, and the next start removes the rest."""
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait for a lock and hold it, so that no process removes a directory that another is about to lock."""
    lock = _lock(path, wait=True)
    try:
        yield
    finally:
        os.close(lock)


def _lock(path: Path, *, wait: bool = False) -> int:
    """Lock a file and return its descriptor; closing it, or the end of the process, unlocks it.

    Raises:
        BlockingIOError: If another process holds the lock, and `wait` is false.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
