"""The request log: one line for each request, without anything that the caller sent except the method.

The path is logged as the route table spells it.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import structlog
from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

REQUEST_ID: Final = web.RequestKey("request_id", str)

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
            status=response.status,
            milliseconds=round((perf_counter() - began) * 1000, 1),
        )
    return response


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(none)"
