"""Listening for clients, with no more connections than the process may have files."""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import web

from beca_api.http.connections.client_connection import ClientConnections
from beca_core.errors import BecaError, InvalidSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from beca_core.system.settings import Settings

_SHUTDOWN_SECONDS: Final = 5.0
_ACCEPTED_AT_ONCE: Final = 8
"""Connections that are accepted in one turn of the event loop, before the first of them is counted."""
_TURNS: Final = 8
"""In so many turns, the server has noticed a request that had arrived before its connection was accepted. If others
could take all connections meanwhile, it would be closed for one of them."""
_WAITING: Final = 1024
"""Connections that the kernel keeps until they are accepted; with fewer, a burst would delay others by a second."""
_OWN_FILES: Final = 96
_FILES_OF_SCAN: Final = 8
"""Files that the process needs for itself, and for each scan that it runs."""
_FEWEST: Final = 16


@asynccontextmanager
async def listening(runner: web.AppRunner, settings: Settings) -> AsyncIterator[int]:
    """Serve an application to clients while the block runs; yield the port.

    Args:
        runner: Has set up the application; current requests are finished before it is cleaned up.
        settings: The address, and how many connections there may be.

    Raises:
        BecaError: If the address cannot be listened on.
        InvalidSettings: If the process may open too few files.
    """
    if runner.server is None:
        raise RuntimeError("the application is not set up")
    most = most_connections(settings)
    connections = ClientConnections(runner.server, most)
    clients = web.ServerRunner(connections, shutdown_timeout=_SHUTDOWN_SECONDS)
    await clients.setup()
    try:
        for listener in await _sockets(settings):
            await web.SockSite(clients, listener, backlog=min(_ACCEPTED_AT_ONCE, most // _TURNS)).start()
            listener.listen(_WAITING)
        yield int(clients.addresses[0][1])
    finally:
        await clients.cleanup()


def most_connections(settings: Settings) -> int:
    """Return how many connections there may be: as many as are set, and as the process may have files.

    Raises:
        InvalidSettings: If the process may open too few files.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return settings.max_connections
    free = files - _OWN_FILES - _FILES_OF_SCAN * settings.workers - _ACCEPTED_AT_ONCE
    if free < _FEWEST:
        raise InvalidSettings(
            f"This process may open {files} files, which are too few for BECA_WORKERS={settings.workers}.",
            hint="Allow it more (`ulimit -n`), or set fewer workers.",
        )
    return min(free, settings.max_connections)


async def _sockets(settings: Settings) -> list[socket.socket]:
    """Return a socket for each address of the host."""
    with ExitStack() as opened:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                settings.host or None, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            addresses = sorted({(family, address[:2]) for family, _, _, _, address in found})
            sockets = [
                opened.enter_context(socket.create_server(address, family=family)) for family, address in addresses
            ]
        except OSError as error:
            raise _cannot_listen(error, settings) from None
        opened.pop_all()
    return sockets


def _cannot_listen(error: OSError, settings: Settings) -> BecaError:
    where = f"{settings.host}, port {settings.port}"
    if error.errno == errno.EADDRINUSE:
        return BecaError(f"Another program listens on {where}.", hint="Stop it, or set another BECA_PORT.")
    return BecaError(f"The server cannot listen on {where}.", hint="Check BECA_HOST and BECA_PORT.")
