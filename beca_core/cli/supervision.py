"""A scan that is run by a worker ends with it, whatever way the worker ends."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path

from beca_core.cli.standard_streams import standard_input
from beca_core.errors import InvalidInput
from beca_core.system.processes import start_waiting


def end_with_stdin() -> None:
    """Watch standard input, and kill this process and all that it started when the other end is closed.

    Raises:
        InvalidInput: If this process does not lead a process group, so that the kill would hit others.
    """
    if os.getpgrp() != os.getpid():
        raise InvalidInput("A supervised scan must be started in a process group of its own.")
    start_waiting(threading.Thread(target=_kill_group_at_end_of, args=(standard_input().fileno(),)))


def _kill_group_at_end_of(descriptor: int) -> None:
    # Not through sys.stdin: a daemon thread that holds its lock would abort the interpreter when it ends.
    while os.read(descriptor, 4096):
        pass
    for group in _groups_of_children():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)


def _groups_of_children() -> set[int]:
    """The process groups that this process has made beside its own, as git has one; known on Linux only."""
    groups = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            _state, parent, group, *_ = path.read_bytes().rpartition(b")")[2].split()
            if int(parent) == os.getpid():
                groups.add(int(group))
    return groups - {os.getpgrp()}
