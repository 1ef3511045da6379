"""The process that scans texts: it responds in order, can be killed, and is replaced."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from beca_api.texts import text_process, text_scanner
from beca_api.texts.text_child import TextChild
from beca_api.texts.text_process import PLUGIN_SECONDS
from beca_api.texts.text_scanner import TextScanner
from beca_core.errors import BecaError, DeadlineExceeded, TooManyRequests
from beca_core.rules.rule_selection import RuleChoice
from tests.core.plugins.rule_files.conftest import rule

if TYPE_CHECKING:
    from collections.abc import Awaitable

KEY = b"k" * 32
HOSTILE = """
import os, sys, time
from beca_core import Confidence, Match, RuleInfo, Severity, hookimpl

class Hostile:
    rules = (RuleInfo(id="hostile", version=1, description="x", severity=Severity.LOW, confidence=Confidence.LOW),)
    anchors = ()

    def scan(self, data):
        print("noise on standard output", flush=True)
        if b"sleep" in data:
            time.sleep(60)
        if b"die" in data:
            os._exit(3)
        if b"environment" in data:
            names = " ".join(sorted(os.environ)).encode()
            raise SystemError if b"DATABASE_URL" in names or b"BECA_FINGERPRINT_KEY" in names else ValueError
        yield Match(0, 1, "hostile")

@hookimpl
def beca_register_scanners():
    return [Hostile()]
"""


@pytest.fixture
def _hostile_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misbehaving plugin, installed for child processes only."""
    (tmp_path / "hostile_plugin.py").write_text(HOSTILE)
    metadata = tmp_path / "hostile_plugin-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile-plugin\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[beca.plugins]\nhostile = hostile_plugin\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


async def answered(scanner: TextScanner, text: bytes) -> Any:
    """Scan a text; on a busy machine, the start of a process can take the time that it has."""
    for _ in range(5):
        with suppress(DeadlineExceeded):
            return await report(scanner.scan(text))
    raise AssertionError("no process starts in time")


async def report(scan: Awaitable[bytes]) -> Any:
    return json.loads(await scan)


_OF_OTHERS: set[int] = set()
"""Processes that tests of other modules have started in this process, and that live on."""


@pytest.fixture(autouse=True)
def _without_those_of_others() -> None:
    _OF_OTHERS.clear()
    _OF_OTHERS.update(children())


def children() -> list[int]:
    found = (int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split())
    return [pid for pid in found if pid not in _OF_OTHERS]


@pytest.mark.slow
async def test_texts_are_scanned_by_few_processes() -> None:
    async with TextScanner(KEY) as scanner:
        texts = [b"private_key\n" * number for number in range(1, 6)]
        reports = await asyncio.gather(*(report(scanner.scan(text)) for text in texts))
        assert [answer["findingsCount"] for answer in reports] == [1, 2, 3, 4, 5]
        assert len(children()) == 2
    assert children() == []


async def test_the_process_is_started_with_the_first_text() -> None:
    async with TextScanner(KEY):
        assert children() == []


@pytest.mark.slow
async def test_the_key_decides_the_fingerprint() -> None:
    async with TextScanner(KEY) as one, TextScanner(b"o" * 32) as other:
        (first,) = (await report(one.scan(b"private_key")))["findings"]
        (second,) = (await report(other.scan(b"private_key")))["findings"]
        assert first["fingerprint"] != second["fingerprint"]


@pytest.mark.slow
async def test_rule_files_and_selectors_apply(tmp_path: Path) -> None:
    path = tmp_path / "acme.toml"
    path.write_text(rule("acme-key") + rule("new-key", "new"))
    choice = RuleChoice((str(path),), ("plugin:acme.toml",), ("new-*",), "high", None)
    async with TextScanner(KEY, choice=choice) as scanner:
        answer = await report(scanner.scan(b"private_key acme_" + b"0f" * 8 + b" new_" + b"0f" * 8))
    assert [finding["ruleId"] for finding in answer["findings"]] == ["acme-key"]
    assert answer["ruleset"] == {"acme-key": 1}


