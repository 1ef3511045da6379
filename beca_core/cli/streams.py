"""The standard streams of this process, which a caller may have closed."""

from __future__ import annotations

import sys
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


def standard_output() -> TextIO:
    """Return standard output.

    Raises:
        InvalidInput: If this process has none.
    """
    if sys.stdout is None:
        raise InvalidInput("Standard output is closed.", hint="Name a file with --output.")
    return sys.stdout
