"""A lifeline: a pipe whose other end only the parent process holds, so that a child ends when its parent does.

The kernel sends the signal, whatever the child is doing, C code included. It comes when the last process that holds the
writing end has ended, however it ended.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import threading
from contextlib import suppress

from beca_core.system.processes import start_waiting


def kill_when_closed(reading: int) -> bool:
    """Have the kernel kill this process when the last writer of a pipe is gone; at once if it is gone already.

    Unlike with `PR_SET_PDEATHSIG`, it does not matter which thread has started this process.

    Args:
        reading: The end of the pipe from which nothing is read otherwise.

    Returns:
        False if the system cannot do that: only Linux can.
    """
    if not hasattr(fcntl, "F_SETSIG"):
        return False
    fcntl.fcntl(reading, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(reading, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(reading, fcntl.F_SETFL, fcntl.fcntl(reading, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([reading], [], [], 0)[0]:  # it ended before the signal was asked for
        os.kill(os.getpid(), signal.SIGKILL)
    return True


class Lifeline:
    """Made before a fork; afterwards the parent calls `hold` and the child calls `follow`.

    Raises:
        OSError: If there are no descriptors left.
    """

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()

    def hold(self) -> None:
        """Keep the end that only the parent may have."""
        os.close(self._reading)

    def follow(self) -> None:
        """End this process, by SIGKILL where the system can send it, as soon as the parent has ended."""
        self.release()
        if not kill_when_closed(self._reading):
            start_waiting(threading.Thread(target=self._wait))

    def release(self) -> None:
        """Close the parent's end; also in other children, which inherit it."""
        with suppress(OSError):
            os.close(self._writing)

    def _wait(self) -> None:
        os.read(self._reading, 1)
        os.kill(os.getpid(), signal.SIGKILL)
