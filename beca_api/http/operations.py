"""`operation`: declares an operation of the API at its handler; routes and OpenAPI document are made from it.

The parameters of a handler are the inputs of the operation; no other part of the request is read::

    @operation("PATCH", "/repositories/{id}", ResponseSpec(200, "The changed repository.", Repository, etag=True))
    async def change_repository(
        request: web.Request, record_id: int, body: RepositoryChange, if_match: IfMatch
    ) -> Reply:
        \"\"\"Change a repository.\"\"\"

`record_id` comes from the path, `query` (a `Query`) from the query string, `if_match` from the header. `body` is the
body: a typed dictionary if it is JSON, `bytes` if it is read unchanged, `| None` if it is optional. `accept` is the one
of the response's media types that the client prefers, and `last_event_id` the last event that it has received. The
first line of the docstring is the summary, the rest the description.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, get_args, get_type_hints

import structlog
from aiohttp import hdrs, web
from pydantic import BaseModel
from pydantic_core import to_json

from beca_api.http.content_negotiation import preferred
from beca_api.http.request_log import REQUEST_ID
from beca_api.http.request_parsing import JSON, IfMatch, JsonBody, TextBody, has_version, read_query, record_id
from beca_api.http.schemas.request_schemas import Query

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

_log = structlog.stdlib.get_logger(__name__)

_INPUTS: Final = frozenset({"record_id", "query", "body", "if_match", "accept", "last_event_id"})

_NUMBER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)

Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class ResponseSpec:
    """The response of an operation that succeeds.

    Args:
        status: HTTP status.
        description: What the response means.
        model: Schema of the body; None for a response without one.
        etag: Whether it has an entity tag; a client that already has this version then receives a 304.
        headers: Its other headers and what they mean.
        refusals: Statuses of refusals that do not follow from the inputs.
        others: Other statuses of success and what they mean; body and headers are the same, but a 204 has none.
        media_types: Media types that the body can have beside JSON, or instead of it if there is no model.
    """

    status: int
    description: str
    model: type[BaseModel] | None = None
    etag: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    others: Mapping[int, str] = field(default_factory=dict)
    media_types: tuple[str, ...] = ()

    @property
    def offered(self) -> tuple[str, ...]:
        """All media types of the body, the usual one first."""
        return self.media_types if self.model is None else (JSON, *self.media_types)


class Stream(Protocol):
    """A body that is sent piece by piece."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the pieces; must not raise."""

    def close(self) -> None:
        """Release what is held for it; called once, also if no piece was sent."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler returns.

    Args:
        body: A model that is small, a body that is serialized already, a stream, or None.
        version: The version of the record, which becomes the entity tag.
        headers: Headers of the response.
        status: One of the operation's other statuses, or None for its usual one.
        media_type: Media type of the body.
    """

    body: BaseModel | bytes | Stream | None = None
    version: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    media_type: str = JSON


