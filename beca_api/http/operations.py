"""`operation`: declares an operation of the API at its handler; routes and OpenAPI document are made from it.

The parameters of a handler are the inputs of the operation; no other part of the request is read::

    @operation("PATCH", "/repositories/{id}", ResponseSpec(200, "The changed repository.", Repository, etag=True))
    async def change_repository(
        request: web.Request, record_id: int, body: RepositoryChange, if_match: IfMatch
    ) -> Reply:
        \"\"\"Change a repository.\"\"\"

`record_id` comes from the path, `query` (a `Query`) from the query string, `if_match` from the header. `body` is the
body: a typed dictionary if it is JSON, `bytes` if it is read unchanged, `| None` if it is optional. The first line of
the docstring is the summary, the rest the description.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args, get_type_hints

from aiohttp import web

from beca_api.http.request_parsing import JSON, IfMatch, JsonBody, TextBody, has_version, read_query, record_id
from beca_api.http.schemas.request_schemas import Query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

_INPUTS: Final = frozenset({"record_id", "query", "body", "if_match"})

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
        others: Other statuses of success and what they mean; body and headers are the same.
    """

    status: int
    description: str
    model: type[BaseModel] | None = None
    etag: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    others: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler returns.

    Args:
        body: A model that is small, serialized JSON, or None.
        version: The version of the record, which becomes the entity tag.
        headers: Headers of the response.
        status: One of the operation's other statuses, or None for its usual one.
    """

    body: BaseModel | bytes | None = None
    version: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


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

    async def handle(self, request: web.Request) -> web.Response:
        """Read the inputs, call the handler, and make the response from its reply."""
        return self._response(request, await self.call(request, **await self._inputs(request)))

    async def _inputs(self, request: web.Request) -> dict[str, Any]:
        inputs: dict[str, Any] = {"query": read_query(request, self.query)}
        if "record_id" in self.takes:
            inputs["record_id"] = record_id(request)
        if "if_match" in self.takes:
            inputs["if_match"] = IfMatch.of(request)
        if self.body is not None:
            inputs["body"] = await self.body.read(request)
        return {name: value for name, value in inputs.items() if name in self.takes}

    def _response(self, request: web.Request, reply: Reply) -> web.Response:
        response = web.Response(status=reply.status or self.response.status, headers=reply.headers)
        if reply.version is not None:
            response.etag = str(reply.version)
            if request.method in {"GET", "HEAD"} and has_version(request, str(reply.version)):
                response.set_status(304)
                return response
        if reply.body is not None:
            response.body = reply.body if isinstance(reply.body, bytes) else as_json(reply.body)
            response.content_type = JSON
        return response


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


def as_json(body: BaseModel) -> bytes:
    """Return a model as it is sent."""
    return body.model_dump_json(by_alias=True).encode()
