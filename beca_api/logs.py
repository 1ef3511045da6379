"""Logs go to stderr: lines for a person on a terminal, JSON objects otherwise.

Nothing that a caller sent is logged but the method, and the path as the route table spells it.
"""

from __future__ import annotations

import logging
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import structlog
from aiohttp import web

if TYPE_CHECKING:
    from typing import TextIO

    from aiohttp.typedefs import Handler
    from structlog.typing import Processor

REQUEST_ID: Final = web.RequestKey("request_id", str)

_log = structlog.stdlib.get_logger(__name__)


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Send the logs of BECA and of the libraries below it to one place, in one format.

    Args:
        level: Least severe level that is written: debug, info, warning or error.
        stream: Where to write; None means stderr.
    """
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_traceback,
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer() if stream.isatty() else structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every look at the schema
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


@web.middleware
async def request_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give each request an id and write one line when it is answered."""
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


def _without_traceback(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Keep only the type of an exception: its text may hold what a caller or a repository sent."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    kind = raised[0] if isinstance(raised, tuple) else type(raised)
    if raised and kind is not None:
        event["error"] = kind.__name__
    return event
