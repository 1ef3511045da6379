"""Files that save work and may vanish at any time.

Whoever loads them trusts them (Hyperscan does). So a file that somebody else could have written is not used: directory
and file must belong to the user and be writable by nobody else. Whatever goes wrong, the work is done again.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from isal import isal_zlib

from beca_core.system.private_files import PART, write_private
from beca_core.system.veil import veil

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_FILES: Final = 32
"""A set of rules takes up to seven; a machine has a few sets, and two versions of each after an update."""
MAX_FILE_BYTES: Final = 256 * 1024 * 1024

_MARK: Final = b"beca cache 3\n"
_LEVEL: Final = 1

_DIGEST_BYTES: Final = hashlib.sha256().digest_size
_SUFFIX: Final = ".hsdb"
_OTHERS_CAN_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def load(directory: Path, name: str) -> bytes | None:
    """Return what was stored under a name, or None where that is not there or cannot be trusted.

    Args:
        directory: Where the files are.
        name: Letters and digits.
    """
    try:
        if not _is_own(directory.lstat(), stat.S_ISDIR):
            return None
        path = directory / (name + _SUFFIX)
        content = _read(path)
    except OSError:
        return None
    head, packed = content[: len(_MARK) + _DIGEST_BYTES], content[len(_MARK) + _DIGEST_BYTES :]
    if head != _MARK + hashlib.sha256(packed).digest():
        return None
    with suppress(OSError):
        os.utime(path)  # what is used is kept
    return isal_zlib.decompress(veil(packed))


def store(directory: Path, name: str, data: bytes) -> None:
    """Store data under a name, and remove all but the files used last; do nothing where that is not possible.

    Args:
        directory: Where to; it is made if need be.
        name: Letters and digits.
        data: At most `MAX_FILE_BYTES`.
    """
    with suppress(OSError):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_own(directory.lstat(), stat.S_ISDIR):
            packed = veil(isal_zlib.compress(data, _LEVEL))  # what cannot be compressed would be there in clear
            write_private(directory / (name + _SUFFIX), [_MARK, hashlib.sha256(packed).digest(), packed])
            _prune(directory)


def _is_own(status: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    """Whether this is of the right kind, belongs to this user, and nobody else can write to it."""
    return is_kind(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_CAN_WRITE


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        is_usable = _is_own(status, stat.S_ISREG) and status.st_size <= MAX_FILE_BYTES
        return file.read(MAX_FILE_BYTES) if is_usable else b""


def _prune(directory: Path) -> None:
    """Remove old files, those left behind by a process that was killed included."""
    files = [path for path in directory.iterdir() if path.suffix in {_SUFFIX, PART}]
    for path in sorted(files, key=_last_used, reverse=True)[MOST_FILES:]:
        with suppress(OSError):
            path.unlink()


def _last_used(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0
