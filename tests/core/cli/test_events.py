"""`--format jsonl`, the stream through which a worker follows a scan."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from beca_core.sources.progress import Progress
from tests.core.cli.conftest import slow_plugin, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def slow_tree(install: Callable[..., None], tree: Path) -> Path:
    """A directory whose scan takes eight seconds."""
    install("slow", slow_plugin("time.sleep(0.1)"))
    for number in range(80):
        (tree / f"{number}.txt").write_text(f"{number}")
    return tree


@pytest.fixture
def supervised(
    program: list[str], environment: dict[str, str], slow_tree: Path, interruptible: None
) -> Iterator[subprocess.Popen[bytes]]:
    """A running scan, in a new process group."""
    with subprocess.Popen(
        [*program, "scan", str(slow_tree), "--format", "jsonl", "--supervised"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["type"] == "progress"
        yield process
        process.kill()


def test_a_scan_is_progress_then_findings_then_coverage_then_done(beca: Callable, tree: Path) -> None:
    outcome = beca("scan", tree, "--rules", "acme-token", "--format", "jsonl")
    assert outcome.code == 1
    assert [event["type"] for event in outcome.events] == ["progress", "progress", "finding", "coverage", "done"]
    assert all(event["version"] == 1 for event in outcome.events)
    reading, locating, finding, coverage, done = outcome.events
    assert set(reading) == {"version", "type", *Progress().to_dict()}
    assert [progress["phase"] for progress in (reading, locating)] == ["reading", "locating"]
    assert reading["expected"] == 2
    assert finding["finding"]["ruleId"] == "acme-token"
    assert coverage["scope"] == "files"
    assert coverage["coverage"]["complete"] is True
    assert coverage["ruleset"]["acme-token"] == 3
    assert done["findings"] == 1


@pytest.mark.slow
def test_a_scan_of_a_remote_repository_begins_with_fetching(beca: Callable, partly_read: Path) -> None:
    outcome = beca("scan", f"file://{partly_read}", "--format", "jsonl", BECA_ALLOWED_SCHEMES="file")
    phases = [event["phase"] for event in outcome.events if event["type"] == "progress"]
    assert (phases[0], phases[-1]) == ("fetching", "locating")
    assert phases == sorted(phases, key=["fetching", "reading", "locating"].index)


def test_skipped_objects_are_events_with_verbose(beca: Callable, partly_read: Path) -> None:
    outcome = beca("scan", partly_read, "--format", "jsonl", "--max-blob-size", "1K", "--verbose")
    (skipped,) = [event for event in outcome.events if event["type"] == "skipped"]
    assert skipped["reason"] == "too-large"
    assert outcome.err == f"Skipped, too-large: {skipped['id']}\n"
    assert outcome.events.index(skipped) == len(outcome.events) - 3


def test_an_incomplete_scan_ends_with_done_and_incomplete_coverage(beca: Callable, partly_read: Path) -> None:
    outcome = beca("scan", partly_read, "--format", "jsonl", "--max-blob-size", "1K")
    assert outcome.code == 2
    assert outcome.events[-1]["type"] == "done"
    assert outcome.events[-2]["coverage"]["skipped"] == {"too-large": 1}
    assert outcome.events[-2]["coverage"]["complete"] is False


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere"], "invalid-target"),
        (["http://example.org/x.git"], "forbidden-url"),
        (["-", "--rules", "none"], "invalid-input"),
        (["-", "--supervised"], "invalid-input"),
    ],
)
def test_a_failure_is_the_last_event(beca: Callable, acme: str, arguments: list[str], code: str) -> None:
    outcome = beca("scan", *arguments, "--format", "jsonl")
    assert outcome.code == 2
    assert (outcome.events[-1]["type"], outcome.events[-1]["code"]) == ("failed", code)
    assert outcome.events[-1]["message"] == " ".join(outcome.err.removeprefix("Error: ").split())


def test_wrong_settings_are_an_event_too(beca: Callable, acme: str) -> None:
    outcome = beca("scan", "-", "--format", "jsonl", BECA_MAX_BLOB_BYTES="many")
    assert outcome.code == 2
    assert outcome.events[-1]["code"] == "invalid-settings"


def test_a_supervised_scan_must_lead_its_process_group(process: Callable, acme: str, tmp_path: Path) -> None:
    outcome = process("scan", tmp_path, "--format", "jsonl", "--supervised")
    assert outcome.code == 2
    assert "--supervised needs a process group of its own" in outcome.events[-1]["message"]


@pytest.mark.slow
def test_progress_comes_at_most_twice_a_second(supervised: subprocess.Popen[bytes]) -> None:
    assert supervised.stdout is not None
    times = []
    for _ in range(3):
        assert json.loads(supervised.stdout.readline())["type"] == "progress"
        times.append(time.monotonic())
    assert times[2] - times[0] > 0.5, "each file takes a tenth of a second"


@pytest.mark.slow
def test_the_end_of_standard_input_ends_a_supervised_scan(supervised: subprocess.Popen[bytes]) -> None:
    assert supervised.stdin is not None
    supervised.stdin.write(b"still here")
    supervised.stdin.flush()
    time.sleep(0.3)
    assert supervised.poll() is None
    supervised.stdin.close()
    assert supervised.wait(timeout=60) == -signal.SIGKILL


@pytest.mark.slow
def test_the_child_processes_of_a_supervised_scan_are_killed_with_it(
    program: list[str], environment: dict[str, str], install: Callable[..., None], tree: Path, tmp_path: Path
) -> None:
    child = tmp_path / "child"
    install("spawner", slow_plugin(f"spawn({str(child)!r})") + SPAWN)
    process = subprocess.Popen(
        [*program, "scan", str(tree), "--supervised"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    assert process.stdin is not None
    wait_until(child.exists)
    process.stdin.close()
    assert process.wait(timeout=60) == -signal.SIGKILL
    wait_until(lambda: not is_alive(int(child.read_text())), 30)


SPAWN = """
    def spawn(path):
        import os, subprocess
        process = subprocess.Popen(["sleep", "60"])
        with open(path + ".part", "w") as file:
            file.write(str(process.pid))
        os.rename(path + ".part", path)
        time.sleep(60)
"""


@pytest.mark.slow
def test_a_supervised_scan_that_finishes_exits_normally(
    program: list[str], environment: dict[str, str], tree: Path
) -> None:
    with subprocess.Popen(
        [*program, "scan", str(tree), "--format", "jsonl", "--supervised"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    ) as process:
        assert process.wait(timeout=60) == 1
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.slow
def test_sigterm_is_an_event(supervised: subprocess.Popen[bytes]) -> None:
    supervised.send_signal(signal.SIGTERM)
    assert supervised.wait(timeout=60) == 128 + signal.SIGTERM
    assert last_event(supervised)["code"] == "interrupted"
    assert supervised.stderr is not None
    assert supervised.stderr.read() == b"Error: Interrupted.\n"


@pytest.mark.slow
def test_an_interrupt_exits_with_130(supervised: subprocess.Popen[bytes]) -> None:
    supervised.send_signal(signal.SIGINT)
    assert supervised.wait(timeout=60) == 130
    assert last_event(supervised)["type"] == "failed"
    assert supervised.stderr is not None
    assert supervised.stderr.read() == b"Error: Interrupted.\n"


def last_event(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    event: dict[str, Any] = json.loads(process.stdout.read().splitlines()[-1])
    return event


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return (subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False).stdout[:1]) != b"Z"
