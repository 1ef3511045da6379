"""What the formats of this folder say in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.findings import Severity
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.findings import Finding
    from beca_core.report import Coverage, Report


def place_of(finding: Finding) -> str:
    """Return path, line and column of a finding, joined by colons."""
    at = finding.location
    return f"{printable(at.path)}:{at.begin.line}:{at.begin.column}"


def message_of(finding: Finding) -> str:
    """Return a sentence about a finding, with the preview of the secret."""
    return f"{printable(finding.description).rstrip('.')}: {printable(finding.redacted)}."


def remedy_of(report: Report, rule_id: str) -> str:
    """Return what the rule says is to be done, or what always helps."""
    rule = report.rules.get(rule_id)
    said = rule.remediation if rule is not None else ""
    return printable(said) or "Revoke the secret where it was issued, then remove it here."


def verdict_of(report: Report) -> str:
    """Return a sentence about the whole scan; it calls only a complete scan clean."""
    decisive = sum(map(report.decides, report.findings))
    if decisive:
        return f"{counted(decisive, 'finding')} in {counted(_files(report), 'file')}."
    if report.coverage.complete:
        return f"No secrets found by {counted(len(report.ruleset), 'rule')}."
    return f"No secrets found by {counted(len(report.ruleset), 'rule')} in what was read."


def allowed_of(report: Report) -> str:
    """Return a sentence about the findings that somebody has accepted; empty: there are none."""
    return f"{counted(len(report.allowed), 'finding')} allowed." if report.allowed else ""


def shortcomings(coverage: Coverage) -> Iterator[str]:
    """Yield a sentence for each reason why a scan is incomplete; none if it is complete."""
    for reason, count in sorted(coverage.skipped.items()):
        yield f"Not read: {count:,}, {printable(reason)}."
    for rule_id, count in sorted(coverage.unlisted.items()):
        yield f"Found and not listed, because there are too many: {count:,} of {printable(rule_id)}."
    for problem in coverage.problems:
        yield f"Plugin {printable(problem.plugin)}: {printable(problem.message)}."


def counts_by_severity(report: Report) -> dict[Severity, int]:
    """Return how many of the findings that decide the exit code there are of each severity, the worst first."""
    counts = dict.fromkeys(sorted(Severity, reverse=True), 0)
    for finding in filter(report.decides, report.findings):
        counts[finding.severity] += 1
    return counts


def worst_first(report: Report) -> list[Finding]:
    """Return the findings, those that decide the exit code first, then by severity, rule and place."""
    return sorted(
        report.findings,
        key=lambda each: (
            not report.decides(each),
            -each.severity.rank,
            each.rule_id,
            each.location.path,
            each.location.begin,
        ),
    )


def counted(number: int, noun: str) -> str:
    """Return a number with a noun, such as `1,000 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _files(report: Report) -> int:
    decisive = filter(report.decides, report.findings)
    return len({(each.location.path, each.location.raw_path) for each in decisive})
