from __future__ import annotations

import json
from typing import TYPE_CHECKING

from beca_core import __version__
from beca_core.findings import Change
from beca_core.report import ChangeCounts, Coverage, Problem, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.findings import Finding
    from beca_core.report import Report


def test_the_document_has_the_documented_shape(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(finding(), finding(path="b.env"))
    document = json.loads(write("json", found))
    assert document == {
        "version": 1,
        "beca": {"version": __version__},
        "scope": "history",
        "findings": [each.to_dict() for each in found.findings],
        "coverage": found.coverage.to_dict(),
        "ruleset": {"secret-key": 1},
    }


def test_a_report_without_findings_is_valid_too(report: Callable[..., Report], write: Callable[..., str]) -> None:
    document = json.loads(write("json", report()))
    assert document["findings"] == []
    assert document["coverage"]["complete"] is True


def test_each_finding_is_a_line(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    lines = write("json", report(finding(path="a"), finding(path="b"))).splitlines()
    assert len(lines) == 4
    assert json.loads(lines[1].removesuffix(","))["location"]["path"] == "a"
    assert json.loads(lines[2])["location"]["path"] == "b"


def test_secrets_are_left_out_unless_asked_for(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(finding(secret=b"private_key_of_ours"))
    assert "key_of_ours" not in write("json", found)
    assert json.loads(write("json", found, redact=False))["findings"][0]["secret"] == "private_key_of_ours"


def test_the_coverage_of_an_incomplete_scan(report: Callable[..., Report], write: Callable[..., str]) -> None:
    coverage = Coverage(blobs=1, skipped={"too-large": 2}, problems=(Problem("acme", "raised ValueError", 3),))
    document = json.loads(write("json", report(coverage=coverage)))
    assert document["coverage"]["complete"] is False
    assert document["coverage"]["skipped"] == {"too-large": 2}
    assert document["coverage"]["problems"] == [{"plugin": "acme", "message": "raised ValueError", "count": 3}]


def test_skipped_objects_are_listed_only_with_verbose(report: Callable[..., Report], write: Callable[..., str]) -> None:
    found = report(
        coverage=Coverage(skipped={"too-large": 2, "missing": 1}),
        skipped=(Skipped("b\x1b", "too-large"), Skipped("a", "too-large"), Skipped("c", "missing")),
        omitted=(Skipped("d", "submodule"),),
        accepted=(Skipped("e", "encrypted"),),
    )
    assert "skippedObjects" not in json.loads(write("json", found))["coverage"]
    assert json.loads(write("json", found, verbose=True))["coverage"] == {
        **found.coverage.to_dict(),
        "skippedObjects": [
            {"id": "c", "reason": "missing"},
            {"id": "a", "reason": "too-large"},
            {"id": "b\x1b", "reason": "too-large"},
        ],
        "omittedObjects": [{"id": "d", "reason": "submodule"}],
        "acceptedObjects": [{"id": "e", "reason": "encrypted"}],
    }


def test_changes_are_reported_after_an_earlier_scan(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(finding(change=Change.NEW), finding(path="b"), changes=ChangeCounts(new=1, carried=2, gone=3))
    document = json.loads(write("json", found))
    assert document["changes"] == {"new": 1, "carried": 2, "gone": 3}
    assert [each.get("change") for each in document["findings"]] == ["new", None]
    events = [json.loads(line) for line in write("jsonl", found).splitlines()]
    assert [event["changes"] for event in events if event["type"] == "coverage"] == [document["changes"]]