Call: TypeAlias = Callable[..., Awaitable[Reply]]
"""A handler: takes the request and, by name, the operation's inputs."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API.

    Args:
        method: HTTP method; GET includes HEAD.
        path: The path, with `{id}` for a record's id.
        response: The response if it succeeds.
        call: The handler.
        scope: The scope that a token must have; None if no token is needed.
        takes: Names of the handler's inputs.
        query: Schema of the query string.
        body: How the body is read, or None.
    """

    method: Method
    path: str
    response: ResponseSpec
    call: Call
    scope: str | None
    takes: frozenset[str]
    query: type[Query]
    body: JsonBody | TextBody | None

    @property
    def name(self) -> str:
        """The handler's name: unique, and the operationId in the OpenAPI document."""
        return self.call.__name__

    @property
    def tag(self) -> str:
        """Name of the handler's module."""
        return self.call.__module__.rpartition(".")[2]

    @property
    def description(self) -> str:
        """The handler's docstring."""
        return inspect.getdoc(self.call) or ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Read the inputs, call the handler, and make the response from its reply."""
        reply = await self.call(request, **await self._inputs(request))
        if reply.body is None or isinstance(reply.body, (bytes, BaseModel)):
            return self._response(request, reply, reply.body)
        return await _send(request, reply, reply.body)

    async def _inputs(self, request: web.Request) -> dict[str, Any]:
        inputs: dict[str, Any] = {"query": read_query(request, self.query)}
        if "record_id" in self.takes:
            inputs["record_id"] = record_id(request)
        if "if_match" in self.takes:
            inputs["if_match"] = IfMatch.of(request)
        if "accept" in self.takes:
            inputs["accept"] = preferred(",".join(request.headers.getall(hdrs.ACCEPT, ())), self.response.offered)
        if "last_event_id" in self.takes:
            inputs["last_event_id"] = _event_id(request)
        if self.body is not None:
            inputs["body"] = await self.body.read(request)
        return {name: value for name, value in inputs.items() if name in self.takes}

    def _response(self, request: web.Request, reply: Reply, body: bytes | BaseModel | None) -> web.Response:
        response = web.Response(status=reply.status or self.response.status, headers=reply.headers)
        if reply.version is not None:
            response.etag = str(reply.version)
            if request.method in {"GET", "HEAD"} and has_version(request, str(reply.version)):
                response.set_status(304)
                return response
        if body is not None:
            response.body = body if isinstance(body, bytes) else as_json(body)
            response.content_type = reply.media_type
        return response


async def _send(request: web.Request, reply: Reply, stream: Stream) -> web.StreamResponse:
    """Send a stream; a client that goes away ends it."""
    response = web.StreamResponse(headers=reply.headers)
    response.content_type = reply.media_type
    response.headers["X-Request-Id"] = request[REQUEST_ID]
    response.headers["X-Accel-Buffering"] = "no"  # a proxy would keep pieces back until there are many
    try:
        await response.prepare(request)
        if request.method != hdrs.METH_HEAD:
            async for chunk in stream.chunks():
                await response.write(chunk)
        await response.write_eof()
    except ConnectionError:
        response.force_close()
    except Exception as error:
        if not response.prepared:
            raise
        _log.error("stream broken", error=type(error).__name__)  # its status is sent; only a cut connection says so
        if request.transport is not None:
            request.transport.close()
    finally:
        stream.close()
    return response


def _event_id(request: web.Request) -> int | None:
    """Return the id in the header Last-Event-ID; None: there is none that this server has given."""
    text = request.headers.get("Last-Event-ID", "")
    return int(text) if _NUMBER.fullmatch(text) else None


def operation(
    method: Method, path: str, response: ResponseSpec, *, scope: str | None = ""
) -> Callable[[Call], Operation]:
    """Declare a handler as an operation.

    Args:
        method: HTTP method.
        path: The path.
        response: The response if it succeeds.
        scope: The scope that a token must have; by default `read` for GET and `write` for the rest; None if no token is
            needed.

    Raises:
        TypeError: If the handler has a parameter that is not an input, or only one of path and handler has an id.
    """

    def declare(call: Call) -> Operation:
        hints = get_type_hints(call)
        takes = frozenset(inspect.signature(call).parameters) - {"request", "_request"}
        if unknown := takes - _INPUTS:
            raise TypeError(f"{call.__name__}: not an input: {', '.join(sorted(unknown))}; use {sorted(_INPUTS)}")
        if ("{id}" in path) != ("record_id" in takes):
            raise TypeError(f"{call.__name__}: path {path} must have an {{id}} if and only if there is a record_id")
        return Operation(
            method=method,
            path=path,
            response=response,
            call=call,
            scope=("read" if method == "GET" else "write") if scope == "" else scope,
            takes=takes,
            query=hints.get("query", Query),
            body=_body(hints["body"]) if "body" in hints else None,
        )

    return declare


def _body(hint: Any) -> JsonBody | TextBody:
    if hint is bytes:
        return TextBody()
    if NoneType not in get_args(hint):
        return JsonBody(hint)
    (shape,) = set(get_args(hint)) - {NoneType}
    return JsonBody(shape, required=False)


def as_json(body: BaseModel | Mapping[str, Any]) -> bytes:
    """Return a model, or a document that may have models in it, as it is sent."""
    return to_json(body, by_alias=True)
