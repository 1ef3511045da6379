"""Processes that left the group of the scan that started them, as git does, and outlived it when it crashed."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def end_stragglers(directory: Path) -> None:
    """Kill every process whose environment names a scan's own directory as the place of temporary files.

    Linux only: elsewhere such processes go on until they notice that nobody reads what they write.
    """
    mark = b"TMPDIR=" + os.fsencode(directory)
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)
