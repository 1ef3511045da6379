"""Tables in Markdown, so that what a benchmark prints can stand in the documentation as it is."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ABSENT: Final = "-"
_MB: Final = 1_000_000


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; all columns but the first are aligned to the right.

    Args:
        heads: Title of each column.
        rows: The cells, as many in each row as there are titles.

    Raises:
        ValueError: If a row has more or fewer cells.
    """
    lines = [tuple(heads), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = "|".join("-" * (width + 2) if at == 0 else "-" * (width + 1) + ":" for at, width in enumerate(widths))
    written = [_line(line, widths) for line in lines]
    return "\n".join([written[0], f"|{rule}|", *written[1:]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
    return f"| {' | '.join(padded)} |"


def seconds(figures: Sequence[float]) -> str:
    """Return the median of some times in seconds."""
    return f"{median(figures):.2f}" if figures else ABSENT


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Return the median of the ratios pair by pair, and the smallest and the largest one.

    Args:
        ours: One figure a round.
        theirs: The other's figures of the same rounds, above zero.
    """
    ratios = paired(ours, theirs)
    if not ratios:
        return ABSENT
    return f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def paired(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Return the ratios of figures of the same round.

    Raises:
        ValueError: If there are not as many of one as of the other.
    """
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def megabytes(size: int) -> str:
    """Return a number of bytes in megabytes; nothing where it is not known."""
    return f"{size / _MB:.0f}" if size else ABSENT
