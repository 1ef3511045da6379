"""The stream for a report: standard output, or a file that is replaced as a whole."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from beca_core.cli.standard_streams import standard_output
from beca_core.errors import InvalidInput, quoted_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import TextIO


@contextmanager
def open_output(path: Path | None, *, private: bool) -> Iterator[TextIO]:
    """Open the stream for a report. A file is replaced when the block ends, and left unchanged when it raises.

    Args:
        path: The file, or None for standard output. A device or pipe is written to directly.
        private: Whether only the owner can read a new file.

    Raises:
        InvalidInput: If the file cannot be created.
    """
    if path is None:
        yield standard_output("Name a file with --output.")
        return
    with _opened(path.resolve(), private) as stream:
        yield stream


def _opened(path: Path, private: bool) -> AbstractContextManager[TextIO]:
    try:
        if path.is_dir():
            raise InvalidInput(f"{quoted_path(path)} is a directory.", hint="Name a file with --output.")
        if path.exists() and not path.is_file():
            return path.open("w", encoding="utf-8", errors="backslashreplace")
        part = path.with_name(f".beca-{os.urandom(8).hex()}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
    except OSError as error:
        raise InvalidInput(f"Cannot write {quoted_path(path)}: {error.strerror}.") from error
    return _replacement(descriptor, part, path)


@contextmanager
def _replacement(descriptor: int, part: Path, path: Path) -> Iterator[TextIO]:
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
            yield stream
            stream.flush()
            os.fsync(descriptor)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
