"""Every reporter writes a complete and harmless report, whatever the repository contains."""

from __future__ import annotations

import io
import json
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core.findings import Commit, Confidence, Finding, Location, Position, Severity, redact
from beca_core.report import Coverage, Problem, Report, Skipped
from beca_core.reports import BUILTIN_FORMATS, choose_reporter

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
COUNTS = st.integers(1, 2**40)
POSITIONS = st.builds(Position, COUNTS, COUNTS)
DATES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    secret = draw(st.binary(min_size=1, max_size=300))
    return Finding(
        rule_id=draw(ANY_TEXT),
        location=Location(draw(ANY_TEXT), draw(POSITIONS), draw(POSITIONS), draw(st.none() | st.binary())),
        description=draw(ANY_TEXT),
        severity=draw(st.sampled_from(Severity)),
        confidence=draw(st.sampled_from(Confidence)),
        fingerprint="0f" * 32,
        redacted=redact(secret),
        secret=secret,
        in_head=draw(st.booleans()),
        commit=draw(st.none() | st.builds(Commit, st.just("0f" * 20), ANY_TEXT, DATES)),
        occurrences=draw(COUNTS),
        decodings=draw(st.lists(ANY_TEXT, max_size=2).map(tuple)),
    )


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


COVERAGES = st.builds(
    Coverage,
    commits=COUNTS,
    blobs=COUNTS,
    bytes=COUNTS,
    skipped=st.dictionaries(ANY_TEXT, COUNTS, max_size=3),
    problems=st.lists(st.builds(Problem, ANY_TEXT, ANY_TEXT, COUNTS), max_size=3).map(tuple),
)
REPORTS = st.builds(
    Report,
    scope=st.sampled_from(["history", "head", "files", "text"]),
    findings=st.lists(findings(), max_size=5).map(tuple),
    coverage=COVERAGES,
    ruleset=st.dictionaries(ANY_TEXT, COUNTS, max_size=3),
    skipped=st.lists(st.builds(Skipped, ANY_TEXT, ANY_TEXT), max_size=3).map(tuple),
)


def written(name: str, report: Report, redact: bool, verbose: bool = False) -> str:
    stream = io.StringIO()
    choose_reporter(name, {}, verbose=verbose).write(report, stream, redact=redact)
    return stream.getvalue()


def spelled_out(document: object) -> object:
    """Return a document with lone surrogates escaped as in BECA's JSON."""
    match document:
        case str():
            return document.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {spelled_out(key): spelled_out(value) for key, value in document.items()}
        case list():
            return [spelled_out(item) for item in document]
    return document


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILTIN_FORMATS)
@given(report=REPORTS, redact=st.booleans(), verbose=st.booleans())
@settings(deadline=None)
def test_no_report_can_move_the_cursor_or_break_an_encoding(
    name: str, report: Report, redact: bool, verbose: bool
) -> None:
    text = written(name, report, redact, verbose)
    text.encode()
    assert {unicodedata.category(char) for char in text} & {"Cc", "Cf", "Cs", "Zl", "Zp"} <= {"Cc"}
    assert not {char for char in text if unicodedata.category(char) == "Cc"} - {"\n"}
    assert text.endswith("\n")


@given(report=REPORTS, redact=st.booleans())
@settings(deadline=None)
def test_a_table_with_line_breaks_is_harmless_too(report: Report, redact: bool) -> None:
    stream = Terminal()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TERM", "dumb")
        environment.setenv("COLUMNS", "30")
        choose_reporter("table", {}).write(report, stream, redact=redact)
    assert all(line.isprintable() for line in stream.getvalue().split("\n"))


@given(report=REPORTS, redact=st.booleans())
@settings(deadline=None)
def test_json_can_be_read_back(report: Report, redact: bool) -> None:
    document = json.loads(written("json", report, redact))
    assert document["findings"] == [spelled_out(each.to_dict(redact=redact)) for each in report.findings]
    assert document["coverage"] == spelled_out(report.coverage.to_dict())
    assert document["ruleset"] == spelled_out(dict(report.ruleset))


@given(report=REPORTS, redact=st.booleans())
@settings(deadline=None)
def test_json_lines_can_be_read_back(report: Report, redact: bool) -> None:
    *events, coverage, done = map(json.loads, written("jsonl", report, redact).splitlines())
    assert [each["finding"] for each in events] == [
        spelled_out(each.to_dict(redact=redact)) for each in report.findings
    ]
    assert coverage["coverage"] == spelled_out(report.coverage.to_dict())
    assert done["findings"] == len(report.findings)


@given(report=REPORTS)
@settings(deadline=None)
def test_the_table_calls_only_a_clean_scan_clean(report: Report) -> None:
    text = written("table", report, redact=True)
    assert ("INCOMPLETE" in text) or report.coverage.complete
    if not report.findings:
        assert ("everything was read" in text) == report.coverage.read_everything
