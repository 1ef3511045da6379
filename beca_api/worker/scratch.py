"""Disk space for running scans, which outlives neither the scan nor, for long, a worker that was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

import structlog

from beca_core.errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK: Final = ".lock"

_log = structlog.stdlib.get_logger(__name__)


class Scratch:
    """The scratch space of one process: `data_dir/scratch/OWNER/`, locked for as long as the process lives.

    Args:
        path: This process's directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    @contextmanager
    def open(cls, data_dir: Path, owner: str) -> Iterator[Scratch]:
        """Make the space of a process, after removing the spaces of processes that are no more.

        Args:
            data_dir: The settings' data directory.
            owner: Name of this process, unique and usable as a file name.

        Raises:
            InvalidSettings: If the data directory cannot be used.
        """
        directory = data_dir / "scratch" / owner
        try:
            lock = _settle_in(directory)
        except OSError as error:
            raise InvalidSettings(
                f"The scratch space in {data_dir} cannot be used: {error.strerror}.",
                hint="Set BECA_DATA_DIR to a directory that BECA may write to.",
            ) from None
        try:
            yield cls(directory)
        finally:
            _remove(directory)
            os.close(lock)

    @contextmanager
    def directory(self) -> Iterator[Path]:
        """Make an empty directory for one scan, and remove it with all that is in it."""
        path = Path(mkdtemp(prefix="scan-", dir=self.path))
        try:
            yield path
        finally:
            _remove(path)


def _settle_in(directory: Path) -> int:
    """Remove abandoned neighbours, make the directory and return the descriptor of its lock."""
    root = directory.parent
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(root / _LOCK):
        for neighbour in root.iterdir():
            if neighbour.is_dir():
                _remove_if_abandoned(neighbour)
        directory.mkdir(mode=0o700)
        return _lock(directory / _LOCK)


def _remove_if_abandoned(directory: Path) -> None:
    try:
        lock = _lock(directory / _LOCK)
    except BlockingIOError:
        return
    _log.info("scratch of a dead worker removed", owner=directory.name)
    _remove(directory)
    os.close(lock)


def _remove(directory: Path) -> None:
    """Remove what can be removed; a process that is just dying may still write, and the next start comes back."""
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait for a lock and hold it: it keeps one process from removing what another is about to lock."""
    lock = _lock(path, wait=True)
    try:
        yield
    finally:
        os.close(lock)


def _lock(path: Path, *, wait: bool = False) -> int:
    """Lock a file and return its descriptor; closing it, or the end of the process, unlocks it.

    Raises:
        BlockingIOError: If another process holds the lock, and there is no waiting for it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
