"""`Crew`: all that works on scans in one process, whichever broker carries the messages."""

from __future__ import annotations

import os
import re
import secrets
import socket
from contextlib import ExitStack
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Final

import structlog
from dramatiq import Worker

from beca_api.worker.dispatcher import Dispatcher
from beca_api.worker.doorbell import answer_doorbell, queue_name
from beca_api.worker.environment import scan_command
from beca_api.worker.mirrors.kept import Mirrors
from beca_api.worker.runner import Runner
from beca_api.worker.scratch import Scratch
from beca_api.worker.slots import Slots
from beca_api.worker.supervisor import Supervisor
from beca_api.worker.sweeper import Sweeper
from beca_core.storage.services.fingerprint_key import fingerprint_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from dramatiq import Broker

    from beca_api.worker.doorbell import Doorbell
    from beca_api.worker.environment import Task
    from beca_core.storage.services.queue import ScanQueue
    from beca_core.system.settings import Settings

_IDLE_MILLISECONDS: Final = 500
_STOP_SECONDS: Final = 10.0

_log = structlog.stdlib.get_logger(__name__)


class Crew:
    """The consumers of a broker, the supervisors of running scans, and the sweeper; `with` starts and stops them.

    Args:
        settings: The settings of this process.
        queue: The results.
        broker: Where messages come from; the caller closes it, after this.
        doorbell: How the sweeper rings; the caller closes it.
        command: Makes the command of a scan.
    """

    def __init__(
        self,
        settings: Settings,
        queue: ScanQueue,
        broker: Broker,
        doorbell: Doorbell,
        command: Callable[[Task], list[str]] = scan_command,
    ) -> None:
        self._settings = settings
        self._queue = queue
        self._broker = broker
        self._doorbell = doorbell
        self._command = command
        self._slots = Slots(settings.workers)
        self._stopping = Event()
        self._stack = ExitStack()

    def start(self) -> None:
        """Begin to work.

        Raises:
            InvalidSettings: If the data directory cannot be used.
        """
        with ExitStack() as stack:
            owner = _process_name()
            scratch = stack.enter_context(Scratch.open(self._settings.data_dir, owner))
            mirrors = Mirrors.open(self._settings.data_dir, self._settings.mirrors_bytes)
            mirrors.trim()
            dispatcher = Dispatcher(self._queue, owner, self._slots, self._supervisor(scratch, mirrors).run)
            answer_doorbell(self._broker, queue_name(self._settings.broker_namespace), dispatcher.answer)
            stack.callback(self._slots.wait_until_free, _STOP_SECONDS)
            stack.callback(self._start_consumers())
            errands = (dispatcher.fill, partial(mirrors.tidy, self._queue.known_repositories))
            sweeper = Sweeper(self._queue, self._doorbell, errands, self._settings.sweep_seconds)
            sweeper.start()
            stack.callback(sweeper.stop, _STOP_SECONDS)
            self._stack = stack.pop_all()
        _log.info("worker started", owner=owner, workers=self._settings.workers)

    def stop(self) -> None:
        """Take no more messages, end running scans, and give them back without counting the attempt."""
        self._slots.close()
        self._stopping.set()
        self._stack.close()
        _log.info("worker stopped")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _supervisor(self, scratch: Scratch, mirrors: Mirrors) -> Supervisor:
        runner = Runner(self._settings, fingerprint_key(self._settings), self._stopping, self._command)
        return Supervisor(self._queue, self._settings, runner, scratch, mirrors)

    def _start_consumers(self) -> Callable[[], None]:
        """Let dramatiq call the dispatcher, and return how to end that."""
        threads = self._settings.workers
        worker = Worker(self._broker, worker_threads=threads, worker_timeout=_IDLE_MILLISECONDS)
        worker.queue_prefetch = threads
        worker.start()

        def stop() -> None:
            try:
                worker.stop(timeout=round(_STOP_SECONDS * 1000))
            except Exception as error:  # noqa: BLE001 - a broker that is away must not keep the leases from being released
                _log.warning("broker not left in good order", error=type(error).__name__)

        return stop


def _process_name() -> str:
    """Return a name that no other worker has ever had, fit for a file name."""
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"
