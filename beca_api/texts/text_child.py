"""`TextChild`: the child process that scans texts, one after the other; it can be killed and replaced.

Requests and responses are frames with a length prefix of 8 bytes; the first request is the fingerprint key.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping, Sequence

LENGTH_BYTES: Final = 8

_INHERITED: Final = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR", "XDG_CACHE_HOME")

_log = structlog.stdlib.get_logger(__name__)


class TextChild:
    """A process that is started by its first text; it serves one caller at a time.

    Args:
        arguments: The arguments of `beca_api.texts.text_process`.
        variables: Its environment, besides what it inherits.
        key: Key of the fingerprints.
    """

    def __init__(self, arguments: Sequence[str], variables: Mapping[str, str], key: bytes) -> None:
        self._arguments = arguments
        self._variables = variables
        self._key = key
        self._process: Process | None = None

    async def scan(self, text: bytes) -> bytes:
        """Return the report of a text; start the process if necessary. If this raises, call `end`.

        Raises:
            OSError: If the process cannot be started, or dies.
            asyncio.IncompleteReadError: If it dies while it responds.
        """
        return await _exchange(self._process or await self._start(), text)

    async def end(self, grace: float = 0.0) -> None:
        """Kill the process unless it ends by itself within so many seconds: a kill would hide its exit status."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            async with asyncio.timeout(grace):
                await process.wait()
        except TimeoutError:
            process.kill()
        _log.info("text scanner ended", pid=process.pid, status=await process.wait())

    async def _start(self) -> Process:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment = {**inherited, **self._variables}
        # -P keeps Python from importing modules of the working directory.
        command = [sys.executable, "-P", "-m", "beca_api.texts.text_process", *self._arguments]
        # Its stderr may contain the text, so it is dropped. A session of its own keeps Ctrl-C away from it.
        self._process = process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=environment,
            start_new_session=True,
        )
        await _exchange(process, self._key)
        _log.info("text scanner started", pid=process.pid)
        return process


async def _exchange(process: Process, request: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise ConnectionError
    process.stdin.write(len(request).to_bytes(LENGTH_BYTES) + request)
    await process.stdin.drain()
    length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES))
    return await process.stdout.readexactly(length)
