from __future__ import annotations

import itertools
import os
import pty
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.cli.scans.progress_bar import ProgressBar
from beca_core.cli.scans.progress_display import paced, terminal_progress
from beca_core.sources.progress import Phase, Progress

if TYPE_CHECKING:
    from pathlib import Path


@given(st.integers(1, 10), st.integers(0, 5), st.lists(st.integers(0, 3), max_size=50))
def test_calls_are_forwarded_at_most_once_per_interval(seconds: int, delay: int, steps: list[int]) -> None:
    now = 0
    passed: list[int] = []
    notify = paced(lambda _: passed.append(now), seconds, delay=delay, clock=lambda: now)
    for step in steps:
        now += step
        notify(Progress())
    assert all(moment >= delay for moment in passed)
    assert all(later - earlier >= seconds for earlier, later in itertools.pairwise(passed))
    if now >= delay and steps:
        assert passed


def test_a_new_phase_is_forwarded_at_once_but_not_before_the_delay_is_over() -> None:
    now = 0
    passed: list[Phase] = []
    notify = paced(lambda progress: passed.append(progress.phase), 100, delay=10, clock=lambda: now)
    for now, phase in ((0, Phase.FETCHING), (5, Phase.READING), (10, Phase.READING), (11, Phase.READING)):  # noqa: B007
        notify(Progress(phase=phase))
    assert passed == [Phase.READING]
    now = 12
    notify(Progress(phase=Phase.LOCATING))
    notify(Progress(phase=Phase.LOCATING))
    assert passed == [Phase.READING, Phase.LOCATING]


def test_without_a_delay_the_first_call_is_forwarded() -> None:
    passed: list[Progress] = []
    notify = paced(passed.append, 100)
    first = Progress(blobs=1)
    notify(first)
    notify(Progress(blobs=2))
    assert passed == [first]


def test_a_bar_is_drawn_after_the_delay_and_removed_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("beca_core.cli.scans.progress_display._BAR_DELAY_SECONDS", 0.0)
    monkeypatch.setattr("beca_core.cli.scans.progress_display._BAR_SECONDS", 0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with terminal_progress(fetching=False) as notify:
        notify(Progress(blobs=3, bytes=2_000_000, expected=10))
        notify(Progress(blobs=4, bytes=3_000_000, expected=10))
    drawn = capsys.readouterr()
    assert drawn.out == ""
    assert "Scanning" in drawn.err
    assert "Fetching" not in drawn.err
    assert "3.0 MB" in drawn.err
    assert "4/10" in drawn.err
    assert drawn.err.rstrip().endswith("\x1b[2K")


def test_a_fetch_is_shown_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with terminal_progress(fetching=True) as notify:
        drawn = capsys.readouterr().err
        assert "Fetching" in drawn
        notify(Progress(bytes=2_000_000, expected=50, phase=Phase.FETCHING, handled=20))
        drawn = capsys.readouterr().err
        assert "20/50" in drawn
        assert "2.0 MB" in drawn
        notify(Progress(blobs=1))
    assert "Scanning" in capsys.readouterr().err


def test_the_locating_phase_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with ProgressBar() as bar:
        bar.show(Progress(blobs=9, bytes=100, expected=9))
        bar.show(Progress(blobs=9, bytes=100, phase=Phase.LOCATING))
    *_, shown = capsys.readouterr().err.partition("Locating")
    assert shown
    assert "9" not in _CONTROL.sub("", shown)
    assert "/s" not in shown


@pytest.mark.parametrize("width", [20, 49, 50, 79, 80, 200])
def test_a_bar_is_one_line_at_any_width(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width))
    with ProgressBar() as bar:
        bar.show(Progress(blobs=1, bytes=1, expected=9_999_999))
        bar.show(Progress(blobs=1_000_000, bytes=123_456_789_012, expected=9_999_999))
        drawn = capsys.readouterr().err
    assert "\n" not in drawn
    frames = [_CONTROL.sub("", frame).rstrip() for frame in drawn.split("\r")]
    assert max(map(len, frames)) <= width
    assert frames[-1].startswith("Sca")
    assert ("123.5 GB" in frames[-1]) == (width >= 50)
    assert ("/s" in frames[-1]) == bool(re.search(r":\d\d$", frames[-1])) == (width >= 80)
    if width >= 50:
        assert "1,000,000/9,999,999" in frames[-1]


_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def test_a_bar_without_colour(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    drawn = {}
    for name in ("", "NO_COLOR"):
        if name:
            monkeypatch.setenv(name, "1")
        with ProgressBar() as bar:
            bar.show(Progress(blobs=1, expected=9))
        drawn[name] = capsys.readouterr().err
    colour = re.compile(r"\x1b\[[0-9;]*3[0-9;]*m")
    assert colour.search(drawn[""])
    assert "Scanning" in drawn["NO_COLOR"]
    assert not colour.search(drawn["NO_COLOR"])


def test_a_bar_starts_no_thread_and_leaves_the_streams_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    before = threading.enumerate(), sys.stdout, sys.stderr
    with ProgressBar() as bar:
        bar.show(Progress(blobs=1))
        assert (threading.enumerate(), sys.stdout, sys.stderr) == before


def test_a_short_scan_draws_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal_progress(fetching=False) as notify:
        notify(Progress(blobs=1))
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["table", "jsonl"])
def test_on_a_terminal_the_report_is_complete(
    program: list[str], environment: dict[str, str], tree: Path, name: str
) -> None:
    main, terminal = pty.openpty()
    shown = bytearray()
    reader = threading.Thread(target=drain, args=(main, shown), daemon=True)
    reader.start()
    ended = subprocess.run(
        [*program, "scan", str(tree), "--format", name],
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        env=environment | {"TERM": "xterm"},
        timeout=60,
        check=False,
    )
    os.close(terminal)
    reader.join(10)
    os.close(main)
    assert ended.returncode == 1
    assert b"acme-token" in shown
    assert (b"\x1b[1;31mHIGH" in shown) == (name == "table")


def drain(descriptor: int, into: bytearray) -> None:
    while True:
        try:
            chunk = os.read(descriptor, 4096)
        except OSError:
            return
        if not chunk:
            return
        into += chunk
