"""The stream for a report: standard output, or a file that is replaced as a whole."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.cli.framework.standard_streams import standard_output
from beca_core.errors import InvalidInput, quoted_path
from beca_core.system.lazy_regexp import lazy
from beca_core.system.private_files import check_replaceable, part_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import TextIO


STANDARD_OUTPUT: Final = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
_DESCRIPTORS: Final = frozenset({"/dev/fd", "/proc/self/fd"})


_WITH_FORMAT: Final = lazy(r"([a-z][a-z0-9_-]+):(.+)", re.DOTALL)


class ReportOutput(NamedTuple):
    """Where a report goes, and in which format.

    Args:
        path: The file, or None for standard output.
        format: Name of the format; None: that of `--format`.
    """

    path: Path | None = None
    format: str | None = None

    @classmethod
    def of(cls, text: str) -> ReportOutput:
        """Return what `--output` names: `FILE`, or `FORMAT:FILE`; a file with such a name is written as `./a:b`."""
        match = _WITH_FORMAT.fullmatch(text)
        name, file = (None, text) if match is None else match.groups()
        return cls(None if file in STANDARD_OUTPUT else Path(file), name)


@contextmanager
def open_output(path: Path | None, *, private: bool) -> Iterator[TextIO]:
    """Open the stream for a report. A file is replaced when the block ends, and left unchanged when it raises.

    Args:
        path: The file, or None for standard output. A device, a pipe or an open descriptor is written to directly.
        private: Whether only the owner can read a new file.

    Raises:
        InvalidInput: If the file cannot be created.
    """
    if path is None:
        yield standard_output("Name a file with --output.")
        return
    with _opened(path, private) as stream:
        yield stream


def _opened(path: Path, private: bool) -> AbstractContextManager[TextIO]:
    try:
        if path.is_dir():
            raise InvalidInput(f"{quoted_path(path)} is a directory.", hint="Name a file with --output.")
        if _is_stream(path):
            return path.open("a", encoding="utf-8", errors="backslashreplace")
        check_replaceable(path.resolve())
    except OSError as error:
        raise InvalidInput(f"Cannot write {quoted_path(path)}: {error.strerror}.") from error
    return _replacement(path.resolve(), 0o600 if private else 0o666)


def _is_stream(path: Path) -> bool:
    """Whether this is not a file to replace: what a descriptor refers to may be one, and whoever opened it uses it."""
    is_descriptor = str(path) == "/dev/stderr" or str(path.parent) in _DESCRIPTORS
    return is_descriptor or (path.exists() and not path.is_file())


@contextmanager
def _replacement(path: Path, mode: int) -> Iterator[TextIO]:
    part = part_of(path)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
            yield stream
            stream.flush()
            os.fsync(descriptor)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
