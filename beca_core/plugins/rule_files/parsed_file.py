"""What the readers of TOML and YAML have in common: data with positions, and the limits of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beca_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core.rules.documents.data_problem import DataPath

MAX_FILE_BYTES: Final = 2 * 1024 * 1024
"""Size of the largest rule file, in bytes."""
MAX_DEPTH: Final = 16
"""How deep lists and tables may be nested, and how many words a key in TOML may have."""


class Spot(NamedTuple):
    """A place in a text file.

    Args:
        line: Its line, from 1.
        column: Its column in characters, from 1.
    """

    line: int
    column: int


class ParsedFile(NamedTuple):
    """The data in a file.

    Args:
        data: The data.
        spots: Where each value is: that of its key, or, in a list, its own.
    """

    data: Any
    spots: Mapping[DataPath, Spot]

    def spot(self, path: DataPath) -> Spot:
        """Return where a value is, or the innermost value around it that is known."""
        for length in range(len(path), -1, -1):
            if found := self.spots.get(path[:length]):
                return found
        return Spot(1, 1)


class NotParsed(InvalidInput):
    """Raised when a text is not valid TOML or YAML, or is beyond the limits.

    Args:
        message: What is wrong.
        spot: Where; None: not known.
    """

    def __init__(self, message: str, spot: Spot | None = None) -> None:
        super().__init__(message)
        self.spot = spot
