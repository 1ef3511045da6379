"""`--format html`: one page that needs nothing else, for a browser without a network."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Final

from beca_core.findings import format_time
from beca_core.reports.escaping import printable
from beca_core.reports.shared.phrasing import (
    allowed_of,
    counts_by_severity,
    message_of,
    place_of,
    remedy_of,
    shortcomings,
    verdict_of,
    worst_first,
)
from beca_core.system.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from beca_core.findings import Finding
    from beca_core.report import Report

_MARK: Final = "<!-- findings -->"
"""Where the findings are in the template; they are written one by one."""


class HtmlReporter:
    """Write the page. Its policy allows its own style and script only: nothing in a finding can run or load."""

    name = "html"

    def write(self, report: Report, stream: TextIO, *, redact: bool) -> None:  # noqa: ARG002 - never in clear
        """Write the report, always without secrets."""
        folder = files("beca_core.reports.shared")
        style, script = ((folder / f"page.{kind}").read_text("utf-8").rstrip() for kind in ("css", "js"))
        template = Template((folder / "page.html").read_text("utf-8"))
        page = template.substitute(
            style=style,
            script=script,
            policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'",
            verdict=escape(f"{verdict_of(report)} {allowed_of(report)}".rstrip()),
            verdict_class="found" if any(map(report.decides, report.findings)) else "none",
            facts=escape(_facts(report)),
            counts="".join(_counts(report)),
            incomplete="".join(f"<li>{escape(note)}</li>" for note in shortcomings(report.coverage)),
            total=str(len(report.findings)),
            legend="" if all(map(report.decides, report.findings)) else " What is faint does not decide the exit code.",
        )
        before, _, after = page.partition(_MARK)
        stream.write(before)
        stream.writelines("".join(_row(report, finding)) for finding in worst_first(report))
        stream.write(after)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _facts(report: Report) -> str:
    coverage = report.coverage
    read = f"read {coverage.commits:,} commits, {coverage.blobs:,} blobs, {coverage.bytes:,} bytes"
    when = "" if report.finished is None else f", {format_time(report.finished.replace(microsecond=0))}"
    return f"BECA {VERSION}, scope {report.scope}, {len(report.ruleset):,} rules, {read}{when}"


def _counts(report: Report) -> Iterator[str]:
    for severity, count in counts_by_severity(report).items():
        name = severity.value.lower()
        yield (
            f'<label class="severity {name}"><input type="checkbox" checked value="{name}"> '
            f"{severity.value.capitalize()} <b>{count:,}</b></label>\n"
        )


def _row(report: Report, finding: Finding) -> Iterator[str]:
    severity = finding.severity.value.lower()
    unsure = "" if report.decides(finding) else " unsure"
    yield f'<details class="finding{unsure}" data-severity="{severity}">\n'
    yield f'<summary><span class="severity {severity}">{finding.severity.value}</span> '
    yield f"<code>{escape(printable(finding.rule_id))}</code> "
    yield f'<span class="place">{escape(place_of(finding))}</span> '
    yield f'<span class="secret">{escape(printable(finding.redacted))}</span></summary>\n<dl>\n'
    for name, value in _details(report, finding):
        yield f"<dt>{name}</dt><dd>{value}</dd>\n"
    yield "</dl>\n</details>\n"


def _details(report: Report, finding: Finding) -> Iterator[tuple[str, str]]:
    yield "What", escape(message_of(finding))
    yield "What to do", escape(remedy_of(report, finding.rule_id))
    yield (
        "Confidence",
        finding.confidence.value + ("" if report.decides(finding) else ", does not decide the exit code"),
    )
    if finding.commit is not None:
        commit = finding.commit
        yield "Commit", f"<code>{commit.id}</code> {format_time(commit.date)} {escape(printable(commit.author))}"
    yield "In the current version", "yes" if finding.in_head else "no, but still in the repository"
    yield "Versions", f"{finding.occurrences:,}"
    if finding.change is not None:
        yield "Since the scan before", finding.change.value
    for part in finding.parts:
        at = f"{part.begin.line}:{part.begin.column}"
        yield escape(printable(part.name)), f"<code>{escape(printable(part.text))}</code> at {at}"
    if finding.labels:
        yield "Path", escape(", ".join(map(printable, finding.labels)))
    if finding.decodings:
        yield "Seen through", escape(", ".join(map(printable, finding.decodings)))
    yield "Fingerprint", f"<code>{finding.fingerprint}</code>"
    rule = report.rules.get(finding.rule_id)
    if rule is not None and rule.references:
        yield "References", "<br>".join(f"<code>{escape(printable(each))}</code>" for each in rule.references)
