"""`TextScanner`: scans single texts in a few child processes.

A plugin's scanner can be any code: in a thread of the server, one slow regular expression would hold the interpreter
lock and block every other request. So texts go to child processes, which are killed when a scan takes too long. Each
starts with its first text, loads the rules once, and scans one text after the other.

A bounded number of texts wait, and the time for each counts from its arrival. Large texts leave one of the processes to
small ones, so that these never wait behind them.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

from beca_api.texts.text_child import TextChild
from beca_core.errors import BecaError, DeadlineExceeded, TooManyRequests
from beca_core.rules.rule_selection import RuleChoice
from beca_core.system.plugin_tables import as_variable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from types import TracebackType

SHOWN_FINDINGS: Final = 1000
"""How many findings a report contains; the others are only counted."""
SCAN_SECONDS: Final = 30.0
MAX_WAITING: Final = 32
"""How many texts may wait for a process."""
SMALL_BYTES: Final = 64 * 1024
"""The size of a text that may use each of the processes."""


class TextScanner:
    """Scan texts in child processes; leaving `async with` ends them.

    Args:
        key: Key of the fingerprints.
        disabled_plugins: Names of plugins that are not loaded.
        seconds: Time limit for one text, with the time that it waits.
        choice: Which rules take part.
        plugin_settings: What is set for plugins, by plugin and by setting.
        processes: Number of processes.
    """

    def __init__(
        self,
        key: bytes,
        disabled_plugins: Collection[str] = (),
        seconds: float = SCAN_SECONDS,
        choice: RuleChoice = RuleChoice(),  # noqa: B008 - it cannot change
        plugin_settings: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
        processes: int = 2,
    ) -> None:
        arguments = [json.dumps(choice), *sorted(disabled_plugins)]
        variables = as_variable(plugin_settings)
        self._seconds = seconds
        self._children = [TextChild(arguments, variables, key) for _ in range(processes)]
        self._idle = [*self._children]  # the last one was used most recently, so that no more are started than needed
        self._outdated: set[TextChild] = set()
        self._free = asyncio.Semaphore(processes)
        self._free_for_large = asyncio.Semaphore(max(1, processes - 1))
        self._waiting = 0

    def renew(self) -> None:
        """Have the next texts scanned by new processes, which load the plugins again; running scans are finished."""
        self._outdated.update(self._children)

    async def scan(self, text: bytes) -> bytes:
        """Return the report of a text, as JSON in the shape of `response_schemas.TextReport`.

        Raises:
            TooManyRequests: If too many texts wait already.
            DeadlineExceeded: If it takes too long.
            BecaError: If the process dies, for example because of a plugin or for lack of memory.
        """
        if self._waiting >= MAX_WAITING:
            raise TooManyRequests("Too many texts wait to be scanned.", hint="Try again later.")
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(self._seconds):
                    await self._wait(held, len(text) > SMALL_BYTES)
                    return await self._scan(text)
            except TimeoutError:
                raise DeadlineExceeded(f"The text was not scanned within {self._seconds:g} seconds.") from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children:
            await child.end()

    async def _wait(self, held: AsyncExitStack, is_large: bool) -> None:
        """Wait until a process is free."""
        self._waiting += 1
        try:
            if is_large:
                await held.enter_async_context(self._free_for_large)
            await held.enter_async_context(self._free)
        finally:
            self._waiting -= 1

    async def _scan(self, text: bytes) -> bytes:
        child = self._idle.pop()
        try:
            if child in self._outdated:
                self._outdated.discard(child)
                await child.end()
            return await child.scan(text)
        except (asyncio.IncompleteReadError, OSError):
            await child.end(grace=1.0)
            raise BecaError("The process that scans texts died.") from None
        except asyncio.CancelledError:  # also when the time is over
            await child.end()  # otherwise the next text would receive the response to this one
            raise
        finally:
            self._idle.append(child)
