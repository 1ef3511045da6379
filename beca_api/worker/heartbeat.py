"""`Heartbeat`: says in the register of workers that this one is alive, until it stops."""

from __future__ import annotations

import socket
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final

import structlog

from beca_api.logs import Seldom
from beca_core import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core.storage.services.workers import WorkerRegister

_WARNING_SECONDS: Final = 600.0

_log = structlog.stdlib.get_logger(__name__)


class Heartbeat:
    """A thread that notes a worker when it starts and then at intervals, and lets it leave at the end.

    It is not a task of the sweeper, since deleting old scans can take longer than a worker counts as alive. No error
    ends it: a worker that cannot be noted runs scans like any other.

    Args:
        register: Where the worker is noted.
        name: The worker.
        slots: How many scans it runs at once.
        interval: Time between two notes, in seconds.
    """

    def __init__(self, register: WorkerRegister, name: str, slots: int, interval: float) -> None:
        self._register = register
        self._name = name
        self._slots = slots
        self._interval = interval
        self._warnings = Seldom(_WARNING_SECONDS)
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Let the worker leave; wait up to so many seconds for that, since the database may not answer."""
        self._stopped.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        host = socket.gethostname()
        while not self._stopped.is_set():
            self._try(lambda: self._register.note(self._name, host, __version__, self._slots))
            self._stopped.wait(self._interval)
        self._try(lambda: self._register.leave(self._name))

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - the next note may succeed
            if (unlogged := self._warnings.due(monotonic())) is not None:
                _log.warning("register of workers not written", error=type(error).__name__, unlogged=unlogged)
