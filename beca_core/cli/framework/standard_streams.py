"""The standard streams of this process; the parent process may have closed each of them."""

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
        InvalidInput: If it is closed.
    """
    if sys.stdin is None:
        raise InvalidInput("Standard input is closed.")
    return sys.stdin.buffer


def standard_output(hint: str = "") -> TextIO:
    """Return standard output.

    Args:
        hint: What to do if it is closed.

    Raises:
        InvalidInput: If it is closed.
    """
    if sys.stdout is None:
        raise InvalidInput("Standard output is closed.", hint=hint)
    return sys.stdout


def say(line: str) -> None:
    """Write a line to standard output.

    Raises:
        InvalidInput: If standard output is closed.
        OSError: If the line cannot be written.
    """
    standard_output().write(f"{line}\n")


def remark(line: str) -> None:
    """Write a line to standard error, or drop it if that fails: it is not a part of the result."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()


def agrees(question: str) -> bool:
    """Ask on the terminal, and return whether the answer is yes; without a terminal to ask on, it is no."""
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    remark(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")
