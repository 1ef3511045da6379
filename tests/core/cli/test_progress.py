from __future__ import annotations

import itertools
import os
import pty
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.cli.progress import paced, terminal_progress
from beca_core.engine import Progress

if TYPE_CHECKING:
    from pathlib import Path


@given(st.integers(1, 10), st.integers(0, 5), st.lists(st.integers(0, 3), max_size=50))
def test_calls_are_passed_on_at_a_pace(seconds: int, delay: int, steps: list[int]) -> None:
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


def test_without_a_delay_the_first_call_is_passed_on() -> None:
    passed: list[Progress] = []
    notify = paced(passed.append, 100)
    first = Progress(blobs=1)
    notify(first)
    notify(Progress(blobs=2))
    assert passed == [first]


def test_a_bar_is_drawn_after_a_moment_and_removed_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("beca_core.cli.progress._MOMENT_SECONDS", 0.0)
    monkeypatch.setattr("beca_core.cli.progress._BAR_SECONDS", 0.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with terminal_progress(fetching=False) as notify:
        notify(Progress(blobs=3, bytes=2_000_000, expected=10))
        notify(Progress(blobs=4, bytes=3_000_000, expected=10))
    drawn = capsys.readouterr()
    assert drawn.out == ""
    assert "Scanning" in drawn.err
    assert "3.0 MB" in drawn.err
    assert "4/10" in drawn.err
    assert drawn.err.rstrip().endswith("\x1b[2K")


def test_a_fetch_is_shown_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with terminal_progress(fetching=True) as notify:
        drawn = capsys.readouterr().err
        assert "Fetching" in drawn
        notify(Progress(blobs=1))
    assert "Scanning" in capsys.readouterr().err


def test_a_short_scan_draws_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal_progress(fetching=False) as notify:
        notify(Progress(blobs=1))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["table", "jsonl"])
def test_on_a_terminal_the_report_is_whole(
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
