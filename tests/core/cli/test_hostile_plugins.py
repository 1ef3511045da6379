"""`beca scan` beside plugins that do what none should: it ends in time, keeps its findings, and names the plugin."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.core.plugins.hostile_plugins import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Install = Callable[..., None]

pytestmark = pytest.mark.slow

MOST_SECONDS = 50
"""What sleeps does that for a minute at least."""


@pytest.fixture
def harmless(tmp_path: Path, acme: str) -> Path:
    """A directory in which three files are harmless and two are not."""
    path = tmp_path / "tree"
    path.mkdir()
    for name in ("a.env", "m.env", "z.env"):
        (path / name).write_text(acme + "private_key_of_ours\n")
    for name in ("b.env", "y.env"):
        (path / name).write_text("bad_0001 bad_0002\n")
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_plugin_costs_its_own_matches_only(
    name: str, process: Callable, install: Install, harmless: Path
) -> None:
    plugin = HOSTILE[name]
    install("hostile", plugin.source)
    scan_seconds = "4" if name == "hanging-at-import" else "30"  # loading gets a part of it
    began = time.monotonic()
    outcome = process("scan", harmless, "--scan-time", scan_seconds, "--plugin-time", "1", "--format", "json")
    assert time.monotonic() - began < MOST_SECONDS
    report = json.loads(outcome.out)
    found = [(finding["location"]["path"], finding["ruleId"]) for finding in report["findings"]]
    for path in ("a.env", "m.env", "z.env"):
        assert (path, "acme-token") in found
    problems = report["coverage"]["problems"]
    assert outcome.code == (2 if problems else 1)
    assert {problem["plugin"] for problem in problems} <= {"hostile"}
    assert plugin.problem is None or bool(problems) is bool(plugin.problem), problems
    assert not plugin.problem or any(plugin.problem in problem["message"] for problem in problems), problems
    assert "bad_000" not in json.dumps(problems)
    assert report["coverage"]["skipped"] == {}


@pytest.mark.parametrize("name", ["sleeping-check", "exits-in-a-check", "threads-that-never-end"])
@pytest.mark.usefixtures("with_builtin")
def test_readers_that_were_forked_have_plugin_processes_of_their_own(
    name: str, process: Callable, install: Install, harmless: Path
) -> None:
    for number in range(60):
        (harmless / f"large{number}.txt").write_text("nothing to see here\n" * 30_000 + "private_key\n")
    plugin = HOSTILE[name]
    install("hostile", plugin.source)
    outcome = process("scan", harmless, "--plugin-time", "1", "--format", "json", "--processes", "2")
    report = json.loads(outcome.out)
    assert outcome.code == (2 if plugin.problem else 1)
    assert sum(finding["ruleId"] == "secret-key" for finding in report["findings"]) == 63
    assert {problem["plugin"] for problem in report["coverage"]["problems"]} == (
        {"hostile"} if plugin.problem else set()
    )


@pytest.fixture
def running(
    program: list[str], environment: dict[str, str], install: Install, harmless: Path, tmp_path: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A scan during which a plugin is busy in C code, which no signal handler of Python interrupts."""
    mark = tmp_path / "mark"
    install(
        "hostile",
        HOSTILE["sleeping-check"].source.replace(
            "time.sleep(60)", f"open({str(mark)!r}, 'w').write(str(os.getpid())); sum(range(10**12))"
        ),
    )
    scan = subprocess.Popen(
        [*program, "scan", str(harmless), "--plugin-time", "60"], env=environment, stdout=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while not (mark.exists() and mark.read_text()):
        assert time.monotonic() < end
        time.sleep(0.02)
    yield scan
    scan.kill()
    scan.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_process_of_a_plugin_ends_with_its_parent(
    number: signal.Signals, running: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    plugin = int((tmp_path / "mark").read_text())
    os.kill(plugin, 0)
    running.send_signal(number)
    running.wait(60)
    end = time.monotonic() + 30
    while is_running(plugin):
        assert time.monotonic() < end, "the process of the plugin goes on"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Return whether a process runs; one that has ended may wait to be collected by the process that adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_rules_test_ends_whatever_a_plugin_does(
    beca: Callable, install: Install, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("beca_core.testing.PROOF_SECONDS", 2.0)
    proved = """examples=(beca_core.Example("bad_0001", secret="bad_0001"),), counter_examples=("good",), **INFO)]"""
    for name in ("sleeping-check", "exits-in-a-check"):
        source = HOSTILE[name].source.replace("**INFO)]", proved).replace("bad-token", f"bad-{name}")
        install(name, source)
    outcome = beca("rules", "test", BECA_DISABLED_PLUGINS="builtin")
    assert outcome.code == 1
    assert "FAIL    bad-sleeping-check\n        its proof did not answer within 2 s\n" in outcome.out
    assert "FAIL    bad-exits-in-a-check\n        its proof ended with exit code 0\n" in outcome.out
    assert "ok      acme-token" in outcome.out


REPORTER = """
import os, time
from beca_core import hookimpl

class Lines:
    name = "lines"

    def write(self, report, stream, *, redact):
        for finding in report.findings:
            print(finding.rule_id, finding.redacted, redact, file=stream)
        ACTION

@hookimpl
def beca_register_reporters():
    return [Lines()]
"""


@pytest.mark.parametrize(
    ("action", "code", "error"),
    [
        ("stream.writelines(['x' * 200_000, 'end'])", 1, ""),
        ("raise ValueError", 2, "raised ValueError."),
        ("os._exit(0)", 2, "ended with exit code 0."),
        ("time.sleep(60)", 2, "did not answer within 1 s."),
    ],
)
def test_a_reporter_writes_from_its_own_process(
    action: str,
    code: int,
    error: str,
    beca: Callable,
    install: Install,
    harmless: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("beca_core.plugins.isolation.proxies.REPORT_SECONDS", 1.0 if "sleep" in action else 60.0)
    install("lines", REPORTER.replace("ACTION", action))
    outcome = beca("scan", harmless, "--format", "lines")
    assert outcome.code == code
    if error:
        assert f"The reporter of the format 'lines' {error}" in outcome.err
    else:
        assert outcome.out.count("acme-token acme...(21) True\n") == 3
        assert outcome.out.endswith("x" * 200_000 + "end")
