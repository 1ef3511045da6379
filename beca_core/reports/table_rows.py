"""The findings of one rule in the table: places, source lines with the secret masked, and what is known of each."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.findings import Change, NameKind, Presence, Severity
from beca_core.reports.console import Style, cells
from beca_core.reports.escaping import printable
from beca_core.reports.shared.phrasing import counted, remedy_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from beca_core.findings import Commit, Finding
    from beca_core.report import Report
    from beca_core.reports.console import Console

SEVERITY_STYLES: Final = {
    Severity.CRITICAL: Style.BOLD_WHITE_ON_RED,
    Severity.HIGH: Style.BOLD_RED,
    Severity.MEDIUM: Style.BOLD_YELLOW,
    Severity.LOW: Style.BOLD_BLUE,
}
_PRESENCES: Final = {
    None: "not at HEAD",
    Presence.REMOVED: "removed from HEAD",
    Presence.OTHER_BRANCH: "on another branch, not at HEAD",
    Presence.MESSAGE: "in the message of a commit",
    Presence.OTHER_MESSAGE: "in the message of a commit on another branch",
    Presence.TAG: "in the message of a tag",
    Presence.STASH: "in a stash",
    Presence.NOTES: "in notes on a commit",
    Presence.STAGED: "staged, not committed",
    Presence.UNREACHABLE: "unreachable from any ref, but still stored",
}
_NAMES: Final = {
    NameKind.PATH: "in the name of a file or directory",
    NameKind.REF: "in the name of a branch, a tag or another ref",
}
_TITLES: Final = ("Place", "Confidence", "Secret")
_SHORT_ID: Final = 10
_INDENT: Final = "    "
_MOST_BEFORE: Final = 40
"""Characters of a source line that are shown before the secret."""


class TableRows:
    """Writes the findings of one rule after the other.

    Args:
        console: Where to write.
        report: The report.
        redact: Whether secrets are shown as previews only.
        base: The directory to which the paths of the findings are relative; None: they are in no directory.
    """

    def __init__(self, console: Console, report: Report, *, redact: bool, base: str | None) -> None:
        self._console = console
        self._report = report
        self._redact = redact
        self._base = base

    def write(self, findings: Sequence[Finding]) -> None:
        """Write the findings of a rule, which have the same severity and description, and what is to be done."""
        console, first = self._console, findings[0]
        severity = console.paint(first.severity.value, SEVERITY_STYLES[first.severity])
        rule = console.paint(printable(first.rule_id), Style.BOLD)
        console.prose(f"{severity}  {rule}  {printable(first.description)}", hang=2)
        shown = [self.place(finding) for finding in findings]
        rows = [
            (text, each.confidence.value, self._secret(each)) for (text, _), each in zip(shown, findings, strict=True)
        ]
        (titles, *lines), _ = console.aligned([_TITLES, *rows])
        console.line(f"  {console.paint(titles, Style.DIM)}")
        numbers = iter(range(len(findings)))
        for commit, same in groupby(findings, key=lambda each: each.commit):
            of_commit = list(same)
            is_group = commit is not None and len(of_commit) > 1
            if commit is not None and is_group:
                console.prose(
                    f"  {console.paint(f'{_commit(commit)}: {len(of_commit):,} findings', Style.DIM)}", hang=4
                )
            for finding in of_commit:
                number = next(numbers)
                text, path = shown[number]
                console.line(f"  {console.link(text, path)}{lines[number][len(text) :]}")
                self.write_source(finding)
                for note in self.notes(finding, with_commit=not is_group):
                    console.prose(f"{_INDENT}{console.paint(note, Style.DIM)}", hang=4)
        console.prose(f"  {remedy_of(self._report, first.rule_id)}", hang=2)
        console.line()

    def place(self, finding: Finding) -> tuple[str, str | None]:
        """Return the place as it is shown, and the path of the file if there is one."""
        at = finding.location
        file = self._file(finding)
        if finding.name_of is not None:
            return printable(at.path), None
        shown = at.path if file is None else os.path.relpath(file)
        return f"{printable(shown)}:{at.begin.line}:{at.begin.column}", file

    def _file(self, finding: Finding) -> str | None:
        at = finding.location
        if self._base is None or at.raw_path is not None or not finding.in_head:
            return None
        path = str(Path(self._base) / at.path)
        return path if os.path.isfile(path) else None  # noqa: PTH113 - of a null byte, it says no

    def _secret(self, finding: Finding) -> str:
        return printable(finding.redacted if self._redact else finding.secret.decode("utf-8", "backslashreplace"))

    def write_source(self, finding: Finding) -> None:
        """Write the line of a secret with the secret masked, and a mark below it; nothing if the line is not known."""
        line = self._report.lines.get((finding.location, finding.fingerprint))
        if line is None:
            return
        before, after = (printable(part.replace("\t", " ")) for part in line)
        if len(before := before.lstrip()) > _MOST_BEFORE:
            before = f"...{before[3 - _MOST_BEFORE :]}"
        secret = printable(finding.redacted)
        room = max(0, self._console.width - len(_INDENT) - cells(before) - cells(secret))
        if len(after := after.rstrip()) > room:
            after = f"{after[: max(0, room - 3)]}..."[:room]
        console = self._console
        console.line(f"{_INDENT}{before}{console.paint(secret, Style.RED)}{after}")
        console.line(f"{_INDENT}{' ' * cells(before)}{console.paint('^' * max(1, cells(secret)), Style.RED)}")

    def notes(self, finding: Finding, *, with_commit: bool) -> Iterator[str]:
        """Yield what else is known of a finding, a line each.

        Args:
            finding: The finding.
            with_commit: Whether the commit that introduced it is among that.
        """
        if with_commit and finding.commit is not None:
            yield _commit(finding.commit)
        if finding.change is Change.NEW:
            yield "new"
        if finding.variant:
            yield f"variant {printable(finding.variant)}"
        seen = [f"seen through {' and '.join(map(printable, finding.decodings))}"] if finding.decodings else []
        if finding.truncated:
            seen.append("longer than its rule reads, cut here")
        if finding.occurrences > 1:
            seen.append(f"in {finding.occurrences:,} versions")
        if finding.uncommitted:
            seen.append("not committed")
        if finding.name_of is not None:
            seen.append(_NAMES[finding.name_of])
        if not finding.in_head and finding.name_of is not NameKind.REF:
            seen.append(_PRESENCES[finding.presence])
        if seen:
            yield ", ".join(seen)
        if finding.labels:
            was = (
                ""
                if finding.lowered_from is None
                else f"; without that, the confidence would be {finding.lowered_from}"
            )
            yield f"path: {', '.join(map(printable, finding.labels))}{was}"
        for part in finding.parts:
            shown = part.text if self._redact or part.public else part.clear
            yield f"{printable(part.name)}: {printable(shown)} at {part.begin.line}:{part.begin.column}"
        if finding.attributes:
            yield ", ".join(f"{printable(name)}: {printable(value)}" for name, value in finding.attributes)
        if finding.superseded:
            others = sorted({printable(each.rule_id) for each in finding.superseded})
            yield f"also found by {', '.join(others)}"


def worst_first(finding: Finding) -> tuple[object, ...]:
    """Return what findings are sorted by: the worst first, those of one commit together, then by place."""
    at, commit = finding.location, finding.commit
    return (
        -finding.severity.rank,
        finding.rule_id,
        finding.description,
        -finding.confidence.rank,
        not finding.in_head,
        ("", "") if commit is None else (commit.date.isoformat(), commit.id),
        at.path,
        at.begin.line,
        at.begin.column,
    )


def write_counts(console: Console, findings: Sequence[Finding]) -> None:
    """Write how many findings there are of each severity, and of each rule; nothing if there are fewer than two."""
    if len(findings) < 2:
        return
    for severity, of_severity in groupby(findings, key=lambda each: each.severity):
        rules = [(rule, len(list(of_rule))) for rule, of_rule in groupby(of_severity, key=lambda each: each.rule_id)]
        total = sum(count for _, count in rules)
        named = ", ".join(f"{count:,} {printable(rule)}" for rule, count in rules)
        label = console.paint(severity.value, SEVERITY_STYLES[severity])
        console.prose(f"  {label} {counted(total, 'finding')}: {named}", hang=4)


def _commit(commit: Commit) -> str:
    return f"{commit.id[:_SHORT_ID]} {commit.date:%Y-%m-%d} {printable(commit.author)}"
