"""Properties of every scan, and plugins that fail in various ways: each is named, and none harms another."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from beca_core import (
    Candidate,
    Confidence,
    Engine,
    Match,
    PluginRegistry,
    Problem,
    Report,
    Rule,
    RuleInfo,
    Severity,
    hookimpl,
)
from beca_core.sources.archives import is_archive
from beca_core.sources.texts import TextSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from beca_core import Finding

TEXTS = st.lists(
    st.sampled_from(["swordfish", "opensesame", "x", " ", "\n", "\r\n", "é", "日本", "=", "\x00"]), max_size=25
).map("".join)
PIECES = st.sampled_from([b"swordfish", b"opensesame", b"\n", b" ", b"\xff", b"\xc3\xa9", b"\xe2\x82", b"\x00"])
BLOBS = st.one_of(
    st.binary(max_size=200), st.lists(st.one_of(PIECES, st.binary(max_size=4)), max_size=25).map(b"".join)
)


def rule(rule_id: str, pattern: str, **changes: Any) -> Rule:
    return Rule(
        id=rule_id,
        version=1,
        description=rule_id,
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        pattern=pattern,
        **changes,
    )


class Scanning:
    """A scanner with one rule that runs a function."""

    anchors = ()

    def __init__(self, rule_id: str, scan: Callable[[bytes], Iterable[Any]]) -> None:
        self.rules = (
            RuleInfo(id=rule_id, version=1, description=rule_id, severity=Severity.LOW, confidence=Confidence.LOW),
        )
        self.scan = scan


def plugin(*, rules: tuple[Rule, ...] = (), scanners: tuple[Any, ...] = ()) -> SimpleNamespace:
    """Return an object with the hooks of a plugin module."""

    @hookimpl
    def beca_register_rules() -> tuple[Rule, ...]:
        return rules

    @hookimpl
    def beca_register_scanners() -> tuple[Any, ...]:
        return scanners

    return SimpleNamespace(beca_register_rules=beca_register_rules, beca_register_scanners=beca_register_scanners)


def engine(**plugins: SimpleNamespace) -> Engine:
    registry = PluginRegistry()
    for name, module in plugins.items():
        registry.register(module, name)
    assert registry.problems == ()
    return Engine(registry)


def find_sesame(data: bytes) -> Iterator[Match]:
    at = data.find(b"opensesame")
    while at >= 0:
        yield Match(at, at + 10, "sesame", Confidence.HIGH)
        at = data.find(b"opensesame", at + 1)


SWORDFISH = rule("swordfish", r"\b(?P<secret>swordfish)\b")
SOUND = engine(sound=plugin(rules=(SWORDFISH,), scanners=(Scanning("sesame", find_sesame),)))


def report_on(data: bytes, **plugins: SimpleNamespace) -> Report:
    """Scan with the given plugins and a working one."""
    sound = plugin(rules=(SWORDFISH,), scanners=(Scanning("sesame", find_sesame),))
    return engine(sound=sound, **plugins).scan(TextSource(data))


def pointed_at(text: str, finding: Finding) -> str:
    """Return the bytes between a finding's begin and end, by line and column only."""
    lines = text.split("\n")
    begin, end = finding.location.begin, finding.location.end
    assert begin.line == end.line
    return lines[begin.line - 1][begin.column - 1 : end.column - 1]


@given(BLOBS)
def test_arbitrary_bytes_never_raise_and_are_read_to_the_end(data: bytes) -> None:
    assume(not is_archive(data))  # the magic of a zst alone is an archive that is truncated
    report = SOUND.scan(TextSource(data))
    assert report.coverage.complete
    assert report.coverage.bytes == len(data)


@given(BLOBS)
def test_each_finding_is_in_the_blob_at_its_line_and_column(data: bytes) -> None:
    lines = data.split(b"\n")
    for finding in SOUND.scan(TextSource(data)).findings:
        line = lines[finding.location.begin.line - 1]
        try:
            begin = len(line.decode()[: finding.location.begin.column - 1].encode())
        except UnicodeDecodeError:
            begin = finding.location.begin.column - 1
        assert line[begin : begin + len(finding.secret)] == finding.secret


@given(TEXTS)
def test_in_a_text_begin_and_end_count_characters(text: str) -> None:
    findings = SOUND.scan_text(text)
    assert all(pointed_at(text, finding) == finding.secret.decode() for finding in findings)
    assert sum(finding.rule_id == "sesame" for finding in findings) == text.count("opensesame")


@given(BLOBS)
def test_scanning_twice_gives_the_same_report(data: bytes) -> None:
    assert SOUND.scan(TextSource(data)) == SOUND.scan(TextSource(data))


