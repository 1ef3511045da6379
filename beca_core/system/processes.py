"""Which threads of this process only wait, so that it may be forked while they run.

A forked process has none of its parent's threads, but each lock as it was. A thread that only waits for a file
descriptor or for a time to pass holds none that the child could ever need.
"""

from __future__ import annotations

import gc
import threading
from typing import Final
from weakref import WeakSet

_WAITING: Final[WeakSet[threading.Thread]] = WeakSet()


def start_waiting(thread: threading.Thread) -> None:
    """Start a daemon thread that does nothing but wait."""
    thread.daemon = True
    _WAITING.add(thread)
    thread.start()


def may_fork() -> bool:
    """Whether all threads but this one only wait."""
    current = threading.current_thread()
    return all(thread is current or thread in _WAITING for thread in threading.enumerate())


_THRESHOLD: Final = 50_000
"""Reading makes many objects and hardly any circles of them."""


def settle() -> None:
    """Look for garbage now and then only, and leave out all that is there by now: it is needed to the end."""
    gc.freeze()
    gc.set_threshold(_THRESHOLD)
