"""`--format markdown`: a summary for the page of a pipeline or a comment on a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.findings import Change
from beca_core.reports.escaping import printable
from beca_core.reports.shared.phrasing import (
    allowed_of,
    counted,
    counts_by_severity,
    place_of,
    remedy_of,
    shortcomings,
    verdict_of,
    worst_first,
)

if TYPE_CHECKING:
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.report import Report

_MOST_ROWS: Final = 500
"""Rows of the table; GitHub refuses a summary of more than 1 MiB."""
_MARKUP: Final = {ord(char): f"&#{ord(char)};" for char in "&<>\"'`*_~|\\[]()#!@:{}$^"}
"""Characters with a meaning, also `@` and `:`, which mention somebody and make links: as entities they have none."""


class MarkdownReporter:
    """Write counts, a table of the findings that decide the exit code, and what to do about them."""

    name = "markdown"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:  # noqa: ARG002 - never in clear
        """Write the report, always without secrets."""
        stream.write(f"## BECA: {_text(verdict_of(report))}\n")
        decisive = [finding for finding in worst_first(report) if report.decides(finding)]
        if decisive:
            _write_findings(report, decisive, stream)
        if unsure := len(report.findings) - len(decisive):
            least = report.decides_from.value
            stream.write(f"\n{counted(unsure, 'finding')} below {least} confidence, without effect on the exit code.\n")
        if allowed := allowed_of(report):
            stream.write(f"\n{allowed}\n")
        if notes := list(shortcomings(report.coverage)):
            stream.write("\n**Incomplete: there may be secrets that this scan has not seen.**\n\n")
            stream.writelines(f"- {_text(note)}\n" for note in notes)


def _write_findings(report: Report, findings: list[Finding], stream: TextIO) -> None:
    counts = [f"{count:,} {severity}" for severity, count in counts_by_severity(report).items() if count]
    if new := sum(finding.change is Change.NEW for finding in findings):
        counts.append(f"{new:,} new")
    stream.write(f"\n{', '.join(counts)}\n\n| severity | rule | place | secret | commit |\n|---|---|---|---|---|\n")
    stream.writelines(map(_row, findings[:_MOST_ROWS]))
    if (more := len(findings) - _MOST_ROWS) > 0:
        stream.write(f"\nand {more:,} more\n")
    stream.write("\n### What to do\n\n")
    rule_ids = dict.fromkeys(finding.rule_id for finding in findings)
    stream.writelines(f"- **{_text(each)}**: {_text(remedy_of(report, each))}\n" for each in rule_ids)


def _row(finding: Finding) -> str:
    commit = "" if finding.commit is None else finding.commit.id[:10]
    cells = (finding.severity.value, finding.rule_id, place_of(finding), finding.redacted, commit)
    return f"| {' | '.join(map(_text, cells))} |\n"


def _text(text: str) -> str:
    return printable(text).translate(_MARKUP)
