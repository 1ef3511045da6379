"""Whether this process may fork while its threads run, what it does at its end, and how often it collects garbage.

A forked process has none of its parent's threads, but a copy of each lock in its current state. A thread that only
waits for a file descriptor or for a time to pass holds no lock that the child could need.
"""

from __future__ import annotations

import gc
import os
import threading
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable

_WAITING: Final[WeakSet[threading.Thread]] = WeakSet()


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_waiting(thread: threading.Thread) -> None:
    """Start a daemon thread that only waits."""
    thread.daemon = True
    _WAITING.add(thread)
    thread.start()


def may_fork() -> bool:
    """Return whether all other threads only wait."""
    current = threading.current_thread()
    return all(thread is current or thread in _WAITING for thread in threading.enumerate())


_AT_END: Final[list[Callable[[], object]]] = []


def at_end(act: Callable[[], object]) -> None:
    """Have `finish` call a function."""
    _AT_END.append(act)


def finish() -> None:
    """Do what a forked process that reads has to do before it ends; the functions of `atexit` are not called there."""
    for act in _AT_END:
        act()


_THRESHOLD: Final = 50_000
"""New objects between two collections. Reading creates many objects, and hardly any reference cycles."""


def settle() -> None:
    """Collect garbage rarely, and never visit the objects that exist now: they are needed until the end."""
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
