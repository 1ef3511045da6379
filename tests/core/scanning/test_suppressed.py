"""What is found and dropped is counted always, and listed with the reason when that is asked."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import beca_core
from beca_core import (
    Confidence,
    Engine,
    Finding,
    Limits,
    Match,
    PluginRegistry,
    Report,
    Rule,
    Severity,
    Step,
    Suppressed,
    hookimpl,
)
from beca_core.rules.candidate import DropReason
from beca_core.sources.texts import StreamSource, TextSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from beca_core.matching.room import Drops
    from beca_core.matching.ruleset import RuleSet
    from beca_core.report import ProblemLog
    from beca_core.sources.limits import Stop
    from beca_core.sources.novelty import Novelty

WHY = DropReason(Step.CHECK, "length", "it is too short", "5 of 9")


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


WORD = rule("word", "(?P<secret>fish[0-9]+)")
LINE = rule("line", "^(?P<secret>.*fish.*)$", supersedes=("word",))
NO_TESTS = rule("elsewhere", "(?P<secret>crab[0-9]+)", paths=("!tests/", "!*.zip"))
ONLY_ENV = rule("env", "(?P<secret>lobster[0-9]+)", paths=("*.env",))


class Filtering:
    """A plugin that wants no finding in a file `c`."""

    @hookimpl
    def beca_register_filters(self) -> list[Callable[[Finding], bool]]:
        return [lambda finding: finding.location.path != "c"]


class Dropping:
    """A rule set of which a check drops each `decoy` that rule `word` has found."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._rule_set = rule_set

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rule_set, name)

    def find(
        self,
        data: bytes,
        log: ProblemLog,
        stop: Stop | None = None,
        novelty: Novelty | None = None,
        drops: Drops | None = None,
    ) -> list[Match]:
        return self._dropped(self._rule_set.find(data, log, stop, novelty, drops), data, log, drops)

    def find_in_part(
        self, data: bytes, log: ProblemLog, stop: Stop | None = None, own: Any = None, *, drops: Drops | None = None
    ) -> list[Match]:
        return self._dropped(self._rule_set.find_in_part(data, log, stop, own, drops=drops), data, log, drops)

    def _dropped(self, found: list[Match], data: bytes, log: ProblemLog, drops: Drops | None) -> list[Match]:
        at = data.find(b"decoy")
        while at >= 0:
            log.add_dropped(Step.CHECK)
            if drops is not None:
                drops += [(Match(at, at + 5, "word"), WHY)] * 2  # as where two windows of a search overlap
            at = data.find(b"decoy", at + 1)
        return list(found)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    compile_rules = PluginRegistry.compile

    def compiled(self: PluginRegistry, *arguments: Any, **options: Any) -> Any:
        return Dropping(compile_rules(self, *arguments, **options))

    monkeypatch.setattr(PluginRegistry, "compile", compiled)
    return make_engine()


def make_engine(**options: Any) -> Engine:
    registry = PluginRegistry(cache_dir=False)
    registry.register(Filtering(), "filtering")
    return Engine(registry, rules=[WORD, LINE, NO_TESTS, ONLY_ENV], **options)


def listed(report: Report) -> list[tuple[object, ...]]:
    assert report.suppressed is not None
    return [
        (item.finding.location.path, item.finding.rule_id, item.step.value, item.name, item.value)
        for item in report.suppressed
    ]


def git_in(directory: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True)


def commit_all(directory: Path) -> None:
    git_in(directory, "add", ".")
    git_in(directory, "commit", "-qm", "More")


def write_files(directory: Path) -> None:
    (directory / "tests").mkdir()
    (directory / "tests" / "b").write_text("crab1\n")
    (directory / "a").write_text("decoy fish1 decoy\n")
    (directory / "c").write_text("lobster7 crab2\n")


