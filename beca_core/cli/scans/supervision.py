"""Ends a scan together with the worker that started it, however the worker ends."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

from beca_core.cli.framework.standard_streams import standard_input
from beca_core.errors import InvalidInput
from beca_core.system.processes import start_waiting


def end_with_stdin() -> None:
    """Watch standard input; when its other end is closed, kill this process and everything that it started.

    Raises:
        InvalidInput: If this process does not lead a process group: the kill would hit other processes.
    """
    if os.getpgrp() != os.getpid():
        raise InvalidInput("--supervised needs a process group of its own.", hint="Start it with setsid.")
    start_waiting(threading.Thread(target=_kill_group_at_end_of, args=(standard_input().fileno(),)))


def _kill_group_at_end_of(descriptor: int) -> None:
    # Not through sys.stdin: if a daemon thread holds its lock, the interpreter aborts when it exits.
    while os.read(descriptor, 4096):
        pass
    for group in _groups_of_children():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)


def _groups_of_children() -> set[int]:
    """Return the process groups of this process's children, such as git's, without its own. Works on Linux only."""
    groups = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            _state, parent, group, *_ = path.read_bytes().rpartition(b")")[2].split()
            if int(parent) == os.getpid():
                groups.add(int(group))
    return groups - {os.getpgrp()}
