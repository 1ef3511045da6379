"""The list of what was found and dropped, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.reports.console import Style
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from beca_core.report import Report, Suppressed
    from beca_core.reports.console import Console

_TITLES: Final = ("Place", "Rule", "Secret", "Step", "Reason")


def write_suppressed(console: Console, report: Report, *, redact: bool) -> None:
    """Write a table of the matches that are not findings, with the reason of each.

    Args:
        console: Where to write.
        report: A report that has them.
        redact: Whether secrets are shown as previews only.
    """
    suppressed = report.suppressed or ()
    total = len(suppressed) + report.unlisted_suppressed
    console.line()
    if not total:
        console.prose("Nothing was found and dropped.")
        return
    listed = f", of which {len(suppressed):,} are listed" if report.unlisted_suppressed else ""
    title = f"Found and dropped: {total:,} match{'' if total == 1 else 'es'}{listed}."
    console.prose(console.paint(title, Style.BOLD))
    if suppressed:
        console.table(_TITLES, [_row(item, redact) for item in suppressed])


def _row(item: Suppressed, redact: bool) -> tuple[str, ...]:
    finding, at = item.finding, item.finding.location
    secret = finding.redacted if redact else finding.secret.decode("utf-8", "backslashreplace")
    value = f" ({printable(item.value)})" if item.value else ""
    name = f"{printable(item.name)}: " if item.name else ""
    return (
        f"{printable(at.path)}:{at.begin.line}:{at.begin.column}",
        printable(finding.rule_id),
        printable(secret),
        item.step.value,
        f"{name}{printable(item.reason)}{value}",
    )
