"""Files that only their owner can read, and that are replaced as a whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


PART: Final = ".part"
"""End of the name of a file that is being written; a process that is killed may leave such a file."""


def write_private(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file. It replaces an earlier file or symbolic link in one step: readers see the old or the new content.

    Args:
        path: The file.
        parts: Its content.

    Raises:
        OSError: If it cannot be written; the earlier file is then unchanged.
    """
    part = path.with_name(f".beca-{os.urandom(8).hex()}{PART}")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
