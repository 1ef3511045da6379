"""Opens files in hostile directories: regular files only, and never through a symbolic link."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PART_BYTES: Final = 256 * 1024
_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class NotRegular(OSError):
    """Raised when a path is not a regular file: to open a FIFO may block, and to open a device may have effects."""


def open_regular(path: Path | str | bytes) -> BinaryIO:
    """Open a regular file for reading, unbuffered.

    Raises:
        NotRegular: If it is a symbolic link, a directory, a device, a FIFO or a socket. It is not opened.
        OSError: If it cannot be opened.
    """
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise NotRegular
    descriptor = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegular
    return open(descriptor, "rb", buffering=0)  # noqa: PTH123 - it is a descriptor


def read_regular(path: Path | str | bytes, limit: int) -> bytes | None:
    """Return the content of a regular file, or None if it is larger than `limit` bytes.

    The file is read to its end, even if it grows meanwhile, or has the size 0 as files in `/proc` do.

    Raises:
        OSError: If it is not a regular file, or cannot be read.
    """
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > limit:
            return None
        data = read_up_to(file, limit + 1)
    return data if len(data) <= limit else None


def read_up_to(file: BinaryIO, size: int) -> bytes:
    """Read this many bytes from the current offset, or fewer if the file ends before.

    Raises:
        OSError: If it cannot be read.
    """
    left_in_file = os.fstat(file.fileno()).st_size - file.tell()
    parts = [file.read(min(max(left_in_file, 0) + 1, size))]
    missing = size - len(parts[0])
    while parts[-1] and missing:
        parts.append(file.read(min(_PART_BYTES, missing)))
        missing -= len(parts[-1])
    return b"".join(parts)


def read_from(file: BinaryIO, offset: int) -> Iterator[bytes]:
    """Yield the content of a file from an offset to its end, in parts; the file's own offset does not change.

    Raises:
        OSError: If it cannot be read.
    """
    while part := os.pread(file.fileno(), _PART_BYTES, offset):
        yield part
        offset += len(part)