@pytest.mark.slow
@pytest.mark.usefixtures("_hostile_plugin")
async def test_disabled_plugins_are_not_loaded() -> None:
    async with TextScanner(KEY) as scanner, TextScanner(KEY, ["hostile"]) as without:
        assert [finding["ruleId"] for finding in (await report(scanner.scan(b"x")))["findings"]] == ["hostile"]
        assert (await report(without.scan(b"x")))["findings"] == []


@pytest.mark.slow
@pytest.mark.usefixtures("_hostile_plugin")
async def test_a_plugin_can_print_and_sees_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hunter2@db/beca")
    monkeypatch.setenv("BECA_FINGERPRINT_KEY", "k" * 32)
    async with TextScanner(KEY) as scanner:
        for _ in range(3):
            answer = await report(scanner.scan(b"x"))
            assert [finding["ruleId"] for finding in answer["findings"]] == ["hostile"]
        answer = await report(scanner.scan(b"environment"))
        assert answer["coverage"]["problems"] == [
            {"plugin": "hostile", "message": "scanner Hostile raised ValueError", "count": 1}
        ]
        assert answer["coverage"]["complete"] is False


@pytest.mark.slow
@pytest.mark.usefixtures("_hostile_plugin")
async def test_a_plugin_that_hangs_fails_one_text_and_does_not_block_the_loop() -> None:
    async with TextScanner(KEY, seconds=2, processes=1) as scanner:
        await answered(scanner, b"x")
        (before,) = children()
        ticks = 0
        hanging = asyncio.create_task(scanner.scan(b"sleep"))
        while not hanging.done():
            await asyncio.sleep(0.01)
            ticks += 1
        with pytest.raises(DeadlineExceeded):
            await hanging
        assert ticks > 20
        assert (await answered(scanner, b"x"))["findingsCount"] == 1
        (after,) = children()
        assert after != before


@pytest.mark.slow
@pytest.mark.usefixtures("_hostile_plugin")
async def test_a_process_that_dies_is_replaced() -> None:
    async with TextScanner(KEY) as scanner:
        assert (await report(scanner.scan(b"x")))["findingsCount"] == 1
        (child,) = children()
        os.kill(child, signal.SIGKILL)
        with capture_logs() as logs, pytest.raises(BecaError, match="died"):
            await scanner.scan(b"x")
        assert [line["status"] for line in logs if line["event"] == "text scanner ended"] == [-signal.SIGKILL]
        assert (await report(scanner.scan(b"x")))["findingsCount"] == 1


@pytest.mark.slow
@pytest.mark.usefixtures("_hostile_plugin")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"sleep private_key", "scanner Hostile did not answer within 2 s"),
        (b"die private_key", "scanner Hostile ended with exit code 3"),
    ],
)
async def test_a_plugin_that_gives_no_answer_is_named_and_delays_other_texts_by_its_limit_only(
    text: bytes, message: str
) -> None:
    async with TextScanner(KEY) as scanner:
        await scanner.scan(b"x")
        (before,) = children()
        began = time.monotonic()
        bad, harmless = await asyncio.gather(report(scanner.scan(text)), report(scanner.scan(b"x private_key")))
        assert time.monotonic() - began < 30, "the plugin sleeps for a minute"
        assert bad["coverage"]["problems"] == [{"plugin": "hostile", "message": message, "count": 1}]
        assert bad["coverage"]["complete"] is False
        assert [finding["ruleId"] for finding in bad["findings"]] == ["secret-key"]
        assert harmless["coverage"]["complete"] is True
        assert [finding["ruleId"] for finding in harmless["findings"]] == ["hostile", "secret-key"]
        assert before in children()


@pytest.mark.slow
@pytest.mark.usefixtures("_hostile_plugin")
async def test_a_cancelled_scan_does_not_affect_the_next() -> None:
    async with TextScanner(KEY) as scanner:
        await scanner.scan(b"x")
        abandoned = asyncio.create_task(scanner.scan(b"sleep"))
        await asyncio.sleep(0.1)
        abandoned.cancel()
        with pytest.raises(asyncio.CancelledError):
            await abandoned
        assert (await report(scanner.scan(b"x")))["coverage"]["bytes"] == 1


