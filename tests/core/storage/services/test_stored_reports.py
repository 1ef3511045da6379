"""A stored result as a report: what the output formats write of it is what they would have written after the scan."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from beca_core import write
from beca_core.errors import InvalidInput, NotFound
from beca_core.findings import (
    Change,
    Commit,
    Confidence,
    Finding,
    FindingPart,
    Location,
    NameKind,
    Position,
    Presence,
    Severity,
    SupersededRule,
)
from beca_core.report import Coverage, Problem

if TYPE_CHECKING:
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.storage.services.results import ResultService
    from beca_core.storage.services.transitions import Claim

PLAIN = Finding(
    rule_id="plain",
    location=Location("a.env", Position(1, 1), Position(1, 9)),
    description="A word",
    severity=Severity.LOW,
    confidence=Confidence.HIGH,
    fingerprint="0" * 64,
    redacted="wo...(8)",
    secret=b"",
)
FULL = Finding(
    rule_id="full",
    location=Location("b\\xff", Position(2, 3), Position(4, 5), b"b\xff"),
    description="A key of the test",
    severity=Severity.CRITICAL,
    confidence=Confidence.MEDIUM,
    fingerprint="1" * 64,
    redacted="ke...(9)",
    secret=b"",
    in_head=False,
    commit=Commit("ab" * 20, "Ann <ann@example.org>", datetime(2026, 1, 31, 10, tzinfo=UTC)),
    occurrences=7,
    decodings=("base64", "hex"),
    presence=Presence.REMOVED,
    truncated=True,
    variant="test",
    provider="ACME",
    category="cloud",
    tags=("a", "b"),
    parts=(
        FindingPart("id", Position(1, 2), Position(1, 4), "id-1", public=True),
        FindingPart("other", Position(3, 1), Position(3, 2), "ot...(8)"),
    ),
    attributes=(("region", "eu"),),
    superseded=(SupersededRule("generic", "2" * 64), SupersededRule("half", "3" * 64, partial=True)),
    labels=("test",),
    lowered_from=Confidence.HIGH,
    name_of=NameKind.REF,
)
COVERAGE = Coverage(
    commits=1, blobs=2, bytes=3, skipped={"missing": 1}, problems=(Problem("acme", "raised", 2),), suppressed={"x": 4}
)


@pytest.fixture
def scanned(queue: ScanQueue, claim: Claim) -> int:
    """A result with both findings."""
    found = [PLAIN.to_dict(), FULL.to_dict()]
    assert queue.finish(claim, found, COVERAGE.to_dict(), {"plain": 1, "full": 2})
    return claim.result_id


def test_a_finding_is_as_it_was_before_it_was_stored(results: ResultService, scanned: int) -> None:
    (report,) = results.report(scanned, {}).items
    assert report.findings == (PLAIN, FULL)
    assert report.coverage == COVERAGE
    assert (report.scope, report.ruleset) == ("history", {"plain": 1, "full": 2})
    assert (report.started, report.finished) != (None, None)


def test_a_page_of_it_has_the_findings_that_were_asked_for(results: ResultService, scanned: int) -> None:
    first = results.report(scanned, {}, limit=1)
    assert first.items[0].findings == (PLAIN,)
    second = results.report(scanned, {}, limit=1, after=first.next)
    assert (second.items[0].findings, second.next) == ((FULL,), None)
    assert results.report(scanned, {}, severity="CRITICAL").items[0].findings == (FULL,)
    assert results.report(scanned, {}, rule_id="none").items[0].findings == ()


def test_the_changes_of_findings_are_kept(
    queue: ScanQueue, results: ResultService, scanned: int, repository_id: int
) -> None:
    again = queue.claim(results.queue(repository_id).id, "w")
    assert again is not None
    assert queue.finish(again, [PLAIN.to_dict()], COVERAGE.to_dict(), {"plain": 1})
    (report,) = results.report(again.result_id, {}).items
    assert [finding.change for finding in report.findings] == [Change.CARRIED]


def test_a_result_without_a_report_has_no_findings(results: ResultService, result_id: int) -> None:
    (report,) = results.report(result_id, {}).items
    assert (report.findings, report.ruleset, report.coverage) == ((), {}, Coverage())


def test_wrong_arguments_are_refused_as_for_findings(results: ResultService, scanned: int) -> None:
    with pytest.raises(NotFound):
        results.report(999_999, {})
    with pytest.raises(InvalidInput):
        results.report(scanned, {}, limit=0)


@pytest.mark.parametrize("form", ["sarif", "json", "csv", "markdown"])
def test_every_format_can_write_it(results: ResultService, scanned: int, form: str) -> None:
    stream = io.StringIO()
    write(results.report(scanned, {}).items[0], form, stream)
    assert all(rule_id in stream.getvalue() for rule_id in ("plain", "full"))


def test_a_sarif_log_has_both_findings(results: ResultService, scanned: int) -> None:
    stream = io.StringIO()
    write(results.report(scanned, {}).items[0], "sarif", stream)
    log: dict[str, Any] = json.loads(stream.getvalue())
    (run,) = log["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["plain", "full"]
    assert run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "b%FF"
    assert run["invocations"][0]["executionSuccessful"] is False
