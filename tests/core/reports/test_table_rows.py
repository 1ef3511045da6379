"""What the table says about each finding: its source line, its file, its commit, and what is to be done."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from beca_core.findings import Position, Severity
from beca_core.rules.rule import RuleInfo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from beca_core.findings import Finding
    from beca_core.report import Report


def with_line(report: Report, before: str, after: str) -> Report:
    return replace(report, lines={(each.location, each.fingerprint): (before, after) for each in report.findings})


def rows(text: str) -> list[str]:
    return text.splitlines()[2:]


def test_the_source_line_has_the_secret_masked_and_marked(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = with_line(report(finding(commit=None)), '\t\tkey\t= "', '"  # äß\x1b\n')
    assert rows(write("table", found))[1:3] == [
        r'    key = "pri...(15)"  # äß\x1b\n',
        "           ^^^^^^^^^^",
    ]
    assert "private_key = 0" not in write("table", found)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_source_line_fits_the_terminal(
    width: int,
    finding: Callable[..., Finding],
    report: Callable[..., Report],
    write: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    found = with_line(report(finding(commit=None)), "x" * 1000 + "=", "y" * 1000)
    source, marks = rows(write("table", found, terminal=True))[1:3]
    assert len(source) <= max(width, 4 + 40 + 10)
    assert source.startswith("    ...xxx")
    assert source.index("pri...(15)") == marks.index("^") == 44
    assert source.endswith("...") is (width > 54)


def test_a_path_is_shown_from_the_working_directory_and_leads_to_its_file(
    finding: Callable[..., Finding],
    report: Callable[..., Report],
    write: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "a b" / "x").touch()
    monkeypatch.chdir(tmp_path / "here")
    found = report(finding(path="x"), finding(path="gone"), finding(path="y", in_head=False))
    base = str(tmp_path / "a b")
    plain = write("table", found, base=base)
    assert [line.split(":12:5")[0].strip() for line in rows(plain) if ":12:5" in line] == ["gone", "../a b/x", "y"]
    link = f"\x1b]8;;file://{tmp_path}/a%20b/x\x1b\\../a b/x:12:5\x1b]8;;\x1b\\"
    shown = write("table", found, base=base, terminal=True)
    assert link in shown
    assert shown.count("file://") == 1
    assert "\x1b" not in plain
    assert "  x:12:5" in write("table", found)


def test_a_hostile_path_makes_no_control_sequence(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str], tmp_path: Path
) -> None:
    name = "a\x1b]8;;http:bad\x1b\\\u202eb"
    (tmp_path / os.fsencode(name).decode()).touch()
    shown = write("table", report(finding(path=name)), base=str(tmp_path), terminal=True)
    assert "\x1b]8;;http" not in shown
    assert "\u202e" not in shown


def test_the_findings_of_one_commit_are_below_it(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    first, other = finding(path="c").commit, replace(finding().commit, id="f" * 40)
    found = report(finding(path="a", commit=first), finding(path="b", commit=other), finding(path="c", commit=first))
    lines = [" ".join(line.split()[:3]) for line in rows(write("table", found))]
    assert lines[:5] == [
        "1a2b3c4d5e 2026-01-31 Ada",
        "a:12:5 MEDIUM pri...(15)",
        "c:12:5 MEDIUM pri...(15)",
        "b:12:5 MEDIUM pri...(15)",
        "ffffffffff 2026-01-31 Ada",
    ]
    assert "Ada <ada@example.org>: 2 findings" in write("table", found)


def test_each_rule_says_what_is_to_be_done(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    one = finding("rule-a")
    rule = RuleInfo(
        id="rule-a",
        version=1,
        description="x",
        severity=Severity.HIGH,
        confidence=one.confidence,
        remediation="Do this\x1b.",
    )
    text = write("table", report(one, finding("rule-b"), rules={"rule-a": rule}))
    assert "\n  Do this\\x1b.\n" in text
    assert "\n  Revoke the secret where it was issued, then remove it here.\n" in text
    assert text.count("beca:allow RULE reason") == 1
    assert "beca:allow" not in write("table", report())


def test_counts_by_severity_and_rule(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(
        finding("rule-a"),
        finding("rule-a", begin=Position(2, 1)),
        finding("rule-b"),
        finding("rule-c", severity=Severity.LOW),
    )
    assert write("table", found).splitlines()[-2:] == [
        "  HIGH 3 findings: 2 rule-a, 1 rule-b",
        "  LOW 1 finding: 1 rule-c",
    ]
