"""What the process of a plugin does before any of the plugin's code runs.

Whatever the plugin does then is done to a process that nobody needs: its standard input is empty, what it prints goes
to standard error, its memory is bounded, no file of its parent is open in it, and it ends with its parent.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from beca_core.system.lifeline import kill_when_closed

MEMORY_BYTES: Final = 1024 * 1024 * 1024
"""Memory that the code of one plugin may take in one process, beside what the process has at its start and the room for
one content. Reserved address space does not count: the C library reserves much of it for each thread."""
ROOM_BYTES: Final = 256 * 1024 * 1024
"""Room for one content. For a larger content, a process with more room is started."""

_STANDARD_STREAMS: Final = 3
_DATA_PAGES: Final = 5
"""Index in `/proc/self/statm`: https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html"""
_MOST_DESCRIPTORS: Final = 2**31 - 1
_REPLACED: Final[list[object]] = []
"""The streams of the parent process: destroying them would write what they still hold."""


class ChildPipes(NamedTuple):
    """The ends of the pipes that the process of a plugin has.

    Args:
        requests: Requests are read from it.
        replies: Replies are written to it.
        life: Nothing comes from it, until the parent process has ended.
    """

    requests: int
    replies: int
    life: int


def confine(pipes: ChildPipes, room: int) -> None:
    """Make this process one in which a plugin can do no harm by mistake.

    Args:
        pipes: The descriptors that stay open.
        room: Size of the largest content, in bytes.
    """
    os.setsid()  # the plugin's own processes are killed with it, and Ctrl-C is for the user's process only
    _reset_signals()
    _close_all_but(pipes)
    kill_when_closed(pipes.life)  # where it cannot: it ends when it waits for a request, or is too slow
    _replace_streams()
    _limit_memory(MEMORY_BYTES + room)
    gc.enable()


def _reset_signals() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE}:
        with suppress(OSError, ValueError):  # those that the C library keeps for itself
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.set_wakeup_fd(-1)


def _close_all_but(pipes: ChildPipes) -> None:
    """Close the descriptors of the parent process: an open end of a pipe would hide from others that it has ended."""
    begin = _STANDARD_STREAMS
    for kept in sorted(pipes):
        os.closerange(begin, kept)
        begin = kept + 1
    os.closerange(begin, _MOST_DESCRIPTORS if sys.platform == "linux" else os.sysconf("SC_OPEN_MAX"))


def _replace_streams() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    try:
        os.fstat(2)
    except OSError:
        os.dup2(null, 2)
    os.dup2(null, 0)
    os.dup2(2, 1)
    _REPLACED.extend((sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__))
    for name, stream in (("stdin", os.fdopen(null)), ("stdout", _output(1)), ("stderr", _output(2))):
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _output(descriptor: int) -> object:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _limit_memory(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    data_pages = int(Path("/proc/self/statm").read_text().split()[_DATA_PAGES])
    size += data_pages * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most != resource.RLIM_INFINITY:
        size = min(size, most)
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
