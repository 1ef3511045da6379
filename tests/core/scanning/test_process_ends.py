"""The processes of a scan end with it, however it ends; a fork that fails ends nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import beca_core
from beca_core import Limits
from beca_core.scanning import pool

TEXT = b"private_key = '0123456789abcdef0123456789abcdef'\n" * 300_000
PROGRAM = "import sys, beca_core; beca_core.scan(sys.argv[1], processes=2)"


def descendants(pid: int) -> set[int]:
    found = set()
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found |= {child} | descendants(child)
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [[sys.executable, "-m", "beca_core.cli", "scan", "--processes", "2"], [sys.executable, "-c", PROGRAM]],
    ids=["cli", "library"],
)
def test_readers_end_with_a_killed_scan(tmp_path: Path, command: list[str]) -> None:
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(TEXT)
    with subprocess.Popen([*command, str(tmp_path)], stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while len(readers := descendants(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)
        assert len(readers) == 2
        process.kill()
        process.wait()
        killed = time.monotonic()
        while any(map(is_running, readers)) and time.monotonic() < killed + 8:
            time.sleep(0.02)
        assert not any(map(is_running, readers)), "to read a file takes longer"


@pytest.mark.slow
def test_hanging_up_leaves_no_view(tmp_path: Path) -> None:
    from tests.core.sources.git.hostile import FILE, Builder

    builder = Builder(tmp_path / "repository")
    files = [(FILE, b"f%d" % number, builder.add(TEXT + b"%d" % number)) for number in range(3)]
    path = builder.finish(main=builder.commit(builder.tree(files)))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = ["env", "--default-signal=HUP", sys.executable, "-m", "beca_core.cli", "scan", str(path)]
    with subprocess.Popen(command, env={**os.environ, "TMPDIR": str(scratch)}, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not descendants(process.pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGHUP)
        assert process.wait(60) == 128 + signal.SIGHUP
    assert not list(scratch.iterdir())


@pytest.mark.parametrize("allowed", [0, 1])
def test_a_fork_that_fails_leaves_the_work_to_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int
) -> None:
    for number in range(3):
        (tmp_path / f"{number}").write_bytes(b"private_key\n")
    forks = []
    fork = os.fork

    def limited() -> int:
        if len(forks) >= allowed:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        forks.append(True)
        return fork()

    beca_core.scan_text("private_key")
    monkeypatch.setattr(os, "fork", limited)
    report = beca_core.scan(tmp_path, limits=Limits(scan_seconds=60), processes=3)
    assert len(report.findings) == 3
    assert report.coverage.complete
    assert len(forks) == allowed


class Stuck:
    """A share of which reading never ends after its second content."""

    cost = 1
    objects = 4

    def read(self, limits, stop):
        from beca_core.report import Skipped
        from beca_core.sources.contracts import Blob

        for number in range(self.objects):
            if reason := stop.reason:
                yield Skipped(str(number), reason)
                continue
            if number == 2:
                time.sleep(60)
            yield Blob(str(number), b"private_key")
            time.sleep(0.15)


def test_a_reader_that_does_not_come_back_is_ended_and_counted() -> None:
    from beca_core.scanning.examiner import Examiner, Outcome
    from beca_core.sources.limits import Stop

    examiner, stop = Examiner(beca_core.PluginRegistry.load().compile(["secret-key"]), Limits()), Stop(1.0)
    began, total = time.monotonic(), Outcome()
    readers = pool.Pool([Stuck()], examiner, stop, 1)
    try:
        for outcome in readers.outcomes(iter(())):
            total.add(outcome)
    finally:
        readers.close()
    assert time.monotonic() - began < 30
    assert "0" in total.hits
    left = {item.id for item in total.skipped}
    assert {"2", "3"} <= left <= {"0", "1", "2", "3"}, "unless it was reported as finished"
    assert {item.reason for item in total.skipped} == {"timeout"}
