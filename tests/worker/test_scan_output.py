"""Reading the event stream: whole or in pieces, well-formed or hostile."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_api.worker.scan_process import scan_output
from beca_api.worker.scan_process.events import BadOutput, DoneEvent, FailedEvent, UnknownEvent, parse_event
from beca_api.worker.scan_process.scan_output import Lines, ScanOutput
from beca_core import ChangeKind, Engine, Match, MatchPart, Part, Rule, RuleChange
from beca_core.findings import (
    MAX_SHOWN,
    Change,
    Commit,
    Confidence,
    Finding,
    FindingPart,
    Location,
    Position,
    Severity,
    SupersededRule,
)
from beca_core.report import ChangeCounts, Coverage, Problem, Report
from beca_core.reports.json_lines import EventStream
from beca_core.rules.rule import MAX_DESCRIPTION, MAX_RULE_ID, MAX_TAG, MAX_VERSION
from beca_core.sources.progress import Phase, Progress
from beca_core.storage.services.stored_findings import finding_values

FINDING: dict[str, Any] = {
    "type": "sast",
    "ruleId": "a-rule",
    "location": {"path": "a", "positions": {"begin": {"line": 1, "column": 1}, "end": {"line": 1, "column": 5}}},
    "metadata": {"description": "", "severity": "LOW", "confidence": "HIGH"},
    "fingerprint": "ab" * 32,
    "redacted": "",
    "inHead": False,
    "commit": None,
    "occurrences": 1,
}
COVERAGE = {
    "commits": 0,
    "blobs": 1,
    "bytes": 2,
    "unwalked": 0,
    "skipped": {},
    "omitted": {"submodule": 1},
    "accepted": {},
    "problems": [],
    "filtered": {},
    "unlisted": {},
    "costly": {},
    "suppressed": {},
    "complete": True,
}


def line(kind: str, **members: Any) -> bytes:
    return json.dumps({"version": 1, "type": kind, **members}).encode() + b"\n"


def coverage(**members: Any) -> bytes:
    return line("coverage", **{"scope": "head", "coverage": COVERAGE, "ruleset": {"a-rule": 1}, **members})


def read_stream(*parts: bytes) -> ScanOutput:
    output = ScanOutput(io.BytesIO())
    for part in parts:
        output.feed(part)
    return output


PROGRESS = {"phase": "reading", "objects": 7, "expected": 9, "commits": 1, "blobs": 2, "bytes": 3, "skipped": 4}

WHOLE = line("progress", **PROGRESS) + b"\n".join(
    [
        line("finding", finding=FINDING).strip(),
        line("finding", finding=FINDING),
        coverage().strip(),
        line("done", findings=2),
    ]
)


class TestWholeStreams:
    def test_all_events(self):
        output = read_stream(WHOLE)
        assert output.progress == PROGRESS
        assert list(output.findings()) == list(output.findings()) == [FINDING, FINDING]
        assert (output.spooled, output.coverage, output.ruleset) == (2, COVERAGE, {"a-rule": 1})
        assert isinstance(output.end, DoneEvent)

    @given(st.lists(st.integers(0, len(WHOLE)), max_size=20))
    def test_the_size_of_the_chunks_does_not_matter(self, cuts: list[int]):
        edges = [0, *sorted(cuts), len(WHOLE)]
        pieces = [WHOLE[begin:end] for begin, end in pairwise(edges)]
        output, whole = read_stream(*pieces), read_stream(WHOLE)
        assert (output.end, output.coverage, list(output.findings())) == (
            whole.end,
            whole.coverage,
            list(whole.findings()),
        )

    def test_the_output_of_the_command_line_is_read(self):
        commit = Commit("c" * 40, "A\0 <a@b>", datetime(2026, 1, 2, tzinfo=UTC))
        place = Location("caf\\xe9", Position(1, 2), Position(3, 4), raw_path=b"caf\xe9")
        finding = Finding(
            "a-rule", place, "About", Severity.CRITICAL, Confidence.LOW, "cd" * 32, "x...(20)", b"secret", commit=commit
        )
        finding = replace(finding, decodings=("base64", "unicode-escape"), change=Change.GONE)
        finding = replace(
            finding,
            variant="test",
            provider="ACME",
            category="cloud",
            tags=("a", "b"),
            parts=(
                FindingPart("key-id", Position(1, 2), Position(1, 3), "k", public=True),
                FindingPart("user", Position(1, 2), Position(1, 3), "...(1)"),
            ),
            attributes=(("region", "eu"),),
            superseded=(SupersededRule("b", "0" * 64), SupersededRule("c", "1" * 64, partial=True)),
            labels=("test", "example"),
            lowered_from=Confidence.MEDIUM,
        )
        coverage = Coverage(1, 2, 3, {"missing": 4, "unreadable": 1, "timeout": 8}, (Problem("bad", "it raised", 5),))
        coverage = replace(coverage, suppressed={"check": 3})
        report = Report("history", (finding,), coverage, {"a-rule": 7}, changes=ChangeCounts(new=1, carried=2, gone=3))
        report = replace(report, rule_changes=(RuleChange("b", ChangeKind.DISABLED, "builtin", "acme.toml"),))
        report = replace(report, former_ids={"a-former-rule": "a-rule"})
        progress = Progress(1, 2, 3, 4, 9, Phase.READING)
        written = io.StringIO()
        stream = EventStream(written, redact=False, verbose=True)
        stream.progress(progress)
        stream.report(report)
        output = read_stream(written.getvalue().encode())
        assert output.progress == progress.to_dict()
        assert list(output.findings()) == [finding.to_dict()]
        assert output.coverage == report.coverage.to_dict()
        assert output.ruleset == report.ruleset
        assert output.former_ids == {"a-former-rule": "a-rule"}
        assert output.rule_changes == [change.to_dict() for change in report.rule_changes]
        assert output.unread == 5
        assert isinstance(output.end, DoneEvent)

    def test_a_finding_may_have_the_fingerprint_of_the_key_before(self):
        finding = FINDING | {"formerFingerprint": "cd" * 32}
        assert list(read_stream(line("finding", finding=finding)).findings()) == [finding]

    def test_a_failure_ends_the_stream(self):
        output = read_stream(line("progress", **PROGRESS), line("failed", code="x", message="y"))
        assert isinstance(output.end, FailedEvent)

    def test_output_after_the_last_event_is_ignored(self):
        assert isinstance(read_stream(WHOLE, b"nonsense\n").end, DoneEvent)

    def test_unknown_types_and_members_are_ignored(self):
        assert isinstance(parse_event(line("weather", sun=True)), UnknownEvent)
        output = read_stream(line("weather", sun=True), line("finding", finding={**FINDING, "secret": "clear"}, mood=1))
        assert list(output.findings()) == [FINDING]

    @pytest.mark.parametrize(("bound", "value"), [("MAX_FINDINGS", 3), ("MAX_FINDINGS_BYTES", 1300)])
    def test_findings_beyond_a_bound(self, monkeypatch: pytest.MonkeyPatch, bound: str, value: int):
        monkeypatch.setattr(scan_output, bound, value)
        output = read_stream(line("finding", finding=FINDING) * 5, coverage(), line("done", findings=5))
        assert (output.spooled, len(list(output.findings()))) == (3, 3)
        assert output.coverage == {**COVERAGE, "skipped": {"too-many-findings": 2}, "complete": False}

    def test_a_very_long_path(self):
        location = {**FINDING["location"], "path": "x/" * 200_000}
        output = read_stream(line("finding", finding={**FINDING, "location": location}))
        assert [found["location"] for found in output.findings()] == [location]


class TestRefusals:
    @pytest.mark.parametrize(
        "stream",
        [
            b"nonsense\n",
            b"[]\n",
            b"null\n",
            b"\xff\xfe\n",
            b"[" * 100_000 + b"\n",
            b'{"version": 2, "type": "done", "findings": 0}\n',
            b'{"type": "done", "findings": 0}\n',
            b'{"version": 1, "type": ["done"]}\n',
            line("progress", **PROGRESS | {"commits": -1}),
            line("progress", **PROGRESS | {"commits": "1"}),
            line("progress", **PROGRESS | {"commits": 2**63}),
            line("progress", **PROGRESS | {"objects": None}),
            line("progress", **PROGRESS | {"phase": "Not a phase"}),
            line("finding", finding={**FINDING, "metadata": {**FINDING["metadata"], "decodings": "base64"}}),
            line("finding", finding={**FINDING, "metadata": {**FINDING["metadata"], "decodings": ["No Name"]}}),
            line("finding", finding={**FINDING, "metadata": {**FINDING["metadata"], "decodings": ["hex"] * 17}}),
            line("finding", finding={**FINDING, "change": "old"}),
            line("finding"),
            line("finding", finding={**FINDING, "occurrences": 0}),
            line("finding", finding={**FINDING, "occurrences": True}),
            line("finding", finding={**FINDING, "fingerprint": "short"}),
            line("finding", finding={**FINDING, "formerFingerprint": "short"}),
            line("finding", finding={**FINDING, "formerFingerprint": "AB" * 32}),
            line("finding", finding={**FINDING, "redacted": "x" * 65}),
            line("finding", finding={**FINDING, "commit": {"id": "no", "author": "", "date": "2026-01-01T00:00:00Z"}}),
            line("finding", finding={**FINDING, "commit": {"id": "a" * 40, "author": "", "date": "yesterday"}}),
            line("failed", code="Not A Code", message=""),
            line("done", findings=0),
            coverage() + line("done", findings=1),
            coverage() * 2,
            coverage(ruleset={"a-rule": "1"}),
            coverage(formerIds={"a-former-rule": 7}),
        ],
    )
    def test_is_bad_output(self, stream: bytes):
        with pytest.raises(BadOutput):
            read_stream(stream)

    def test_the_reason_never_repeats_the_output(self):
        with pytest.raises(BadOutput) as caught:
            read_stream(line("failed", code="hunter2 hunter2", message="hunter2"))
        assert "hunter2" not in str(caught.value)

    def test_there_is_no_coverage_before_its_event(self):
        with pytest.raises(BadOutput):
            _ = read_stream().coverage

    @given(st.lists(st.binary(max_size=200), max_size=10))
    def test_any_bytes_are_read_or_refused(self, chunks: list[bytes]):
        output = ScanOutput(io.BytesIO())
        try:
            for chunk in chunks:
                output.feed(chunk + b"\n")
        except BadOutput:
            return
        assert not b"".join(chunks).strip()

    @given(st.binary(max_size=60), st.integers(0, len(WHOLE)), st.integers(0, 40))
    def test_a_damaged_stream_is_read_or_refused(self, noise: bytes, at: int, dropped: int):
        output = ScanOutput(io.BytesIO())
        try:
            output.feed(WHOLE[:at] + noise + WHOLE[at + dropped :])
        except BadOutput:
            return
        assert all(found["ruleId"] for found in output.findings())


class TestLines:
    @given(st.lists(st.binary(max_size=30), max_size=20))
    def test_lines_are_those_of_the_whole(self, chunks: list[bytes]):
        lines = Lines()
        output = [line for chunk in chunks for line in lines.feed(chunk)]
        assert output == b"".join(chunks).split(b"\n")[:-1]

    @pytest.mark.parametrize("chunks", [[b"123456"], [b"123", b"456"], [b"1\n", b"123456\n"], [b"ok\n123456"]])
    def test_a_line_that_is_too_long(self, chunks: list[bytes]):
        lines = Lines(5)
        with pytest.raises(BadOutput, match="5 bytes"):
            _ = [line for chunk in chunks for line in lines.feed(chunk)]

    def test_the_longest_line(self):
        assert list(Lines(5).feed(b"12345\n12345")) == [b"12345"]


def test_a_rule_at_every_limit_of_the_contract_is_stored_as_it_is() -> None:
    rule = Rule(
        id="a" * MAX_RULE_ID,
        version=MAX_VERSION,
        description="\N{WAVING HAND SIGN}" * MAX_DESCRIPTION,
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern="(?P<secret>anchor)",
    )
    report = Engine(rules=[rule], cache_dir=False).scan_bytes(b"anchor")
    stream = io.StringIO()
    EventStream(stream, redact=True).report(report)
    output = read_stream(stream.getvalue().encode())
    (document,) = output.findings()
    values = finding_values(1, 1, document)
    assert (values["rule_id"], values["description"]) == (rule.id, rule.description)
    assert output.ruleset == {rule.id: MAX_VERSION}


class Boundless:
    """A scanner that gives as much with each match as it can."""

    anchors = (b"anchor",)
    rules = (
        Rule(
            id="boundless",
            version=1,
            description="d",
            severity=Severity.LOW,
            confidence=Confidence.LOW,
            pattern="(?P<secret>anchor)",
            provider="P" * MAX_TAG,
            category="c" * MAX_TAG,
            tags=tuple(f"tag-{number}" for number in range(300)),
            parts=(Part(name="a", pattern="a", public=True),),
        ),
    )

    def scan(self, data: bytes) -> list[Match]:
        parts = (MatchPart("a", 0, len(data)), MatchPart("b" * 999, -5, 10**9), MatchPart("c", 9, 3, b"\xff\0")) * 200
        attributes = tuple((f"{number}" * 300, "\0\ud800" * 999) for number in range(300))
        return [Match(0, 6, "boundless", variant="v" * 999, parts=parts, attributes=attributes)]


def test_whatever_a_scanner_gives_with_a_match_is_stored_within_bounds() -> None:
    report = Engine(rules=[Boundless()], cache_dir=False).scan_bytes(b"anchor" * 999)
    stream = io.StringIO()
    EventStream(stream, redact=True).report(report)
    (document,) = read_stream(stream.getvalue().encode()).findings()
    values = finding_values(1, 1, document)
    assert (len(values["variant"]), len(values["tags"]), values["provider"]) == (MAX_TAG, 300, "P" * MAX_TAG)
    assert len(values["parts"]) == 100
    assert [problem.message for problem in report.coverage.problems] == [
        "scanner Boundless gave a part that is not valid"
    ]
    assert 1 < len(values["attributes"]) <= 100
    assert values["parts"][0]["text"] == ("anchor" * 999)[:MAX_SHOWN]
    assert {len(value) for value in values["attributes"].values()} == {MAX_SHOWN}
