"""`ClientConnections`: the open connections of clients, of which a bounded number exists.

Clients without a token can open connections, so no number of them may keep others out. When there are as many as
allowed, the one that has been without a request for longest is closed for a new one. A connection that is being served
is never closed for another; it has time limits for its request and for its response.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import structlog
from aiohttp import hdrs, web

from beca_api.http.access.security import add_security_headers
from beca_api.http.problems import from_http_error, problem_response
from beca_api.logs import Seldom

if TYPE_CHECKING:
    from asyncio import BaseTransport, TimerHandle

HEADER_SECONDS: Final = 15.0
"""Time for the head of the first request of a connection."""
KEEP_ALIVE_SECONDS: Final = 75.0
"""Longest time between two requests; longer than reverse proxies keep a connection, so that they close it first."""
SEND_SECONDS: Final = 30.0
"""Time in which a client has to receive a response that does not fit into the buffers of the socket."""

HANDLER_OPTIONS: Final[dict[str, Any]] = {
    "access_log": None,
    "auto_decompress": False,  # bodies with an encoding are refused, not decoded
    "keepalive_timeout": KEEP_ALIVE_SECONDS,
    "lingering_time": 2.0,
}
"""Options of `aiohttp.web.RequestHandler`."""

_CONTINUE: Final = "100-continue"
_LOG_EVERY_SECONDS: Final = 60.0

_log = structlog.stdlib.get_logger(__name__)


class ClientConnections(web.Server):
    """The connections of an application.

    Args:
        server: The server of a runner of the application that has been set up.
        most: How many connections may be open at once.
    """

    def __init__(self, server: web.Server, most: int) -> None:
        super().__init__(self._serve, request_factory=server.request_factory)
        self._application = server.request_handler
        self._most = most
        self._open: set[ClientConnection] = set()
        self._idle: dict[ClientConnection, None] = {}  # the one that has been idle for longest comes first
        self._full = Seldom(_LOG_EVERY_SECONDS)

    def __call__(self) -> ClientConnection:
        """Return the protocol of a new connection."""
        return ClientConnection(self)

    def admit(self, connection: ClientConnection) -> None:
        """Add a new connection, and close another one if there are too many."""
        self._open.add(connection)
        self._idle[connection] = None
        if len(self._open) <= self._most:
            return
        if (unlogged := self._full.due(time.monotonic())) is not None:
            _log.warning("too many connections, idle ones are closed", most=self._most, unlogged=unlogged)
        next(iter(self._idle)).abort()

    def rest(self, connection: ClientConnection) -> None:
        """Record that a connection has received its response."""
        if connection in self._open:
            self._idle[connection] = None

    def remove(self, connection: ClientConnection) -> None:
        """Forget a connection that is closed."""
        self._open.discard(connection)
        self._idle.pop(connection, None)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if isinstance(request.protocol, ClientConnection):
            request.protocol.begin()
            self._idle.pop(request.protocol, None)
        if request.headers.get(hdrs.EXPECT, _CONTINUE).lower() != _CONTINUE:  # aiohttp's own refusal repeats the header
            return _refused(web.HTTPExpectationFailed())
        return await self._application(request)


class ClientConnection(web.RequestHandler):
    """One connection.

    Args:
        connections: The open connections, to which it is added when it is made.
    """

    __slots__ = ("_connections", "_first_request", "_sending")

    def __init__(self, connections: ClientConnections) -> None:
        super().__init__(connections, loop=asyncio.get_running_loop(), **HANDLER_OPTIONS)
        self._connections = connections
        self._first_request: TimerHandle | None = None
        self._sending: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Give the client a limited time for its first request."""
        super().connection_made(transport)
        self._first_request = asyncio.get_running_loop().call_later(HEADER_SECONDS, self.abort)
        self._connections.admit(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Release what is held for this connection."""
        for timer in (self._first_request, self._sending):
            if timer is not None:
                timer.cancel()
        self._connections.remove(self)
        super().connection_lost(exc)

    def begin(self) -> None:
        """Record that the head of a request has arrived."""
        if self._first_request is not None:
            self._first_request.cancel()

    def abort(self) -> None:
        """Close the connection at once, whatever is still to be sent."""
        self._connections.remove(self)
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    def pause_writing(self) -> None:
        """Give the client a limited time to receive what it has been sent."""
        super().pause_writing()
        self._sending = asyncio.get_running_loop().call_later(SEND_SECONDS, self.abort)

    def resume_writing(self) -> None:
        """End that time limit."""
        super().resume_writing()
        if self._sending is not None:
            self._sending.cancel()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send a response; afterwards the connection may be closed for another one."""
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._connections.rest(self)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - the parser's, with what the client sent
    ) -> web.StreamResponse:
        """Return the problem document of a request that is not HTTP, or of a failure outside of the application."""
        if request.writer.output_size > 0:
            raise ConnectionError("part of another response is sent already")
        if status == 500:
            _log.error("unexpected error", error=type(exc).__name__)
            return _refused(web.HTTPInternalServerError())
        return _refused(web.HTTPBadRequest() if status == 400 else web.HTTPGatewayTimeout())


def _refused(error: web.HTTPException) -> web.StreamResponse:
    response = problem_response(from_http_error(error), str(uuid4()))
    add_security_headers(response)
    response.force_close()
    return response
