"""The findings that the table counts and does not list, because they are not sure enough to decide the exit code."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from beca_core.findings import Change
from beca_core.reports.console import Style
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from beca_core.findings import Finding
    from beca_core.report import Report
    from beca_core.reports.console import Console

_INDENT: Final = "  "


def write_unsure(console: Console, report: Report) -> None:
    """Write a line for each rule with findings that do not decide the exit code, and how to see them.

    Args:
        console: Where to write.
        report: The report.
    """
    unsure = sorted((each for each in report.findings if not report.decides(each)), key=lambda each: each.rule_id)
    if not unsure:
        return
    least = report.decides_from.value
    title = f"Below {least} confidence, so not listed, and without effect on the exit code:"
    console.prose(console.paint(title, Style.DIM))
    rows = [_row(rule_id, list(of_rule)) for rule_id, of_rule in groupby(unsure, key=lambda each: each.rule_id)]
    lines, _ = console.aligned(rows, right=(1,))
    for line in lines:
        console.line(f"{_INDENT}{line}")
    console.prose(f"{_INDENT}--min-confidence low lists them, and lets them decide the exit code.", hang=2)
    console.line()


def _row(rule_id: str, findings: list[Finding]) -> tuple[str, str, str]:
    files = len({(each.location.path, each.location.raw_path) for each in findings})
    new = sum(each.change is Change.NEW for each in findings)
    where = f"in {files:,} file{'' if files == 1 else 's'}{f', {new:,} new' if new else ''}"
    return printable(rule_id), f"{len(findings):,}", where
