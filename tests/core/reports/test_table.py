from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from beca_core import __version__
from beca_core.findings import Change, Confidence, FindingPart, Position, Presence, Severity, SupersededRule
from beca_core.report import OMISSIONS, REASONS, ChangeCounts, Coverage, Problem, Skipped
from beca_core.reports import choose_reporter

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.findings import Finding
    from beca_core.report import Report

NOTHING = f"No secrets found by 1 rule of BECA {__version__}"


def test_a_finding_has_place_confidence_preview_and_commit(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    text = write("table", report(finding(occurrences=41, in_head=False, presence=Presence.REMOVED)))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[0] == "HIGH secret-key Name of a key"
    assert lines[1] == "Place Confidence Secret"
    assert lines[2] == "config/app.env:12:5 MEDIUM pri...(15)"
    assert lines[3] == "1a2b3c4d5e 2026-01-31 Ada <ada@example.org>"
    assert lines[4] == "in 41 versions, removed from HEAD"
    assert lines[-1] == "1 finding in 1 file; read 3 commits, 20 blobs, 1.5 MB."


def test_the_stream_is_flushed(report: Callable[..., Report]) -> None:
    flushed: list[str] = []

    class Recording(io.StringIO):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    stream = Recording()
    choose_reporter("table", {}).write(report(), stream, redact=True)
    assert flushed[-1] == stream.getvalue() != ""


def test_the_worst_comes_first_and_each_rule_has_one_table(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    text = write(
        "table",
        report(
            finding("rule-b", severity=Severity.LOW),
            finding("rule-a", path="unsure", confidence=Confidence.MEDIUM),
            finding("rule-c", severity=Severity.CRITICAL),
            finding("rule-a", path="sure", confidence=Confidence.HIGH),
            finding("rule-a", path="sure", confidence=Confidence.HIGH, begin=Position(2, 1)),
        ),
    )
    wanted = ["rule-c", "rule-a", "sure:2:1", "sure:12:5", "unsure:12:5", "rule-b"]
    assert sorted(wanted, key=text.index) == wanted
    assert text.count("  rule-a  ") == 1
    assert "5 findings in 3 files" in text


def test_outside_git_no_commits_are_mentioned(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    lines = write("table", report(finding(commit=None), scope="files")).splitlines()
    assert [line.split()[0] for line in lines[:4] if line.split()] == ["HIGH", "Place", "config/app.env:12:5", "Revoke"]


def test_a_clean_scan_says_that_everything_was_read(report: Callable[..., Report], write: Callable[..., str]) -> None:
    text = write("table", report())
    assert (
        text
        == f"No secrets found by 1 rule of BECA {__version__}; everything was read. (3 commits, 20 blobs, 1.5 MB)\n"
    )


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


def test_one_line_counts_what_was_skipped(report: Callable[..., Report], write: Callable[..., str]) -> None:
    found = report(coverage=Coverage(skipped={"too-large": 1200, "encrypted": 1, "scan\x1b": 3}))
    line = r"Skipped: 1 encrypted, 3 scan\x1b, 1,200 too large"
    assert f"{line} (--verbose lists them).\n" in write("table", found)
    assert f"{line}.\n" in write("table", found, verbose=True)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_words_and_a_remedy(
    reason: str, report: Callable[..., Report], write: Callable[..., str]
) -> None:
    lines = write("table", report(coverage=Coverage(skipped={reason: 1}))).splitlines()
    assert any(line.startswith("Skipped: 1 ") and "-" not in line.partition(" (")[0] for line in lines)
    assert any(line.startswith(f"  {reason}: ") for line in lines)


def test_a_scan_with_omissions_never_says_that_everything_was_read(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(coverage=Coverage(omitted={"lfs-object": 1200, "submodule": 1}))
    text = write("table", found)
    assert text.splitlines()[:2] == [
        f"{NOTHING} in what was read; read 0 commits, 0 blobs, 0 bytes.",
        "Not read: 1,200 LFS objects, 1 submodule.",
    ]
    assert "INCOMPLETE" not in text
    assert (found.exit_code, found.coverage.complete, found.coverage.read_everything) == (0, True, False)
    assert "Not read: 1 submodule." in write("table", report(finding(), coverage=Coverage(omitted={"submodule": 1})))


@pytest.mark.parametrize("kind", OMISSIONS)
def test_every_omission_has_words_a_hint_and_names(
    kind: str, report: Callable[..., Report], write: Callable[..., str]
) -> None:
    omitted = tuple(Skipped(f"libs\x1b/{number}", kind) for number in range(5))
    lines = write("table", report(coverage=Coverage(omitted={kind: 5}), omitted=omitted)).splitlines()
    assert lines[1].startswith("Not read: 5 ")
    assert "-" not in lines[1]
    assert lines[2].startswith(f"  {kind}: ")
    assert lines[2].endswith(r"(libs\x1b/0, libs\x1b/1, libs\x1b/2, 2 more)")


def test_a_scan_of_head_names_the_history_in_one_line(report: Callable[..., Report], write: Callable[..., str]) -> None:
    omitted = (Skipped("/here", "history"), Skipped("lib", "submodule"))
    coverage = Coverage(omitted={"history": 1, "submodule": 1})
    assert write("table", report(scope="head", coverage=coverage, omitted=omitted)).splitlines()[1:] == [
        "Not read: the history (--scope history reads it), 1 submodule.",
        "  submodule: fetch it with `git submodule update --init --recursive` (lib)",
    ]


def test_an_omission_of_an_unknown_kind_is_named(report: Callable[..., Report], write: Callable[..., str]) -> None:
    text = write("table", report(coverage=Coverage(omitted={"of-a-new-kind": 2})))
    assert "Not read: 2 of-a-new-kind.\n  of-a-new-kind: left out\n" in text


def test_what_was_accepted_is_counted(report: Callable[..., Report], write: Callable[..., str]) -> None:
    text = write("table", report(coverage=Coverage(accepted={"encrypted": 2, "too-large": 1})))
    assert "everything was read" not in text
    assert "Accepted as unreadable: 2 encrypted, 1 too large.\n" in text


def test_a_finding_in_an_archive_and_in_encoded_text(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = finding(path="lib/app.jar!config/app.env", decodings=("base64", "hex"), occurrences=2)
    text = " ".join(write("table", report(found)).split())
    assert "lib/app.jar!config/app.env:12:5" in text
    assert "seen through base64 and hex, in 2 versions" in text
    assert "seen through" not in write("table", report(finding()))


def test_secrets_are_previews_by_default(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(finding(secret=b"private_key\x1b_of\xff_ours"))
    assert "_ours" not in write("table", found)
    assert "private_key\\x1b_of\\xff_ours" in write("table", found, redact=False)


@pytest.mark.parametrize("terminal", [False, True])
def test_a_long_path_is_not_cut_and_does_not_move_other_rows(
    terminal: bool, finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    path = "/".join(f"a directory{number}" for number in range(40))
    found = report(finding(path=path, secret=b"s s" * 99), finding(path="z"), finding(path="日本語"))
    lines = write("table", found, redact=False, terminal=terminal).splitlines()
    assert f"  {path}:12:5  MEDIUM      {'s s' * 99}" in lines
    assert "  z:12:5       MEDIUM      private_key = 0" in lines
    assert "  日本語:12:5  MEDIUM      private_key = 0" in lines


@pytest.mark.parametrize(
    ("scope", "read"),
    [
        ("history", "3 commits, 2 blobs, 9 bytes"),
        ("head", "2 blobs, 9 bytes"),
        ("files", "2 files, 9 bytes"),
        ("text", "2 texts, 9 bytes"),
    ],
)
def test_the_summary_counts_in_the_words_of_the_scope(
    report: Callable[..., Report], write: Callable[..., str], scope: str, read: str
) -> None:
    found = replace(report(coverage=Coverage(commits=3, blobs=2, bytes=9)), scope=scope)
    assert write("table", found).splitlines()[-1] == f"{NOTHING}; everything was read. ({read})"


def test_in_a_pipe_no_line_is_broken_and_none_ends_with_a_blank(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    problem = Problem("acme", "raised ValueError " * 9)
    coverage = Coverage(
        commits=10**12, blobs=10**12, bytes=10**12, skipped=dict.fromkeys(REASONS, 9), problems=(problem,)
    )
    text = write("table", report(finding(description="word " * 30 + "end"), coverage=coverage))
    lines = text.splitlines()
    assert [line.rstrip() for line in lines] == lines
    assert lines[0] == f"HIGH  secret-key  {'word ' * 30}end"
    assert "1 finding in 1 file; read 1,000,000,000,000 commits, 1,000,000,000,000 blobs, 1.0 TB." in lines
    assert f"  plugin acme, {problem.message}: repair it, or leave it out with --disable-plugin" in lines
    assert max(map(len, write("table", report(coverage=coverage), terminal=True).splitlines())) <= 80


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (168_800_000, "168.8 MB"),
        (2 * 10**12, "2.0 TB"),
        (1234 * 10**15, "1,234.0 PB"),
    ],
)
def test_sizes_are_shown_in_a_suitable_unit(
    size: int, shown: str, report: Callable[..., Report], write: Callable[..., str]
) -> None:
    assert f", {shown})\n" in write("table", report(coverage=Coverage(bytes=size)))


def test_only_terminals_that_want_colour_get_it(
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


def test_markup_and_emoji_codes_in_paths_are_plain_text(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    assert "[bold]a[/] :key: https" in write("table", report(finding(path="[bold]a[/] :key: https")))


def test_paths_that_differ_only_in_invalid_bytes_are_different_files(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    plain = finding(path="\\xff")
    raw = finding(path="\\xff", location=replace(plain.location, raw_path=b"\xff"))
    assert "2 findings in 2 files" in write("table", report(plain, raw))


def test_the_changes_since_an_earlier_scan_are_shown(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(
        finding(change=Change.NEW),
        finding(path="b", change=Change.CARRIED),
        changes=ChangeCounts(new=1, carried=1, gone=1200),
    )
    text = write("table", found)
    assert "Since the scan before: 1 new, 1 as before, 1,200 gone from HEAD." in text
    assert [line.strip() for line in text.splitlines()].count("new") == 1
    assert "gone" not in write("table", report(changes=ChangeCounts(carried=2)))
    assert "by this scan or before" in write("table", report(changes=ChangeCounts()))
    assert "Since" not in write("table", report(finding()))


def test_a_report_says_what_filters_removed(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    removed = Coverage(commits=3, blobs=20, bytes=1_500_000, filtered={"b\x1b": 1, "acme": 1200})
    lines = write("table", report(finding(), coverage=removed)).splitlines()
    assert lines[-3:] == [
        "1 finding in 1 file; read 3 commits, 20 blobs, 1.5 MB.",
        "1,200 findings removed by filters of plugin acme.",
        "1 finding removed by filters of plugin b\\x1b.",
    ]


@pytest.mark.parametrize("skipped", [{}, {"timeout": 1}])
def test_a_report_from_which_filters_removed_everything_does_not_say_that_nothing_was_found(
    skipped: dict[str, int], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    text = write("table", report(coverage=Coverage(filtered={"acme": 3}, skipped=skipped)))
    assert "No findings by 1 rule" in text
    assert "No secrets found" not in text
    assert "3 findings removed by filters of plugin acme." in text
    assert ("INCOMPLETE" in text) is bool(skipped)


def test_what_goes_with_a_secret_is_shown(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(
        finding(
            variant="test",
            parts=(
                FindingPart("key-id", Position(3, 4), Position(3, 9), "AC\x1b", public=True),
                FindingPart("user", Position(5, 6), Position(5, 9), "...(3)", clear="joe"),
            ),
            attributes=(("region", "eu\x1b"),),
            superseded=(
                SupersededRule("word", "0" * 64),
                SupersededRule("generic", "0" * 64),
                SupersededRule("word", "1" * 64, partial=True),
            ),
        )
    )
    assert "user: joe at 5:6" in write("table", found, redact=False)
    notes = [line.strip() for line in write("table", found).splitlines()]
    for note in (
        "variant test",
        "key-id: AC\\x1b at 3:4",
        "user: ...(3) at 5:6",
        "region: eu\\x1b",
        "also found by generic, word",
    ):
        assert note in notes


def test_variants_of_a_rule_have_headings_of_their_own(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    variants = (Severity.HIGH, "A live key"), (Severity.LOW, "A test key"), (Severity.LOW, "Another key")
    found = report(*(finding(severity=severity, description=text) for severity, text in (*variants, *variants)))
    headings = [line for line in write("table", found).splitlines() if "  secret-key  " in line]
    assert headings == [f"{severity.value}  secret-key  {text}" for severity, text in variants]


def test_what_a_path_says_is_a_note(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    text = write("table", report(finding(labels=("test", "documentation"))))
    assert "    path: test, documentation\n" in text
    text = write("table", report(finding(labels=("test",), lowered_from=Confidence.HIGH)))
    assert "    path: test; without that, the confidence would be HIGH\n" in text
