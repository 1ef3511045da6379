from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from beca_core import __version__
from beca_core.report import Skipped, Suppressed
from beca_core.reports.json_lines import EventStream
from beca_core.rules.candidate import Step
from beca_core.sources.progress import Phase, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.findings import Finding
    from beca_core.report import Report


def events_of(text: str) -> list[dict[str, Any]]:
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_a_report_is_findings_then_coverage_then_done(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(finding(path="a"), finding(path="b"))
    first, second, coverage, done = events_of(write("jsonl", found))
    assert first == {"version": 1, "type": "finding", "finding": found.findings[0].to_dict()}
    assert second["finding"]["location"]["path"] == "b"
    assert coverage == {
        "version": 1,
        "beca": {"version": __version__},
        "type": "coverage",
        "scope": "history",
        "coverage": found.coverage.to_dict(),
        "ruleset": {"secret-key": 1},
    }
    assert done == {"version": 1, "type": "done", "findings": 2}


def test_an_empty_report_still_ends_with_done(report: Callable[..., Report], write: Callable[..., str]) -> None:
    assert [event["type"] for event in events_of(write("jsonl", report()))] == ["coverage", "done"]


def test_a_progress_event_has_the_counts_and_is_flushed() -> None:
    flushed: list[str] = []

    class Recording(io.StringIO):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    progress = Progress(bytes=3, expected=9, phase=Phase.FETCHING, handled=2)
    EventStream(Recording(), redact=True).progress(progress)
    assert events_of(flushed[0]) == [{"version": 1, "type": "progress", **progress.to_dict()}]


def test_skipped_events_are_written_only_with_verbose(report: Callable[..., Report]) -> None:
    found = report(skipped=(Skipped("b\x1b", "too-large"), Skipped("a", "too-large"), Skipped("c", "missing")))
    skipped_events = {}
    for verbose in (False, True):
        stream = io.StringIO()
        EventStream(stream, redact=True, verbose=verbose).report(found)
        *skipped_events[verbose], coverage, done = events_of(stream.getvalue())
        assert (coverage["type"], done["type"]) == ("coverage", "done")
    assert skipped_events[False] == []
    assert skipped_events[True] == [
        {"version": 1, "type": "skipped", "id": "c", "reason": "missing"},
        {"version": 1, "type": "skipped", "id": "a", "reason": "too-large"},
        {"version": 1, "type": "skipped", "id": "b\x1b", "reason": "too-large"},
    ]


def test_a_failure_ends_the_stream() -> None:
    stream = io.StringIO()
    EventStream(stream, redact=True).failed("fetch-failed", "git could not fetch it.")
    assert events_of(stream.getvalue()) == [
        {"version": 1, "type": "failed", "code": "fetch-failed", "message": "git could not fetch it."}
    ]


def test_secrets_are_left_out_unless_asked_for(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    found = report(finding(secret=b"private_key_of_ours"))
    assert "key_of_ours" not in write("jsonl", found)
    assert events_of(write("jsonl", found, redact=False))[0]["finding"]["secret"] == "private_key_of_ours"


def test_what_is_allowed_is_an_event_of_its_own(
    finding: Callable[..., Finding], report: Callable[..., Report], write: Callable[..., str]
) -> None:
    item = Suppressed(finding(), Step.BASELINE, "base", "it is known")
    first, *_ = events_of(write("jsonl", report(allowed=(item,))))
    assert first == {"version": 1, "type": "allowed", **item.to_dict()}
