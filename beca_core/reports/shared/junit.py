"""`--format junit`: findings as failed tests, in the XML that CI servers show.

The elements are those that the JUnit plugin of Jenkins and GitLab read: a suite, and a test case for each finding.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from beca_core.reports.escaping import printable
from beca_core.reports.shared.phrasing import message_of, place_of, remedy_of, shortcomings, verdict_of, worst_first

if TYPE_CHECKING:
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.report import Report, Suppressed


class JunitReporter:
    """Write a test case for each finding: failed if it decides the exit code, else skipped; an error if incomplete."""

    name = "junit"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:  # noqa: ARG002 - never in clear
        """Write the report, always without secrets."""
        failed = sum(map(report.decides, report.findings))
        skipped = len(report.findings) - failed + len(report.allowed)
        errors = list(shortcomings(report.coverage))
        passed = int(not failed and not errors)
        tests = failed + skipped + len(errors) + passed
        counts = f'tests="{tests}" failures="{failed}" errors="{len(errors)}" skipped="{skipped}"'
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        stream.write(f'<testsuites {counts}>\n<testsuite name="beca" {counts}>\n')
        stream.writelines(_case(report, finding) for finding in worst_first(report))
        stream.writelines(_allowed(item) for item in report.allowed)
        stream.writelines(_error(error) for error in errors)
        if passed:
            stream.write(f'<testcase classname="beca" name="{escape(verdict_of(report))}"/>\n')
        stream.write("</testsuite>\n</testsuites>\n")


def _allowed(item: Suppressed) -> str:
    name = f'classname="{escape(printable(item.finding.rule_id))}" name="{escape(place_of(item.finding))}"'
    why = ": ".join(filter(None, map(printable, (item.name, item.reason, item.value))))
    return f'<testcase {name}><skipped message="allowed: {escape(why)}"/></testcase>\n'


def _error(text: str) -> str:
    return f'<testcase classname="beca" name="coverage"><error message="{escape(text)}"/></testcase>\n'


def _case(report: Report, finding: Finding) -> str:
    name = f'classname="{escape(printable(finding.rule_id))}" name="{escape(place_of(finding))}"'
    message = escape(message_of(finding))
    if not report.decides(finding):
        return f'<testcase {name}><skipped message="{message} {finding.confidence} confidence"/></testcase>\n'
    lines = [
        f"{message_of(finding)} {remedy_of(report, finding.rule_id)}",
        f"severity {finding.severity}, confidence {finding.confidence}, fingerprint {finding.fingerprint}",
    ]
    if finding.commit is not None:
        lines.append(f"introduced by {finding.commit.id}, {printable(finding.commit.author)}")
    text = escape("\n".join(lines))
    return f'<testcase {name}><failure type="{finding.severity}" message="{message}">{text}</failure></testcase>\n'
