"""`--format table`: the report as a person reads it, worst first."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.filesize import decimal
from rich.padding import Padding
from rich.text import Text

from beca_core.findings import Change, Confidence, Severity
from beca_core.reports.console import console_for, plain_table
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from rich.console import Console

    from beca_core.findings import Finding
    from beca_core.report import Changes, Coverage, Problem, Report

_SEVERITIES: Final = list(reversed(Severity))
_CONFIDENCES: Final = list(reversed(Confidence))
_STYLES: Final = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold blue",
}
_WORDS: Final = {
    "too-large": "too large",
    "missing": "missing",
    "unreadable": "unreadable",
    "timeout": "out of time",
    "scan-limit": "beyond the limit of bytes",
    "shallow": "cut off by a shallow clone",
    "unattributed": "not found in history",
    "archive-limit": "beyond the limits of archives",
    "encrypted": "encrypted",
}
_REMEDIES: Final = {
    "too-large": "raise --max-blob-size",
    "missing": "the repository lacks objects; fetch it in full, without a filter",
    "unreadable": "check permissions, and a repository with `git fsck`",
    "timeout": "raise --scan-time",
    "scan-limit": "raise --max-scan-size",
    "shallow": "fetch the older history with `git fetch --unshallow`",
    "unattributed": "read, but its places were not found in time; raise --locate-time",
    "archive-limit": "raise --max-archive-depth, --max-archive-members or --max-archive-size",
    "encrypted": "unpack it with its password, and scan the files",
}
_SHORT_ID: Final = 10


class TableReporter:
    """Write a table for each rule and a closing line; colour only on a terminal.

    Args:
        verbose: Whether what was not read is listed elsewhere; if not, the report says how to see it.
    """

    name = "table"

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:
        """Write the report; `redact=False` shows the secrets in place of their previews."""
        console = console_for(stream)
        findings = sorted(report.findings, key=_rank)
        for _, of_one_rule in groupby(findings, key=lambda finding: finding.rule_id):
            _write_group(console, list(of_one_rule), redact)
        console.print(_summary(report))
        if report.changes is not None:
            console.print(_since(report.changes))
        for line in _shortcomings(report.coverage, self._verbose):
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
    if finding.change is Change.NEW:
        yield "new"
    seen = [f"seen through {' and '.join(map(printable, finding.decodings))}"] if finding.decodings else []
    if finding.occurrences > 1:
        seen.append(f"in {finding.occurrences:,} versions")
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
        everything = "everything was read" if report.changes is None else "everything was read, by this scan or before"
        return Text.assemble((f"No secrets found; {everything}.", "bold green"), f" ({read})")
    return Text(f"No secrets found in what was read; {read}.")


def _since(changes: Changes) -> Text:
    gone = f", {changes.gone:,} gone from HEAD" if changes.gone else ""
    return Text(f"Since the scan before: {changes.new:,} new, {changes.carried:,} as before{gone}.")


def _shortcomings(coverage: Coverage, verbose: bool) -> Iterator[Text]:
    if coverage.complete:
        return
    yield Text("INCOMPLETE: there may be secrets that this scan has not seen.", style="bold red")
    if coverage.skipped:
        counts = [f"{count:,} {_words(reason)}" for reason, count in sorted(coverage.skipped.items())]
        hint = "" if verbose else " (--verbose lists them)"
        yield Text(f"Skipped: {', '.join(counts)}{hint}.")
    for reason in sorted(coverage.skipped):
        if remedy := _REMEDIES.get(reason):
            yield Text(f"  {reason}: {remedy}")
    for problem in coverage.problems:
        yield Text(f"  plugin {_problem(problem)}: repair it, or leave it out with --disable-plugin")


def _words(reason: str) -> str:
    return _WORDS.get(reason) or printable(reason)


def _problem(problem: Problem) -> str:
    times = f" ({problem.count:,} times)" if problem.count > 1 else ""
    return f"{printable(problem.plugin)}, {printable(problem.message)}{times}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