@given(BLOBS)
def test_another_plugin_does_not_change_the_findings(data: bytes) -> None:
    other = plugin(rules=(rule("other", "(?P<secret>x+)"),))
    found = report_on(data, other=other).findings
    assert [finding for finding in found if finding.rule_id != "other"] == list(SOUND.scan(TextSource(data)).findings)


def fail(_: object) -> Any:
    raise RuntimeError("swordfish")


def fail_midway(_: bytes) -> Iterator[Match]:
    yield Match(9, 10, "bad")
    raise RuntimeError("swordfish")


def leave(_: object) -> Any:
    raise SystemExit


def widen(candidate: Candidate) -> Candidate:
    return dataclasses.replace(candidate, end=candidate.end + 1000)


def matches(*given: object) -> Callable[[bytes], Iterable[Any]]:
    return lambda _: given


DATA = b"swordfish and opensesame"
INVALID = "scanner Scanning gave a match that is not valid"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (plugin(rules=(rule("bad", "(?P<secret>and)", checks=(fail,)),)), "a check of rule bad raised RuntimeError"),
        (plugin(rules=(rule("bad", "(?P<secret>and)", checks=(leave,)),)), "a check of rule bad raised SystemExit"),
        (plugin(rules=(rule("bad", "(?P<secret>and)", checks=(widen,)),)), "a check of rule bad raised InvalidRule"),
        (plugin(rules=(rule("bad", "(?P<secret>and)", checks=(repr,)),)), "a check of rule bad raised InvalidRule"),
        (plugin(scanners=(Scanning("bad", fail),)), "scanner Scanning raised RuntimeError"),
        (plugin(scanners=(Scanning("bad", leave),)), "scanner Scanning raised SystemExit"),
        (plugin(scanners=(Scanning("bad", fail_midway),)), "scanner Scanning raised RuntimeError"),
        (plugin(scanners=(Scanning("bad", lambda _: 7),)), "scanner Scanning raised TypeError"),  # type: ignore[arg-type, return-value]
        (plugin(scanners=(Scanning("bad", matches(Match(-1, 4, "bad"))),)), INVALID),
        (plugin(scanners=(Scanning("bad", matches(Match(4, 4, "bad"))),)), INVALID),
        (plugin(scanners=(Scanning("bad", matches(Match(0, 10_000, "bad"))),)), INVALID),
        (plugin(scanners=(Scanning("bad", matches(Match(0, 4, "swordfish"))),)), INVALID),
        (plugin(scanners=(Scanning("bad", matches(Match(0, 4, "unknown"))),)), INVALID),
        (plugin(scanners=(Scanning("bad", matches("a match")),)), INVALID),
    ],
)
def test_a_plugin_that_fails_is_named_and_harms_no_other(bad: SimpleNamespace, message: str) -> None:
    report = report_on(DATA, bad=bad)
    assert report.coverage.problems == (Problem("bad", message, 1),)
    assert not report.coverage.complete
    assert report.exit_code == 2
    found = [finding for finding in report.findings if finding.rule_id != "bad"]
    assert found == list(SOUND.scan(TextSource(DATA, "<text>")).findings)
    assert len(found) == 2


def test_matches_before_a_failure_of_a_scanner_are_kept() -> None:
    bad = plugin(scanners=(Scanning("bad", fail_midway),))
    assert [finding.secret for finding in report_on(DATA, bad=bad).findings if finding.rule_id == "bad"] == [b" "]


def test_valid_matches_are_kept_next_to_invalid_ones() -> None:
    mixed = matches(Match(0, 10_000, "bad"), Match(10, 13, "bad"), Match(1, 2, "unknown"))
    report = report_on(DATA, bad=plugin(scanners=(Scanning("bad", mixed),)))
    assert [finding.secret for finding in report.findings if finding.rule_id == "bad"] == [b"and"]
    assert report.coverage.problems == (Problem("bad", INVALID, 2),)


def test_problems_are_counted_and_hold_no_scanned_data() -> None:
    bad = plugin(rules=(rule("bad", "(?P<secret>and)", checks=(fail,)),))
    (problem,) = report_on(b"and and and\n" + DATA, bad=bad).coverage.problems
    assert problem.count == 4
    assert "swordfish" not in problem.message


def test_an_engine_can_be_used_again_after_a_plugin_failed() -> None:
    twice = engine(bad=plugin(rules=(SWORDFISH, rule("bad", "(?P<secret>and)", checks=(fail,)))))
    first, second = twice.scan(TextSource(DATA)), twice.scan(TextSource(b"swordfish"))
    assert not first.coverage.complete
    assert second.coverage.complete
    assert len(second.findings) == 1
