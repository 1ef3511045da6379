"""Findings that do not decide the exit code are counts in the table, and rows where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from beca_core import __version__
from beca_core.findings import Change, Confidence, Position
from beca_core.report import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.findings import Finding
    from beca_core.report import Report


def test_findings_that_do_not_decide_are_a_line_for_each_rule(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    unsure = [
        finding("rule-b", path=f"unsure{number % 3}", confidence=Confidence.LOW, begin=Position(number + 1, 1))
        for number in range(1200)
    ]
    unsure.append(finding("rule-a\x1b", path="other", confidence=Confidence.LOW, change=Change.NEW))
    found = report(*unsure, finding("rule-b", path="sure"))
    lines = write("table", found).splitlines()
    assert sum(":" in line and "unsure" in line for line in lines) == 0
    begin = lines.index("Below MEDIUM confidence, so not listed, and without effect on the exit code:")
    assert lines[begin + 1 :] == [
        r"  rule-a\x1b      1  in 1 file, 1 new",
        "  rule-b      1,200  in 3 files",
        "  --min-confidence low lists them, and lets them decide the exit code.",
        "",
        "Not a secret, or accepted? Write `beca:allow RULE reason` in its line, or update the baseline.",
        "1 finding in 1 file; read 3 commits, 20 blobs, 1.5 MB.",
    ]


def test_findings_that_do_not_decide_are_listed_where_they_are_asked_for(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(finding(confidence=Confidence.LOW), decides_from=Confidence.LOW)
    text = write("table", found)
    assert "config/app.env:12:5" in text
    assert "Below" not in text
    assert "1 finding in 1 file" in text


@pytest.mark.parametrize(
    ("coverage", "ending"),
    [
        (Coverage(blobs=1), "; everything was read. (0 commits, 1 blob, 0 bytes)"),
        (Coverage(omitted={"submodule": 1}), " in what was read; read 0 commits, 0 blobs, 0 bytes."),
        (Coverage(skipped={"missing": 1}), " in what was read; read 0 commits, 0 blobs, 0 bytes."),
    ],
)
def test_a_scan_with_nothing_but_these_is_not_shown_as_a_clean_one(
    coverage: Coverage,
    ending: str,
    finding: Callable[..., Finding],
    report: Callable[..., Report],
    write: Callable[..., str],
) -> None:
    text = write("table", report(finding(confidence=Confidence.LOW), coverage=coverage))
    assert f"No findings of MEDIUM confidence or higher by 1 rule of BECA {__version__}{ending}\n" in text
    assert "No secrets found" not in text
