"""`--format gitlab`: GitLab's security report of the type `secret_detection`, schema 15, for `artifacts:reports`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from beca_core.findings import format_time
from beca_core.reports.escaping import printable
from beca_core.reports.json_document import to_json
from beca_core.reports.shared.phrasing import message_of, remedy_of, shortcomings
from beca_core.system.version import VERSION

if TYPE_CHECKING:
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.report import Report

VERSION_OF_SCHEMA: Final = "15.2.1"
_NO_COMMIT: Final = "0000000"
"""What GitLab's own analyzer writes where it does not know the commit."""
_TOOL: Final = {"id": "beca", "name": "BECA", "version": VERSION, "vendor": {"name": "BECA"}}


class GitlabReporter:
    """Write a vulnerability for each finding. One that does not decide the exit code has the severity `Info`."""

    name = "gitlab"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:  # noqa: ARG002 - never in clear
        """Write the report, always without secrets."""
        finished = report.finished or datetime.now(UTC)
        complete = report.coverage.complete
        scan: dict[str, Any] = {
            "analyzer": _TOOL,
            "scanner": _TOOL,
            "type": "secret_detection",
            "start_time": _seconds(report.started or finished),
            "end_time": _seconds(finished),
            "status": "success" if complete else "failure",
            "messages": [{"level": "warn", "value": note} for note in shortcomings(report.coverage)],
        }
        stream.write(f'{{"version": "{VERSION_OF_SCHEMA}", "scan": {to_json(scan)}, "vulnerabilities": [')
        separator = "\n"
        for finding in report.findings:
            stream.write(separator + to_json(_vulnerability(report, finding)))
            separator = ",\n"
        stream.write("\n]}\n")


def _seconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def _vulnerability(report: Report, finding: Finding) -> dict[str, Any]:
    rule_id, at = printable(finding.rule_id), finding.location
    commit: dict[str, Any] = {"sha": _NO_COMMIT}
    if finding.commit is not None:
        commit = {
            "sha": finding.commit.id,
            "author": printable(finding.commit.author),
            "date": format_time(finding.commit.date),
        }
    rule = report.rules.get(finding.rule_id)
    links = [{"url": each} for each in (rule.references if rule is not None else ()) if each.isprintable()]
    return {
        "id": str(_id_of(finding)),
        "name": printable(finding.description)[:255] or rule_id,
        "description": message_of(finding),
        "severity": finding.severity.capitalize() if report.decides(finding) else "Info",
        "solution": remedy_of(report, finding.rule_id),
        "identifiers": [{"type": "beca_rule_id", "name": f"BECA rule {rule_id}", "value": rule_id}],
        "links": links,
        "location": {
            "file": printable(at.path),
            "start_line": at.begin.line,
            "end_line": at.end.line,
            "commit": commit,
        },
    }


def _id_of(finding: Finding) -> UUID:
    """Return an id that is the same for the same secret at the same place in each report."""
    at = finding.location
    facts = f"{finding.rule_id}\0{finding.fingerprint}\0{at.path}\0{at.begin.line}\0{at.begin.column}"
    return UUID(bytes=hashlib.sha256(facts.encode("utf-8", "surrogatepass")).digest()[:16], version=5)
