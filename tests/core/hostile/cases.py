"""What a hostile input is, and how one is scanned through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

from beca_core.rules.rule import random_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCAN_SECONDS: Final = 3
MOST_SECONDS: Final = 5.0
SECRET: Final = random_text("0123456789abcdef", 40, "harmless")
HARMLESS: Final = f'private_key = "{SECRET}"\n'.encode()
"""The content of the harmless file or commit beside the hostile input."""

_HANG_SECONDS: Final = 60


@dataclass(frozen=True)
class Case:
    """One hostile input.

    Args:
        name: Unique, and the same in each run.
        make: Fills an empty directory, and returns the target.
        scope: The scope of the scan; None: standard input.
        feed: Writes to the standard input of the scan until it raises `OSError`.
        disturb: Runs while the directory is scanned, until the event is set.
    """

    name: str
    make: Callable[[Path], Path]
    scope: str | None = "files"
    feed: Callable[[IO[bytes]], None] | None = None
    disturb: Callable[[Path, threading.Event], None] | None = None


@dataclass(frozen=True)
class Scanned:
    """What a scan of a hostile input gave.

    Args:
        seconds: Wall time of the whole command.
        exit_code: Its exit code.
        error: What it wrote to standard error.
        report: The report, if there is one.
    """

    seconds: float
    exit_code: int
    error: str
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def skipped(self) -> dict[str, int]:
        """Number of contents that were not read, by reason."""
        found: dict[str, int] = self.report["coverage"]["skipped"]
        return found

    @property
    def has_harmless(self) -> bool:
        """Whether the secret of the harmless content is among the findings."""
        return any(finding.get("secret") == SECRET for finding in self.report["findings"])


def scan(case: Case, target: Path, *options: str) -> Scanned:
    """Scan a hostile input with `--scan-time 3`."""
    scope = ["--scope", case.scope] if case.scope else []
    command = [sys.executable, "-m", "beca_core.cli", "scan", str(target) if case.scope else "-", *scope]
    command += ["--scan-time", str(SCAN_SECONDS), "--format", "json", "--no-redact", *options]
    over = threading.Event()
    helpers = []
    if case.disturb is not None:
        helpers.append(threading.Thread(target=case.disturb, args=(target, over)))
    began = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE if case.feed else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "BECA_CONFIG": os.devnull},
    ) as process:
        if case.feed is not None:
            helpers.append(threading.Thread(target=_feed, args=(case.feed, process.stdin)))
        for helper in helpers:
            helper.start()
        killer = threading.Timer(_HANG_SECONDS, process.kill)
        killer.start()
        assert process.stdout is not None
        assert process.stderr is not None
        output, error = process.stdout.read(), process.stderr.read()
        code = process.wait()
        seconds = time.monotonic() - began
        killer.cancel()
        over.set()
        for helper in helpers:
            helper.join(_HANG_SECONDS)
    return Scanned(seconds, code, error.decode("utf-8", "replace"), json.loads(output) if output else {})


def _feed(feed: Callable[[IO[bytes]], None], stream: IO[bytes]) -> None:
    with suppress(OSError, ValueError):
        feed(stream)
    with suppress(OSError):
        stream.close()


def beside_harmless(name: str, content: Callable[[], bytes]) -> Callable[[Path], Path]:
    """Return what makes a directory with a harmless file and a hostile one."""

    def make(path: Path) -> Path:
        path.mkdir(parents=True)
        (path / "harmless.env").write_bytes(HARMLESS)
        (path / name).write_bytes(content())
        return path

    return make
