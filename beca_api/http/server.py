"""`beca serve`: runs the server until it receives a signal."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiohttp import web

from beca_api.http.access.first_token import first_token, welcome
from beca_api.http.access.security import ALL_ADDRESSES
from beca_api.http.app import create_app
from beca_api.http.connections.listening import listening
from beca_api.http.keys import TOKENS
from beca_api.logs import Seldom, configure_logging

if TYPE_CHECKING:
    from beca_core.system.settings import Settings

_LOOP_ERRORS: Final = Seldom(10.0)

_SWITCH_SECONDS: Final = 0.001
"""After so long, a thread that makes a large response lets the event loop run; by default it would take five times."""
_THREADS_SECONDS: Final = 2.0
_NEW_OBJECTS: Final = 10_000
"""A page of findings makes about as many; by default there is a collection for 700."""

_log = structlog.stdlib.get_logger(__name__)


def main(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish the current requests and release the running scans.

    Raises:
        BecaError: If the server cannot start: the address is in use, a setting is wrong, or the database does not
            answer or has the schema of another version.
    """
    configure_logging(settings.log_level)
    sys.setswitchinterval(_SWITCH_SECONDS)
    asyncio.run(_serve(settings))
    _leave_stuck_threads()


async def _serve(settings: Settings) -> None:
    asyncio.get_running_loop().set_exception_handler(_log_loop_error)
    stop = _stop_signal()
    runner = web.AppRunner(create_app(settings))
    try:
        await runner.setup()
        _collect_less()
        async with listening(runner, settings) as port:
            token = await asyncio.to_thread(first_token, runner.app[TOKENS]) if settings.require_token else None
            print(welcome(f"http://{_reachable(settings.host)}:{port}", token), flush=True)  # noqa: T201
            _log.info("server stops", signal=await stop)
            await runner.app.shutdown()
    finally:
        await runner.cleanup()


def _collect_less() -> None:
    """Leave out of garbage collections what lives as long as the server, and collect once in some responses.

    With a thousand rules in the catalogue, each full collection stopped everything for 0.1 seconds, once a second under
    load.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])


def _leave_stuck_threads() -> None:
    """End the process if threads still wait for a database that does not answer; Python would wait for them."""
    this = threading.current_thread()
    others = [thread for thread in threading.enumerate() if thread is not this and not thread.daemon]
    end = time.monotonic() + _THREADS_SECONDS
    for thread in others:
        thread.join(max(0.0, end - time.monotonic()))
    if stuck := sum(thread.is_alive() for thread in others):
        _log.warning("threads still wait for the database", threads=stuck)
        os._exit(0)


def _stop_signal() -> asyncio.Future[str]:
    """Return a future for the name of the first signal that stops the server."""
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[str] = loop.create_future()

    def on_signal(number: signal.Signals) -> None:
        if not stop.done():
            stop.set_result(number.name)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    return stop


def _log_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error of the event loop, such as a connection that cannot be accepted; clients can cause many of them."""
    if (unlogged := _LOOP_ERRORS.due(loop.time())) is not None:
        error = type(context.get("exception")).__name__
        _log.error("error in the event loop", detail=context["message"], error=error, unlogged=unlogged)


def _reachable(host: str) -> str:
    """Return the host in a URL by which a program on this machine reaches the server."""
    if host in ALL_ADDRESSES:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
