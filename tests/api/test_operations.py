"""`operation`: a handler's parameters are its inputs, and an inconsistent declaration raises an error."""

import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from beca_api.http.operations import Reply, ResponseSpec, operation
from beca_api.http.request_parsing import IfMatch, JsonBody, TextBody
from beca_api.http.schemas.request_schemas import PageQuery, Query
from beca_api.http.schemas.response_schemas import Health

SPEC = ResponseSpec(200, "Well.", Health, etag=True)


@operation("GET", "/things/{id}", SPEC)
async def get_thing(request: web.Request, record_id: int, query: PageQuery, if_match: IfMatch) -> Reply:
    """Get a thing.

    With a description.
    """
    return Reply(Health(), version=record_id, headers={"X-Limit": str(query.limit)})


def respond(path: str, **match: Any) -> Any:
    headers = match.pop("headers", {})
    return get_thing.handle(make_mocked_request("GET", path, match_info={"id": "7", **match}, headers=headers))


def test_the_declaration_comes_from_the_handler() -> None:
    assert get_thing.name == "get_thing"
    assert get_thing.description == "Get a thing.\n\nWith a description."
    assert get_thing.takes == {"record_id", "query", "if_match"}
    assert get_thing.query is PageQuery
    assert (get_thing.scope, get_thing.body) == ("read", None)


async def test_the_handler_gets_its_inputs_and_its_reply_becomes_the_response() -> None:
    response = await respond("/?limit=3")
    assert (response.status, response.headers["ETag"], response.headers["X-Limit"]) == (200, '"7"', "3")
    assert json.loads(response.body) == {"status": "ok"}
    assert response.content_type == "application/json"


async def test_a_version_that_the_client_has_is_not_sent_again() -> None:
    response = await respond("/", headers={"If-None-Match": '"7"'})
    assert (response.status, response.body, response.headers["ETag"]) == (304, None, '"7"')


def test_the_kind_of_body_follows_from_its_type() -> None:
    async def text(request: web.Request, body: bytes) -> Reply:
        raise NotImplementedError

    async def document(request: web.Request, body: dict[str, int]) -> Reply:
        raise NotImplementedError

    async def optional(request: web.Request, body: dict[str, int] | None) -> Reply:
        raise NotImplementedError

    declare = operation("POST", "/", SPEC)
    assert isinstance(declare(text).body, TextBody)
    assert declare(document).body == JsonBody(dict[str, int])
    assert declare(optional).body == JsonBody(dict[str, int], required=False)
    assert declare(optional).scope == "write"
    assert declare(optional).query is Query


def test_a_scope_can_be_named_or_waived() -> None:
    async def call(request: web.Request) -> Reply:
        raise NotImplementedError

    assert operation("POST", "/", SPEC, scope="read")(call).scope == "read"
    assert operation("GET", "/", SPEC, scope=None)(call).scope is None


def test_a_parameter_that_is_not_an_input_is_refused() -> None:
    async def call(request: web.Request, recordid: int) -> Reply:
        raise NotImplementedError

    with pytest.raises(TypeError, match="not an input: recordid"):
        operation("GET", "/{id}", SPEC)(call)


def test_a_path_and_a_handler_that_do_not_agree_are_refused() -> None:
    async def without(request: web.Request) -> Reply:
        raise NotImplementedError

    async def with_id(request: web.Request, record_id: int) -> Reply:
        raise NotImplementedError

    with pytest.raises(TypeError, match="record_id"):
        operation("GET", "/things/{id}", SPEC)(without)
    with pytest.raises(TypeError, match="record_id"):
        operation("GET", "/things", SPEC)(with_id)
