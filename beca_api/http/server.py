"""`beca serve`: runs the server until it receives a signal."""

from __future__ import annotations

import asyncio
import errno
import signal
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from beca_api.http.app import create_app
from beca_api.http.first_token import first_token, welcome
from beca_api.http.keys import TOKENS
from beca_api.http.security import ALL_ADDRESSES
from beca_api.logs import configure_logging
from beca_core.errors import BecaError

if TYPE_CHECKING:
    from beca_core.system.settings import Settings

_SHUTDOWN_SECONDS: Final = 5.0

_log = structlog.stdlib.get_logger(__name__)


def main(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish the current requests and release the running scans.

    Raises:
        BecaError: If the server cannot start: the address is in use, a setting is wrong, or the database does not
            answer or has the schema of another version.
    """
    configure_logging(settings.log_level)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = _stop_signal()
    runner = web.AppRunner(create_app(settings), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    try:
        await runner.setup()
        port = await _listen(runner, settings)
        token = await asyncio.to_thread(first_token, runner.app[TOKENS]) if settings.require_token else None
        print(welcome(f"http://{_reachable(settings.host)}:{port}", token), flush=True)  # noqa: T201
        _log.info("server stops", signal=await stop)
    finally:
        await runner.cleanup()


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


async def _listen(runner: web.AppRunner, settings: Settings) -> int:
    """Open the socket and return its port."""
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        raise _cannot_listen(error, settings) from None
    return int(runner.addresses[0][1])


def _cannot_listen(error: OSError, settings: Settings) -> BecaError:
    where = f"{settings.host}, port {settings.port}"
    if error.errno == errno.EADDRINUSE:
        return BecaError(f"Another program listens on {where}.", hint="Stop it, or set another BECA_PORT.")
    return BecaError(f"The server cannot listen on {where}.", hint="Check BECA_HOST and BECA_PORT.")


def _reachable(host: str) -> str:
    """Return the host in a URL by which a program on this machine reaches the server."""
    if host in ALL_ADDRESSES:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
