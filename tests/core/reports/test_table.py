from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from beca_core.findings import Change, Confidence, Position, Severity
from beca_core.report import REASONS, Changes, Coverage, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.findings import Finding
    from beca_core.report import Report


def test_a_finding_shows_what_a_person_wants_to_know(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    text = write("table", report(finding(occurrences=41, in_head=False)))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "HIGH secret-key Name of a key"
    assert lines[2] == "config/app.env:12:5 pri...(15) LOW"
    assert lines[3] == "1a2b3c4d5e 2026-01-31 Ada <ada@example.org>"
    assert lines[4] == "in 41 versions, no longer at HEAD"
    assert lines[-1] == "1 finding in 1 file; read 3 commits, 20 blobs, 1.5 MB."


def test_the_worst_comes_first_and_each_rule_once(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    text = write(
        "table",
        report(
            finding("rule-b", severity=Severity.LOW),
            finding("rule-a", path="unsure", confidence=Confidence.LOW),
            finding("rule-c", severity=Severity.CRITICAL),
            finding("rule-a", path="sure", confidence=Confidence.HIGH),
            finding("rule-a", path="sure", confidence=Confidence.HIGH, begin=Position(2, 1)),
        ),
    )
    wanted = ["rule-c", "rule-a", "sure:2:1", "sure:12:5", "unsure:12:5", "rule-b"]
    assert sorted(wanted, key=text.index) == wanted
    assert text.count("rule-a") == 1
    assert "5 findings in 3 files" in text


def test_outside_git_nothing_is_said_of_commits(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    lines = write("table", report(finding(commit=None), scope="files")).splitlines()
    assert [line.split()[0] for line in lines[:4] if line.split()] == ["HIGH", "Place", "config/app.env:12:5"]


def test_a_clean_scan_says_that_everything_was_read(report: Callable[..., Report], write: Callable[..., str]) -> None:
    text = write("table", report())
    assert text == "No secrets found; everything was read. (read 3 commits, 20 blobs, 1.5 MB)\n"


@pytest.mark.parametrize(
    ("coverage", "reason"),
    [
        (Coverage(skipped={"too-large": 1200}), "too-large: raise --max-blob-size"),
        (Coverage(skipped={"shallow": 1}), "shallow: fetch the older history with `git fetch --unshallow`"),
        (Coverage(skipped={"of-a-new-kind": 2}), "Skipped: 2 of-a-new-kind (--verbose lists them)."),
        (Coverage(problems=(Problem("acme", "broke", 7),)), "plugin acme, broke (7 times): repair it, or"),
    ],
)
@pytest.mark.parametrize("with_finding", [False, True])
def test_an_incomplete_scan_is_never_shown_as_a_clean_one(
    coverage: Coverage,
    reason: str,
    with_finding: bool,
    finding: Callable[..., Finding],
    report: Callable[..., Report],
    write: Callable[..., str],
) -> None:
    text = write("table", report(*[finding()] * with_finding, coverage=coverage))
    assert "INCOMPLETE" in text
    assert reason in text
    assert "everything was read" not in text


def test_one_line_says_in_words_what_was_not_read(report: Callable[..., Report], write: Callable[..., str]) -> None:
    found = report(coverage=Coverage(skipped={"too-large": 1200, "encrypted": 1, "scan\x1b": 3}))
    line = r"Skipped: 1 encrypted, 3 scan\x1b, 1,200 too large"
    assert f"{line} (--verbose lists them).\n" in write("table", found)
    assert f"{line}.\n" in write("table", found, verbose=True)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_words_and_advice(
    reason: str, report: Callable[..., Report], write: Callable[..., str]
) -> None:
    lines = write("table", report(coverage=Coverage(skipped={reason: 1}))).splitlines()
    assert any(line.startswith("Skipped: 1 ") and "-" not in line.partition(" (")[0] for line in lines)
    assert any(line.startswith(f"  {reason}: ") for line in lines)


def test_a_finding_in_an_archive_and_behind_decodings_says_so(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = finding(path="lib/app.jar!config/app.env", decodings=("base64", "hex"), occurrences=2)
    text = " ".join(write("table", report(found)).split())
    assert "lib/app.jar!config/app.env:12:5" in text
    assert "seen through base64 and hex, in 2 versions" in text
    assert "seen through" not in write("table", report(finding()))


def test_secrets_are_previews_unless_asked_for(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(finding(secret=b"private_key\x1b_of\xff_ours"))
    assert "_ours" not in write("table", found)
    assert "private_key\\x1b_of\\xff_ours" in write("table", found, redact=False)


def test_a_long_path_folds_and_nothing_of_it_is_lost(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    path = "/".join(f"directory{number}" for number in range(40))
    text = write("table", report(finding(path=path, secret=b"s" * 300)), redact=False)
    assert max(map(len, text.splitlines())) <= 80
    place = "".join(line[2:].split(" ")[0] for line in text.splitlines() if line.startswith("  "))
    assert f"{path}:12:5" in place


def test_colour_is_for_terminals_that_want_it(
    finding: Callable[..., Finding],
    report: Callable[..., Report],
    write: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = report(finding())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in write("table", found)
    assert "\x1b[1;31mHIGH" in write("table", found, terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in write("table", found, terminal=True)


def test_markup_and_emoji_codes_in_paths_are_only_text(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    assert "[bold]a[/] :key: https" in write("table", report(finding(path="[bold]a[/] :key: https")))


def test_paths_that_differ_only_in_invalid_bytes_are_different_files(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    plain = finding(path="\\xff")
    raw = finding(path="\\xff", location=replace(plain.location, raw_path=b"\xff"))
    assert "2 findings in 2 files" in write("table", report(plain, raw))


def test_what_has_changed_since_an_earlier_scan(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(
        finding(change=Change.NEW),
        finding(path="b", change=Change.CARRIED),
        changes=Changes(new=1, carried=1, gone=1200),
    )
    text = write("table", found)
    assert "Since the scan before: 1 new, 1 as before, 1,200 gone from HEAD." in text
    assert [line.strip() for line in text.splitlines()].count("new") == 1
    assert "gone" not in write("table", report(changes=Changes(carried=2)))
    assert "by this scan or before" in write("table", report(changes=Changes()))
    assert "Since" not in write("table", report(finding()))
