"""The standard streams of this process, which a caller may have closed."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from typing import BinaryIO, TextIO


def standard_input() -> BinaryIO:
    """Return standard input, as bytes.

    Raises:
        InvalidInput: If this process has none.
    """
    if sys.stdin is None:
        raise InvalidInput("Standard input is closed.")
    return sys.stdin.buffer


def standard_output(hint: str = "") -> TextIO:
    """Return standard output.

    Args:
        hint: What to do if this process has none.

    Raises:
        InvalidInput: If this process has none.
    """
    if sys.stdout is None:
        raise InvalidInput("Standard output is closed.", hint=hint)
    return sys.stdout


def say(line: str) -> None:
    """Write a line to standard output.

    Raises:
        InvalidInput: If this process has none.
        OSError: If it cannot be written.
    """
    standard_output().write(f"{line}\n")


def remark(line: str) -> None:
    """Write a line to standard error, if it can be written; it is never what was asked for."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