EXPECTED = [
    ("a", "word", "check", "length", "5 of 9"),
    ("a", "word", "precedence", "line", ""),
    ("a", "word", "check", "length", "5 of 9"),
    ("c", "env", "path", "", ""),
    ("c", "elsewhere", "filter", "filtering", ""),
    ("tests/b", "elsewhere", "path", "!tests/", ""),
]
COUNTS = {"check": 2, "precedence": 1, "path": 2, "filter": 1}


def test_everything_that_is_dropped_is_listed_with_the_reason(engine: Engine, tmp_path: Path) -> None:
    write_files(tmp_path)
    report = engine.scan(tmp_path, with_suppressed=True)
    assert listed(report) == EXPECTED
    assert report.coverage.suppressed == COUNTS
    assert report.unlisted_suppressed == 0
    assert report.coverage.complete
    assert report.suppressed is not None
    assert {item.reason for item in report.suppressed} == {
        "it is too short",
        "a more specific rule has found the same secret",
        "no pattern of the rule's paths selects its path",
        "a filter of the plugin removed it",
        "the pattern excludes its path",
    }
    decoy = report.suppressed[0].finding
    assert (decoy.secret, decoy.redacted, decoy.location.begin.column) == (b"decoy", "d...(5)", 1)


def test_if_it_is_not_asked_it_is_only_counted(engine: Engine, tmp_path: Path) -> None:
    write_files(tmp_path)
    report = engine.scan(tmp_path)
    assert report.suppressed is None
    assert report.coverage.suppressed == COUNTS
    assert report.coverage.to_dict()["suppressed"] == dict(sorted(COUNTS.items()))
    assert report.findings == engine.scan(tmp_path, with_suppressed=True).findings
    assert "suppressed" not in report.to_dict()


@pytest.mark.parametrize("processes", [1, 3])
def test_other_processes_list_it_too(engine: Engine, tmp_path: Path, processes: int) -> None:
    write_files(tmp_path)
    assert engine.rules
    report = make_engine(processes=processes).scan(tmp_path, with_suppressed=True)
    assert listed(report) == EXPECTED


def test_the_list_holds_at_most_as_many_as_a_report_has_findings(engine: Engine) -> None:
    assert engine.rules
    report = make_engine(limits=Limits(max_findings=3)).scan(TextSource(b"decoy\n" * 50), with_suppressed=True)
    assert report.suppressed is not None
    assert (len(report.suppressed), report.unlisted_suppressed) == (3, 47)
    assert report.coverage.suppressed == {"check": 50}
    assert report.coverage.complete


def test_what_is_not_listed_of_a_content_with_very_many_counts() -> None:
    engine = Engine(rules=[replace(WORD, pattern="(?P<secret>crab[0-9])", min_entropy=7.9)], cache_dir=False)
    report = engine.scan(TextSource(b"crab1\n" * 1500), with_suppressed=True)
    assert report.suppressed is not None
    assert (len(report.suppressed), report.unlisted_suppressed) == (1000, 500)
    assert report.coverage.suppressed == {"entropy": 1500}


def test_a_rescan_that_lists_it_reads_everything(engine: Engine, tmp_path: Path) -> None:
    write_files(tmp_path)
    git_in(tmp_path, "init", "-q")
    commit_all(tmp_path)
    first = engine.scan(tmp_path)
    again = engine.scan(tmp_path, since=first.state)
    assert again.coverage.bytes == 0
    report = engine.scan(tmp_path, since=again.state, with_suppressed=True)
    assert report.coverage.bytes == first.coverage.bytes
    assert listed(report) == listed(engine.scan(tmp_path, with_suppressed=True))
    assert report.changes is not None
    assert report.changes.new == 0
    assert [found.change for found in report.findings] == [found.change for found in again.findings]
    assert report.state is not None
    assert engine.scan(tmp_path, since=report.state).coverage.bytes == 0


