"""`--format github`: workflow commands that GitHub Actions turns into annotations of the changed files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.findings import Severity
from beca_core.reports.escaping import printable
from beca_core.reports.shared.phrasing import allowed_of, message_of, remedy_of, shortcomings, verdict_of, worst_first

if TYPE_CHECKING:
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.report import Report

_IN_MESSAGES: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


class GithubReporter:
    """Write an annotation for each finding, the worst first, since GitHub shows ten of each level in a step."""

    name = "github"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:  # noqa: ARG002 - never in clear
        """Write the report, always without secrets."""
        stream.writelines(_annotation(report, finding) for finding in worst_first(report))
        notes = (note.translate(_IN_MESSAGES) for note in shortcomings(report.coverage))
        stream.writelines(f"::error title=BECA could not read everything::{note}\n" for note in notes)
        verdict = f"{verdict_of(report)} {allowed_of(report)}".rstrip()
        stream.write(f"::notice title=BECA::{verdict.translate(_IN_MESSAGES)}\n")


def _annotation(report: Report, finding: Finding) -> str:
    at = finding.location
    properties = {
        "file": printable(at.path),
        "line": str(at.begin.line),
        "endLine": str(at.end.line),
        "col": str(at.begin.column),
        "title": f"{finding.severity} {printable(finding.rule_id)}",
    }
    if at.begin.line == at.end.line:  # otherwise GitHub ignores the annotation's columns
        properties["endColumn"] = str(at.end.column)
    level = "notice"
    if report.decides(finding):
        level = "error" if finding.severity >= Severity.HIGH else "warning"
    written = ",".join(f"{name}={value.translate(_IN_PROPERTIES)}" for name, value in properties.items())
    text = f"{message_of(finding)} {remedy_of(report, finding.rule_id)}"
    return f"::{level} {written}::{text.translate(_IN_MESSAGES)}\n"
