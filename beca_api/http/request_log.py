"""The request log: one line for each request, without anything that the caller sent except the method.

It says who did what to which record: the address of the connection, the id of the token, the route as the route table
spells it, the id of the record, and the path of a record that was made.
"""

from __future__ import annotations

import re
from time import perf_counter
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import structlog
from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

REQUEST_ID: Final = web.RequestKey("request_id", str)

TOKEN_ID: Final = web.RequestKey("token_id", str)
"""The id of the token that the caller is authenticated by; not set without one."""

_ID: Final = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)

_log = structlog.stdlib.get_logger(__name__)


@web.middleware
async def request_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give each request an id, and log one line after the response."""
    request_id = str(uuid4())
    request[REQUEST_ID] = request_id
    began = perf_counter()
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        response = await handler(request)
        response.headers["X-Request-Id"] = request_id
        _log.info(
            "request",
            method=request.method,
            route=_route(request),
            record=_record(request),
            made=response.headers.get("Location") if response.status in {201, 202} else None,
            token=request.get(TOKEN_ID),
            client=request.remote,
            status=response.status,
            milliseconds=round((perf_counter() - began) * 1000, 1),
        )
    return response


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(none)"


def _record(request: web.Request) -> int | None:
    """Return the id in the path if it can be one."""
    text = request.match_info.get("id", "")
    return int(text) if _ID.fullmatch(text) else None
