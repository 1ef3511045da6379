"""The list of what was not read, for people."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.report import Skipped

MAX_LISTED: Final = 1000
"""Greatest number of objects that are listed for each reason."""


def sorted_by_reason(skipped: Iterable[Skipped]) -> list[Skipped]:
    """Sort what was not read by reason and id, so that the list does not depend on the number of processes."""
    return sorted(skipped, key=lambda item: (item.reason, item.id))


def skipped_lines(skipped: Iterable[Skipped], limit: int = MAX_LISTED, *, word: str = "Skipped") -> Iterator[str]:
    """Yield a printable line for each object that was not read.

    Args:
        skipped: The objects.
        word: The first word of each line.
        limit: Greatest number of objects for each reason; a last line counts the others.
    """
    for reason, items in groupby(sorted_by_reason(skipped), key=lambda item: item.reason):
        of_reason = list(items)
        for item in of_reason[:limit]:
            yield f"{word}, {printable(reason)}: {printable(item.id)}"
        if (more := len(of_reason) - limit) > 0:
            yield f"{word}, {printable(reason)}, and {more:,} more"
