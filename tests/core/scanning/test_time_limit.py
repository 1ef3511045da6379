"""A limit on time holds within a content; what was found until then is kept, and the rest is counted."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import beca_core
from beca_core import Limits
from beca_core.report import ProblemLog
from beca_core.sources.limits import Stop
from beca_core.sources.texts import StreamSource

if TYPE_CHECKING:
    from pathlib import Path

    from beca_core.matching.ruleset import RuleSet
    from beca_core.sources.progress import Progress

SECRETS = b"private_key = '0123456789abcdef0123456789abcdef'\n"


@pytest.fixture(scope="module")
def rule_set() -> RuleSet:
    return beca_core.PluginRegistry.load().compile()


@pytest.mark.parametrize("seconds", [0.02, 0.1])
@pytest.mark.parametrize(
    "text", [SECRETS, b"private_key ", b"cHJpdmF0ZV9rZXk", b"70726976617465", b"\\u0070rivate_key ="]
)
def test_a_search_ends_within_a_content(rule_set: RuleSet, text: bytes, seconds: float) -> None:
    data = text * (12_000_000 // len(text))
    began, stop = time.process_time(), Stop(seconds)
    rule_set.find(data, ProblemLog(), stop)
    assert time.process_time() - began < seconds + 3
    assert stop.reason == "timeout" or time.process_time() - began < seconds


def test_what_was_found_until_then_is_kept() -> None:
    rule_set = beca_core.PluginRegistry.load().compile(["secret-key"])
    data = SECRETS * 20_000
    found = rule_set.find(data, ProblemLog(), Stop(0.1))
    assert 0 < len(found) < 20_000
    assert found == rule_set.find(data, ProblemLog())[: len(found)]


@pytest.mark.slow
def test_three_large_files_end_in_time(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.env").write_bytes(SECRETS * (15_000_000 // len(SECRETS)))
    beca_core.scan_text("private_key")  # loads the rules
    began = time.monotonic()
    report = beca_core.scan(tmp_path, rules=["secret-key"], limits=Limits(scan_seconds=1))
    assert time.monotonic() - began < 15, "to read all takes a minute"
    assert report.findings
    assert report.coverage.skipped["timeout"] >= 1
    assert not report.coverage.complete


class Cancelled(Exception):
    pass


def test_progress_is_reported_within_a_content_and_can_end_it(rule_set: RuleSet) -> None:
    calls: list[Progress] = []

    def cancel(progress: Progress) -> None:
        calls.append(progress)
        if len(calls) == 3:
            raise Cancelled

    engine = beca_core.Engine()
    with pytest.raises(Cancelled):
        engine.scan_bytes(SECRETS * 300_000, progress=cancel)
    assert len(calls) == 3


def test_a_silent_stream_ends_and_what_came_is_scanned() -> None:
    reading, writing = os.pipe()
    os.write(writing, SECRETS)
    began = time.monotonic()
    with open(reading, "rb") as stream:  # noqa: PTH123 - a descriptor
        report = beca_core.Engine(rules=["secret-key"], limits=Limits(scan_seconds=0.5)).scan(StreamSource(stream))
    os.close(writing)
    assert time.monotonic() - began < 30
    assert [finding.location.begin.line for finding in report.findings] == [1]
    assert dict(report.coverage.skipped) == {"timeout": 1}


def test_a_stream_that_cannot_be_waited_for_is_read_to_its_end() -> None:
    report = beca_core.Engine(limits=Limits(scan_seconds=60)).scan(StreamSource(io.BytesIO(SECRETS)))
    assert report.coverage.complete
    assert len(report.findings) == 1


@pytest.mark.slow
def test_standard_input_that_stays_open_ends() -> None:
    command = [sys.executable, "-m", "beca_core.cli", "scan", "-", "--scan-time", "1", "--format", "json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        assert process.wait(60) == 2
    assert b'"timeout": 1' in output


@pytest.mark.parametrize("reason", ["timeout", "scan-limit"])
def test_stop_says_why_and_how_long(reason: str) -> None:
    stop = Stop(60)
    assert stop.reason is None
    assert 0 < stop.seconds_left <= 60
    assert not any(stop.step() for _ in range(5000))
    if reason == "timeout":
        stop.end_now()
    else:
        stop.too_many_bytes()
    assert (stop.reason, stop.seconds_left) == (reason, 0.0)
    assert any(stop.step() for _ in range(5000)) == (reason == "timeout")


def test_steps_go_on_in_the_grace_and_end_after_it() -> None:
    stop = Stop(0.0)
    assert not any(stop.step(1, 60.0) for _ in range(5000))
    assert any(stop.step(1, 0.0) for _ in range(5000))


def test_a_tick_that_raises_ends_work_and_is_raised_later() -> None:
    def tick() -> None:
        raise Cancelled

    stop = Stop(60, tick)
    stop.raise_failure()
    time.sleep(0.12)
    assert stop.reason == "timeout"
    with pytest.raises(Cancelled):
        stop.raise_failure()
