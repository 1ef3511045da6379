"""Files that are replaced as a whole, most of them such as only their owner can read."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


PART: Final = ".part"
"""End of the name of a file that is being written; a process that is killed may leave such a file."""

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def part_of(path: Path) -> Path:
    """Return a name for a file that is to replace another one, in the same directory."""
    return path.with_name(f".beca-{os.urandom(8).hex()}{PART}")


def check_replaceable(path: Path) -> None:
    """Check that a file can be made at a path, or replaced if there is one, and leave everything as it is.

    A file is not replaced if it must not be written to, although only its directory decides whether it could be.

    Raises:
        OSError: If it cannot be.
    """
    with suppress(FileNotFoundError):
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    part = part_of(path)
    try:
        os.close(os.open(part, _NEW, 0o600))
    finally:
        part.unlink(missing_ok=True)


def write_private(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file. It replaces an earlier file or symbolic link in one step: readers see the old or the new content.

    Args:
        path: The file.
        parts: Its content.

    Raises:
        OSError: If it cannot be written; the earlier file is then unchanged.
    """
    _write(path, parts, 0o600)


def replace_file(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file in the same way that others may read, as the umask of the process says; arguments as above."""
    _write(path, parts, 0o666)


def _write(path: Path, parts: Iterable[bytes], mode: int) -> None:
    part = part_of(path)
    try:
        descriptor = os.open(part, _NEW, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