@pytest.mark.slow
async def test_the_process_ends_when_its_input_ends() -> None:
    child = TextChild([json.dumps(RuleChoice())], {}, KEY)
    await child.scan(b"x")
    process = child._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 60) == 0


class _FakeChild:
    """A child that scans when it is told to."""

    def __init__(self) -> None:
        self.scanned: list[bytes] = []
        self.ended = 0
        self.gate = asyncio.Event()

    async def scan(self, text: bytes) -> bytes:
        self.scanned.append(text[:1])
        await asyncio.sleep(0)
        await self.gate.wait()
        return text[:1]

    async def end(self, grace: float = 0.0) -> None:
        self.ended += 1


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> list[_FakeChild]:
    """The children of scanners that are made in the test."""
    made: list[_FakeChild] = []

    def make(*_arguments: object) -> _FakeChild:
        made.append(_FakeChild())
        return made[-1]

    monkeypatch.setattr(text_scanner, "TextChild", make)
    return made


LARGE = text_scanner.SMALL_BYTES + 1


async def settled() -> None:
    """Let all tasks go on until they wait for something that does not happen by itself."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_large_texts_leave_a_process_to_small_ones(fakes: list[_FakeChild]) -> None:
    scanner = TextScanner(KEY, processes=3)
    large = [asyncio.create_task(scanner.scan(b"L" * LARGE)) for _ in range(9)]
    await settled()
    assert sorted(len(fake.scanned) for fake in fakes) == [0, 1, 1]
    small = asyncio.create_task(scanner.scan(b"s"))
    await settled()
    (used,) = [fake for fake in fakes if fake.scanned == [b"s"]]
    used.gate.set()
    assert await small == b"s"
    for fake in fakes:
        fake.gate.set()
    assert await asyncio.gather(*large) == [b"L"] * 9


async def test_one_process_scans_texts_of_any_size(fakes: list[_FakeChild]) -> None:
    scanner = TextScanner(KEY, processes=1)
    fakes[0].gate.set()
    assert await asyncio.gather(scanner.scan(b"L" * LARGE), scanner.scan(b"s")) == [b"L", b"s"]


async def test_a_bounded_number_of_texts_wait(fakes: list[_FakeChild]) -> None:
    scanner = TextScanner(KEY, processes=2)
    waiting = [asyncio.create_task(scanner.scan(b"s")) for _ in range(text_scanner.MAX_WAITING + 2)]
    await settled()
    with pytest.raises(TooManyRequests):
        await scanner.scan(b"s")
    for fake in fakes:
        fake.gate.set()
    await asyncio.gather(*waiting)
    assert await scanner.scan(b"s") == b"s"


async def test_the_time_for_a_text_counts_from_its_arrival(fakes: list[_FakeChild]) -> None:
    scanner = TextScanner(KEY, processes=1, seconds=0.4)
    began = time.monotonic()
    texts = [asyncio.create_task(scanner.scan(b"s")) for _ in range(text_scanner.MAX_WAITING)]
    errors = await asyncio.gather(*texts, return_exceptions=True)
    assert {type(error) for error in errors} == {DeadlineExceeded}
    assert time.monotonic() - began < 0.2 * text_scanner.MAX_WAITING, "one after the other they would take twice that"
    assert len(fakes[0].scanned) < text_scanner.MAX_WAITING / 2, "the time of the others was over before their turn"
    fakes[0].gate.set()
    assert await scanner.scan(b"s") == b"s"


async def test_each_process_is_renewed_before_its_next_text(fakes: list[_FakeChild]) -> None:
    scanner = TextScanner(KEY, processes=2)
    for fake in fakes:
        fake.gate.set()
    scanner.renew()
    for _ in range(3):
        await asyncio.gather(scanner.scan(b"s"), scanner.scan(b"s"))
    assert [fake.ended for fake in fakes] == [1, 1]


def test_the_engine_stops_before_the_server_does() -> None:
    assert PLUGIN_SECONDS < text_process._ENGINE_SECONDS < text_scanner.SCAN_SECONDS
