"""The list of what was not read, as a person reads it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.report import Skipped

MAX_LISTED: Final = 1000
"""How many objects are listed for each reason."""


def in_order(skipped: Iterable[Skipped]) -> list[Skipped]:
    """Return what was not read sorted by reason and id: the same list, however many processes have read."""
    return sorted(skipped, key=lambda item: (item.reason, item.id))


def skipped_lines(skipped: Iterable[Skipped], limit: int = MAX_LISTED) -> Iterator[str]:
    """Yield a line for each object that was not read, fit for a terminal.

    Args:
        skipped: The objects.
        limit: How many are listed for each reason; a last line counts the others.
    """
    for reason, items in groupby(in_order(skipped), key=lambda item: item.reason):
        of_reason = list(items)
        for item in of_reason[:limit]:
            yield f"Skipped, {printable(reason)}: {printable(item.id)}"
        if (more := len(of_reason) - limit) > 0:
            yield f"Skipped, {printable(reason)}, and {more:,} more"
