"""`TextScanner`: scans single texts in a child process.

A plugin's scanner can be any code: in a thread of the server, one slow regular expression would hold the interpreter
lock and block every other request. So texts go to a child process, which is killed when a scan takes too long. It
starts with the first text, loads the rules once, and scans one text after the other.

Requests and responses are frames with a length prefix of 8 bytes; the first request is the fingerprint key.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Final, Self

import structlog

from beca_core.errors import BecaError, DeadlineExceeded

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Collection
    from types import TracebackType

LENGTH_BYTES: Final = 8
SHOWN_FINDINGS: Final = 1000
"""How many findings a report contains; the others are only counted."""
SCAN_SECONDS: Final = 30.0
START_SECONDS: Final = 60.0

_INHERITED: Final = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR", "XDG_CACHE_HOME")

_log = structlog.stdlib.get_logger(__name__)


class TextScanner:
    """Scan texts in a child process; leaving `async with` ends it.

    Args:
        key: Key of the fingerprints.
        disabled_plugins: Names of plugins that are not loaded.
        seconds: Time limit for one text.
    """

    def __init__(self, key: bytes, disabled_plugins: Collection[str] = (), seconds: float = SCAN_SECONDS) -> None:
        self._key = key
        self._disabled = sorted(disabled_plugins)
        self._seconds = seconds
        self._one_at_a_time = asyncio.Lock()
        self._child: Process | None = None
        self._outdated = False

    def renew(self) -> None:
        """Have the next text scanned by a new process, which loads the plugins again; a running scan is finished."""
        self._outdated = True

    async def scan(self, text: bytes) -> bytes:
        """Return the report of a text, as JSON in the shape of `response_schemas.TextReport`.

        Raises:
            DeadlineExceeded: If it takes too long.
            BecaError: If the process dies, for example because of a plugin or for lack of memory.
        """
        async with self._one_at_a_time:
            if self._outdated:
                await self._end()
            try:
                child = self._child or await self._start()
                async with asyncio.timeout(self._seconds):
                    return await _exchange(child, text)
            except TimeoutError:
                await self._end()
                raise DeadlineExceeded(f"The text was not scanned within {self._seconds:g} seconds.") from None
            except (asyncio.IncompleteReadError, ConnectionError):
                await self._end(grace=1.0)
                raise BecaError("The process that scans texts died.") from None
            except asyncio.CancelledError:
                await self._end()  # otherwise the next text would receive the response to this one
                raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def _start(self) -> Process:
        self._outdated = False
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        # -P keeps Python from importing modules of the working directory.
        command = [sys.executable, "-P", "-m", "beca_api.texts.text_process", *self._disabled]
        # Its stderr may contain the text, so it is dropped. A session of its own keeps Ctrl-C away from it.
        self._child = child = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, start_new_session=True
        )
        async with asyncio.timeout(START_SECONDS):
            await _exchange(child, self._key)
        _log.info("text scanner started", pid=child.pid)
        return child

    async def _end(self, grace: float = 0.0) -> None:
        """Kill the process unless it ends by itself within so many seconds: a kill would hide its exit status."""
        child, self._child = self._child, None
        if child is None:
            return
        try:
            async with asyncio.timeout(grace):
                await child.wait()
        except TimeoutError:
            child.kill()
        _log.info("text scanner ended", pid=child.pid, status=await child.wait())


async def _exchange(child: Process, request: bytes) -> bytes:
    if child.stdin is None or child.stdout is None:
        raise ConnectionError
    child.stdin.write(len(request).to_bytes(LENGTH_BYTES) + request)
    await child.stdin.drain()
    length = int.from_bytes(await child.stdout.readexactly(LENGTH_BYTES))
    return await child.stdout.readexactly(length)
