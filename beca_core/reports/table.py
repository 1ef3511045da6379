"""`--format table`: the report as a person reads it, worst first."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.filesize import decimal
from rich.padding import Padding
from rich.text import Text

from beca_core.findings import Confidence, Severity
from beca_core.reports.console import console_for, plain_table
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from rich.console import Console

    from beca_core.findings import Finding
    from beca_core.report import Coverage, Problem, Report

_SEVERITIES: Final = list(reversed(Severity))
_CONFIDENCES: Final = list(reversed(Confidence))
_STYLES: Final = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold blue",
}
_REMEDIES: Final = {
    "too-large": "raise --max-blob-size",
    "missing": "the repository lacks objects; fetch it in full, without a filter",
    "unreadable": "check permissions, and a repository with `git fsck`",
    "shallow": "fetch the older history with `git fetch --unshallow`",
    "unattributed": "read, but not every place of its secrets was found in time",
}
_SHORT_ID: Final = 10


class TableReporter:
    """Write a table for each rule and a closing line; colour only on a terminal."""

    name = "table"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        """Write the report; `redact=False` shows the secrets in place of their previews."""
        console = console_for(stream)
        findings = sorted(report.findings, key=_rank)
        for _, of_one_rule in groupby(findings, key=lambda finding: finding.rule_id):
            _write_group(console, list(of_one_rule), redact)
        console.print(_summary(report))
        for line in _shortcomings(report.coverage):
            console.print(line)


def _rank(finding: Finding) -> tuple[object, ...]:
    at = finding.location
    return (
        _SEVERITIES.index(finding.severity),
        finding.rule_id,
        _CONFIDENCES.index(finding.confidence),
        not finding.in_head,
        at.path,
        at.begin,
    )


def _write_group(console: Console, findings: list[Finding], redact: bool) -> None:
    table = plain_table(expand=True)
    table.add_column("Place", overflow="fold", ratio=1)
    table.add_column("Secret", overflow="fold", max_width=None if redact else 36)
    table.add_column("Confidence", no_wrap=True)
    for finding in findings:
        table.add_row(_place(finding), _secret(finding, redact), Text(finding.confidence.value))
    console.print(_heading(findings[0]))
    console.print(Padding(table, (0, 0, 1, 2)))


def _heading(finding: Finding) -> Text:
    severity = (finding.severity.value, _STYLES[finding.severity])
    rule = (printable(finding.rule_id), "bold")
    return Text.assemble(severity, "  ", rule, "  ", printable(finding.description))


def _place(finding: Finding) -> Group:
    at = finding.location
    place = Text(f"{printable(at.path)}:{at.begin.line}:{at.begin.column}")
    notes = [Text(note, style="dim") for note in _notes(finding)]
    return Group(place, *(Padding(note, (0, 0, 0, 2)) for note in notes))


def _notes(finding: Finding) -> Iterator[str]:
    if finding.commit is not None:
        commit = finding.commit
        yield f"{commit.id[:_SHORT_ID]} {commit.date:%Y-%m-%d} {printable(commit.author)}"
    seen = [f"in {finding.occurrences:,} versions"] if finding.occurrences > 1 else []
    if not finding.in_head:
        seen.append("no longer at HEAD")
    if seen:
        yield ", ".join(seen)


def _secret(finding: Finding, redact: bool) -> Text:
    shown = finding.redacted if redact else finding.secret.decode("utf-8", "backslashreplace")
    return Text(printable(shown))


def _summary(report: Report) -> Text:
    coverage, findings = report.coverage, report.findings
    read = f"read {_count(coverage.commits, 'commit')}, {_count(coverage.blobs, 'blob')}, {decimal(coverage.bytes)}"
    if findings:
        files = len({(finding.location.path, finding.location.raw_path) for finding in findings})
        return Text(f"{_count(len(findings), 'finding')} in {_count(files, 'file')}; {read}.", style="bold")
    if coverage.complete:
        return Text.assemble(("No secrets found; everything was read.", "bold green"), f" ({read})")
    return Text(f"No secrets found in what was read; {read}.")


def _shortcomings(coverage: Coverage) -> Iterator[Text]:
    if coverage.complete:
        return
    yield Text("INCOMPLETE: there may be secrets that this scan has not seen.", style="bold red")
    for reason, count in sorted(coverage.skipped.items()):
        remedy = _REMEDIES.get(reason)
        yield Text(f"  {printable(reason)} ({count:,}){f': {remedy}' if remedy else ''}")
    for problem in coverage.problems:
        yield Text(f"  plugin {_problem(problem)}: repair it, or leave it out with --disable-plugin")


def _problem(problem: Problem) -> str:
    times = f" ({problem.count:,} times)" if problem.count > 1 else ""
    return f"{printable(problem.plugin)}, {printable(problem.message)}{times}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
