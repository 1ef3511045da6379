"""`operation`: declares a call of the API next to its handler; the routes and the OpenAPI document come from it.

The parameters of a handler are the inputs of the operation, and nothing else reaches it::

    @operation("PATCH", "/repositories/{id}", ResponseSpec(200, "The changed repository.", Repository, etag=True))
    async def change_repository(
        request: web.Request, record_id: int, body: RepositoryChange, if_match: IfMatch
    ) -> Reply:
        \"\"\"Change a repository.\"\"\"

`record_id` comes from the path, `query` (a `Query`) from the query string, `body` from the body (a typed dictionary as
JSON, `bytes` as they are, `| None` where it may be left out), `if_match` from the header. The docstring's first line
is the summary, the rest the description.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args, get_type_hints

from aiohttp import web

from beca_api.http.request_parsing import JSON, IfMatch, JsonBody, TextBody, read_query, record_id
from beca_api.http.request_schemas import Query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

_INPUTS: Final = frozenset({"record_id", "query", "body", "if_match"})

Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class ResponseSpec:
    """What an operation answers when all went well.

    Args:
        status: HTTP status.
        description: What the answer means.
        model: Shape of the body; None for an answer without one.
        etag: Whether it has an entity tag; a reader that has this version already then gets a 304.
        headers: Its other headers and what they mean.
        refusals: Statuses of refusals that do not follow from the inputs.
    """

    status: int
    description: str
    model: type[BaseModel] | None = None
    etag: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler gives back.

    Args:
        body: A model, or JSON that is written already, or None.
        version: The version of the record that the entity tag names.
        headers: Headers of the answer.
    """

    body: BaseModel | bytes | None = None
    version: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Call: TypeAlias = Callable[..., Awaitable[Reply]]
"""A handler: takes the request and, by name, the operation's inputs."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the API.

    Args:
        method: HTTP method; HEAD comes with GET.
        path: The path, with `{id}` for a record's id.
        answer: What is answered when all went well.
        call: The handler.
        scope: What a token must allow; None: no token is needed.
        takes: Names of the handler's inputs.
        query: Shape of the query string.
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
        """The handler's name: unique, and the operationId of the document."""
        return self.call.__name__

    @property
    def tag(self) -> str:
        """Name of the module that the handler stands in."""
        return self.call.__module__.rpartition(".")[2]

    @property
    def description(self) -> str:
        """The handler's docstring."""
        return inspect.getdoc(self.call) or ""

    async def handle(self, request: web.Request) -> web.Response:
        """Check the inputs, call the handler, and write its reply."""
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
        response = web.Response(status=self.response.status, headers=reply.headers)
        if reply.version is not None:
            response.etag = str(reply.version)
            if request.method in {"GET", "HEAD"} and _has_version(request, str(reply.version)):
                response.set_status(304)
                return response
        if reply.body is not None:
            response.body = _json(reply.body)
            response.content_type = JSON
        return response


def operation(
    method: Method, path: str, response: ResponseSpec, *, scope: str | None = ""
) -> Callable[[Call], Operation]:
    """Declare a handler as an operation.

    Args:
        method: HTTP method.
        path: The path.
        answer: What it answers when all went well.
        scope: What a token must allow; left out: `read` for GET and `write` for the rest; None: no token is needed.

    Raises:
        TypeError: If the handler has a parameter that is no input, or the path and the handler do not agree on `{id}`.
    """

    def declare(call: Call) -> Operation:
        hints = get_type_hints(call)
        takes = frozenset(inspect.signature(call).parameters) - {"request", "_request"}
        if unknown := takes - _INPUTS:
            raise TypeError(f"{call.__name__}: {', '.join(sorted(unknown))} is no input; there are {sorted(_INPUTS)}")
        if ("{id}" in path) != ("record_id" in takes):
            raise TypeError(f"{call.__name__}: the path has an {{id}} where the handler takes a record_id")
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


def _has_version(request: web.Request, version: str) -> bool:
    return any(tag.value in {"*", version} for tag in request.if_none_match or ())


def _json(body: BaseModel | bytes) -> bytes:
    return body if isinstance(body, bytes) else body.model_dump_json(by_alias=True).encode()