def test_what_is_no_longer_at_head_is_listed_once(engine: Engine, tmp_path: Path) -> None:
    git_in(tmp_path, "init", "-q")
    for number in range(3):
        (tmp_path / "a").write_text(f"decoy {number}\n")
        commit_all(tmp_path)
    (tmp_path / "a").write_text("nothing\n")
    commit_all(tmp_path)
    report = engine.scan(tmp_path, with_suppressed=True)
    assert report.suppressed is not None
    assert [(item.finding.occurrences, item.finding.in_head) for item in report.suppressed] == [(3, False)]
    assert engine.scan(tmp_path, scope="head", with_suppressed=True).suppressed == ()


def test_members_of_archives_and_encodings(engine: Engine) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("in", "decoy crab1")
        archive.writestr("tests/in", "crab2")
    report = engine.scan(TextSource(stream.getvalue(), "x.zip"), with_suppressed=True)
    assert {each[:4] for each in listed(report)} == {
        ("x.zip!in", "word", "check", "length"),
        ("x.zip", "word", "check", "length"),
        ("x.zip!in", "elsewhere", "path", "!*.zip"),
        ("x.zip!tests/in", "elsewhere", "path", "!*.zip"),
    }
    wide = engine.scan(TextSource("decoy".encode("utf-16")), with_suppressed=True)
    assert [each[1:3] for each in listed(wide)] == [("word", "check")]


def test_a_stream_in_chunks(engine: Engine) -> None:
    data = b"decoy\n" + b"x" * 999 + b"\n"
    report = engine.scan(StreamSource(io.BytesIO(data * 20_000)), with_suppressed=True)
    assert report.suppressed is not None
    assert len(report.suppressed) + report.unlisted_suppressed == 20_000


def test_json_and_the_shortcut(engine: Engine, tmp_path: Path) -> None:
    write_files(tmp_path)
    report = beca_core.scan(
        tmp_path, rules=[LINE, WORD], registry=PluginRegistry(cache_dir=False), with_suppressed=True
    )
    assert engine.rules
    assert report.suppressed is not None
    document = report.to_dict()
    assert document["unlistedSuppressed"] == 0
    assert document["suppressed"] == [item.to_dict() for item in report.suppressed]
    item = document["suppressed"][1]
    assert item == {
        "step": "precedence",
        "name": "line",
        "reason": "a more specific rule has found the same secret",
        "value": "",
        "finding": report.suppressed[1].finding.to_dict(),
    }
    for form in ("json", "jsonl", "table"):
        stream = io.StringIO()
        beca_core.write(report, form, stream)
        text = stream.getvalue()
        assert "fish1" not in text
        if form == "json":
            assert json.loads(text) == document
        elif form == "jsonl":
            events = [json.loads(line) for line in text.splitlines()]
            assert [event["type"] for event in events] == ["finding", *["suppressed"] * 3, "coverage", "done"]
            assert events[2] == {"version": 1, "type": "suppressed", **item}
        else:
            assert "Found and dropped: 3 matches." in text
            rows = [line.split(maxsplit=4) for line in text.splitlines()]
            assert ["a:1:1", "word", "d...(5)", "check", "length: it is too short (5 of 9)"] in rows
            reason = "line: a more specific rule has found the same secret"
            assert ["a:1:7", "word", "f...(5)", "precedence", reason] in rows


def test_a_report_that_drops_nothing_says_so() -> None:
    report = Engine(rules=[WORD], cache_dir=False).scan(TextSource(b"x"), with_suppressed=True)
    stream = io.StringIO()
    beca_core.write(report, "table", stream)
    assert report.suppressed == ()
    assert "Nothing was found and dropped." in stream.getvalue()


def test_a_secret_in_clear_is_shown_on_request_only() -> None:
    (found,) = Engine(rules=[WORD], cache_dir=False).scan_text("fish1")
    item = Suppressed(found, *WHY)
    assert item.to_dict(redact=False)["finding"]["secret"] == "fish1"
    assert "fish1" not in repr(item)
