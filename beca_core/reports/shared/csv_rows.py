"""`--format csv`: a row for each finding (RFC 4180, but with `\\n`), for spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.findings import format_time
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.report import Report

COLUMNS: Final = (
    "rule",
    "severity",
    "confidence",
    "path",
    "line",
    "column",
    "description",
    "preview",
    "in_head",
    "commit",
    "author",
    "date",
    "occurrences",
    "change",
    "fingerprint",
)
_FORMULAS: Final = ("=", "+", "-", "@")


class CsvReporter:
    """Write a heading, and a row for each finding; what a spreadsheet would take for a formula begins with `'`."""

    name = "csv"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:  # noqa: ARG002 - never in clear
        """Write the report, always without secrets."""
        import csv

        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(COLUMNS)
        for finding in report.findings:
            rows.writerow(_harmless(cell) for cell in _cells(finding))


def _cells(finding: Finding) -> Iterator[object]:
    at, commit = finding.location, finding.commit
    yield from (finding.rule_id, finding.severity, finding.confidence)
    yield from (at.path, at.begin.line, at.begin.column)
    yield from (finding.description, finding.redacted, finding.in_head)
    yield from ("", "", "") if commit is None else (commit.id, commit.author, format_time(commit.date))
    yield from (finding.occurrences, finding.change or "", finding.fingerprint)


def _harmless(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    text = printable(cell)
    return f"'{text}" if text.startswith(_FORMULAS) else text
