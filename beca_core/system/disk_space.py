"""Disk space: how much is free, how much stays free, and which errors mean that there is none."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LARGEST_SHARE: Final = 10


def free_bytes(path: Path) -> int:
    """Return the bytes that this user can still write to the file system of a path.

    Raises:
        OSError: If the path does not exist.
    """
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


def room(path: Path, reserve: int) -> int:
    """Return how many bytes can be written to the file system of a path before the reserve is used; can be negative.

    Args:
        path: An existing path.
        reserve: Bytes that stay free, at most a tenth of the file system.

    Raises:
        OSError: If the path does not exist.
    """
    found = os.statvfs(path)
    return free_bytes(path) - min(reserve, found.f_blocks * found.f_frsize // _LARGEST_SHARE)


def is_full(error: OSError) -> bool:
    """Whether an error means that a disk, or the share of it that may be used, is full."""
    return error.errno in _FULL
