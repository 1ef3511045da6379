"""`--format sarif`: SARIF 2.1.0 (OASIS standard, errata 01), which code hosts and editors read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from beca_core.findings import Change, Confidence, Severity, format_time
from beca_core.reports.escaping import printable
from beca_core.reports.json_document import to_json
from beca_core.reports.shared.phrasing import message_of, remedy_of, shortcomings
from beca_core.rules.candidate import Step
from beca_core.system.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TextIO

    from beca_core.findings import Finding, Location, Position
    from beca_core.report import Report

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
_SCORES: Final = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
"""GitHub's `security-severity`: above 9.0 is critical, from 7.0 high, from 4.0 medium."""
_PRECISIONS: Final = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}
_FINGERPRINT: Final = "becaSecret/v1"


class SarifReporter:
    """Write one run, whose results are lines of their own."""

    name = "sarif"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:  # noqa: ARG002 - never in clear
        """Write the report, always without secrets."""
        allowed = (item.finding for item in report.allowed)
        rule_ids = sorted({finding.rule_id for finding in (*report.findings, *allowed)})
        numbers = {rule_id: number for number, rule_id in enumerate(rule_ids)}
        run = {
            "tool": {"driver": _driver(report, rule_ids)},
            "columnKind": "unicodeCodePoints",
            "invocations": [_invocation(report)],
            "properties": {"scope": report.scope, "coverage": report.coverage.to_dict()},
        }
        stream.write(f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": [{to_json(run)[:-1]}, "results": [')
        separator = "\n"
        for result in _results(report, numbers):
            stream.write(separator + to_json(result))
            separator = ",\n"
        stream.write("\n]}]}\n")


def _driver(report: Report, rule_ids: Iterable[str]) -> dict[str, Any]:
    return {
        "name": "BECA",
        "semanticVersion": VERSION,
        "version": VERSION,
        "rules": [_rule(report, rule_id) for rule_id in rule_ids],
    }


def _rule(report: Report, rule_id: str) -> dict[str, Any]:
    """Return the descriptor of a rule. A report that was made by hand knows only the ids of its rules."""
    rule = report.rules.get(rule_id)
    descriptor: dict[str, Any] = {"id": printable(rule_id)}
    if rule is None:
        return descriptor
    remedy = remedy_of(report, rule_id)
    references = [each for each in rule.references if _is_uri(each)]
    links = "".join(f"\n\n<{each}>" for each in references)
    description = printable(rule.description)
    tags = ["security", "secret", *map(printable, (rule.category, *rule.tags))]
    properties: dict[str, Any] = {
        "tags": list(dict.fromkeys(filter(None, tags))),
        "security-severity": _SCORES[rule.severity],
        "precision": _PRECISIONS[rule.confidence],
        "version": rule.version,
    }
    if rule.provider:
        properties["provider"] = printable(rule.provider)
    descriptor |= {
        "shortDescription": {"text": description},
        "fullDescription": {"text": f"{description.rstrip('.')}."},
        "help": {"text": remedy, "markdown": f"{remedy}{links}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": properties,
    }
    return descriptor | {"helpUri": references[0]} if references else descriptor


def _is_uri(text: str) -> bool:
    """Whether a reference may stand where SARIF wants a URI."""
    if not text.isascii() or not text.isprintable() or any(char in text for char in ' <>"{}|\\^`'):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _invocation(report: Report) -> dict[str, Any]:
    coverage = report.coverage
    invocation: dict[str, Any] = {"executionSuccessful": coverage.complete}
    if report.started is not None:
        invocation["startTimeUtc"] = format_time(report.started)
    if report.finished is not None:
        invocation["endTimeUtc"] = format_time(report.finished)
    if notes := [{"level": "error", "message": {"text": note}} for note in shortcomings(coverage)]:
        invocation["toolExecutionNotifications"] = notes
    return invocation


def _results(report: Report, numbers: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for finding in report.findings:
        result = _result(finding, numbers)
        if not report.decides(finding):
            result["level"] = "note"  # a code host would take it for as bad as the others
        yield result
    for item in report.allowed:
        why = ": ".join(filter(None, map(printable, (item.name, item.reason, item.value))))
        kind = "inSource" if item.step is Step.INLINE else "external"
        yield _result(item.finding, numbers) | {"suppressions": [{"kind": kind, "justification": why}]}


def _result(finding: Finding, numbers: Mapping[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": printable(finding.rule_id),
        "ruleIndex": numbers[finding.rule_id],
        "level": _LEVELS[finding.severity],
        "message": {"text": message_of(finding)},
        "locations": [_location(finding.location, finding.location.begin, finding.location.end)],
        "partialFingerprints": {_FINGERPRINT: finding.fingerprint},
        "properties": _properties(finding),
    }
    if finding.parts:
        result["relatedLocations"] = [
            _location(finding.location, part.begin, part.end)
            | {"id": number, "message": {"text": f"{printable(part.name)}: {printable(part.text)}"}}
            for number, part in enumerate(finding.parts)
        ]
    if finding.commit is not None:
        result["codeFlows"] = [_flow(finding)]
    if finding.change is Change.NEW:
        result["baselineState"] = "new"
    elif finding.change is Change.CARRIED:
        result["baselineState"] = "unchanged"
    return result


def _properties(finding: Finding) -> dict[str, Any]:
    document = finding.to_dict()
    for name in ("type", "ruleId", "location", "fingerprint", "parts"):
        document.pop(name, None)
    return document


def _location(at: Location, begin: Position, end: Position) -> dict[str, Any]:
    region = {
        "startLine": begin.line,
        "startColumn": begin.column,
        "endLine": end.line,
        "endColumn": end.column,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(at), "uriBaseId": _ROOT}, "region": region}}


def _uri(at: Location) -> str:
    """Return the path as a relative reference (RFC 3986): bytes that are no letters or digits are percent-encoded."""
    return quote(at.path.encode("utf-8", "surrogatepass") if at.raw_path is None else at.raw_path, safe="/")


def _flow(finding: Finding) -> dict[str, Any]:
    """Return the way of the secret: the commit that introduced it, and the place where it is now, or was last."""
    commit = finding.commit
    assert commit is not None  # noqa: S101 - for the type checker
    at = finding.location
    introduced = f"Introduced by commit {commit.id[:10]} on {commit.date:%Y-%m-%d}, {printable(commit.author)}"
    now = "Present here" if finding.in_head else "No longer here, but still in the repository"
    steps = [_location(at, at.begin, at.end) | {"message": {"text": text}} for text in (introduced, now)]
    return {"threadFlows": [{"locations": [{"location": step} for step in steps]}]}
