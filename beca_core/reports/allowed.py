"""The line of the table about findings that somebody has accepted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from beca_core.reports.escaping import printable
from beca_core.rules.candidate import Step

if TYPE_CHECKING:
    from beca_core.report import Report
    from beca_core.reports.console import Console

_MOST_NAMED: Final = 5


def write_allowed(console: Console, report: Report) -> None:
    """Write how many findings are hidden, and by what.

    Args:
        console: Where to write.
        report: The report.
    """
    by = Counter("inline comments" if each.step is Step.INLINE else each.name for each in report.allowed)
    if not by:
        return
    named = [f"{count:,} by {printable(name) or 'the allow-list'}" for name, count in by.most_common(_MOST_NAMED)]
    if len(by) > _MOST_NAMED:
        named.append(f"{sum(by.values()) - sum(count for _, count in by.most_common(_MOST_NAMED)):,} by others")
    listed = "" if report.suppressed is not None else " (--show-suppressed lists them)"
    total = len(report.allowed)
    console.prose(f"Allowed: {total:,} finding{'' if total == 1 else 's'}; {', '.join(named)}{listed}.", hang=2)
