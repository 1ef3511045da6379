"""The OpenAPI document: valid, complete, and consistent with the code."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from openapi_pydantic import OpenAPI
from pydantic import TypeAdapter

from beca_api.http.app import create_app
from beca_api.http.handlers import OPERATIONS
from beca_api.http.openapi import build_document
from beca_api.http.schemas.request_schemas import NewRepository, NewScan, RepositoryChange
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    Client = TestClient[web.Request, web.Application]

UNDOCUMENTED = {"/", *(f"/swagger/{name}" for name in ("index.html", "start.js", "favicon-32x32.png"))} | {
    "/swagger/swagger-ui.css",
    "/swagger/swagger-ui-bundle.js",
}
"""Pages for people, not operations."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(build_document(OPERATIONS))
    return loaded


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


async def test_the_served_document_is_made_from_the_operations(api: Client, document: dict[str, Any]) -> None:
    answer = await api.get("/openapi.json")
    assert answer.content_type == "application/json"
    assert await answer.json() == document


def test_it_is_an_openapi_document(document: dict[str, Any]) -> None:
    parsed = OpenAPI.model_validate(document)
    assert parsed.openapi == "3.1.1"
    written = parsed.model_dump(by_alias=True, exclude_none=True, mode="json")
    assert set(written["paths"]) == set(document["paths"])
    assert set(written["components"]["schemas"]) == set(document["components"]["schemas"])


def test_its_schemas_are_json_schemas(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for _, _, operation in operations(document):
        for parameter in operation["parameters"]:
            Draft202012Validator.check_schema(parameter["schema"])


def test_every_reference_has_a_target(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "#/([^"]*)"', json.dumps(document)))
    assert references
    for reference in references:
        place: Any = document
        for step in reference.split("/"):
            place = place[step]


def test_every_component_and_tag_is_used(document: dict[str, Any]) -> None:
    used = set(re.findall(r'"#/components/(?:schemas|responses)/([^"]*)"', json.dumps(document)))
    assert used == {*document["components"]["schemas"], *document["components"]["responses"]}
    assert {tag["name"] for tag in document["tags"]} == {operation.tag for operation in OPERATIONS}


def test_every_route_is_documented_and_every_documented_operation_is_routed(document: dict[str, Any]) -> None:
    routed = {
        (route.method, route.resource.canonical)
        for route in create_app(Settings.load()).router.routes()
        if route.resource is not None
    }
    documented = {(method, path) for method, path, _ in operations(document)}
    heads = {("HEAD", path) for method, path in documented if method == "GET"}
    pages = {(method, path) for path in UNDOCUMENTED for method in ("GET", "HEAD")}
    assert routed == documented | heads | pages


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)) == len(OPERATIONS)
    for method, path, operation in operations(document):
        assert operation["summary"], path
        assert all(parameter.get("description") for parameter in operation["parameters"] if parameter["in"] != "path")
        assert ("{id}" in path) == any(parameter["in"] == "path" for parameter in operation["parameters"])
        assert ("requestBody" in operation) == (method in {"POST", "PATCH"} and not path.endswith("/cancel")), path


def test_refusals_follow_from_the_inputs(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        statuses = set(operation["responses"])
        if operation["security"]:
            assert {"401", "403", "503"} <= statuses
        assert ("404" in statuses) == ("{id}" in path)
        assert ({"400", "408", "413", "415"} <= statuses) == ("requestBody" in operation)
        headers = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "header"}
        assert ("412" in statuses) == ("If-Match" in headers) == (method in {"PATCH", "DELETE"})
        assert ("304" in statuses) == ("If-None-Match" in headers)


@pytest.mark.parametrize("shape", [NewRepository, RepositoryChange, NewScan])
@pytest.mark.parametrize(
    "value",
    [{}, {"name": "a"}, {"name": "a", "url": "https://example.com/a"}, {"scope": "head"}, {"x": 1}, {"name": 1}, None],
)
def test_the_document_allows_what_the_code_accepts(document: dict[str, Any], shape: type, value: object) -> None:
    schema = document["components"]["schemas"][shape.__name__]
    allowed = Draft202012Validator(schema).is_valid(value)
    try:
        TypeAdapter(shape).validate_json(json.dumps(value))
        taken = True
    except ValueError:
        taken = False
    if not (shape is RepositoryChange and value == {}):  # refused by the service
        assert allowed == taken


async def test_its_examples_are_accepted(api: Client, document: dict[str, Any]) -> None:
    members = document["components"]["schemas"]["NewRepository"]["properties"]
    body = {name: member["examples"][0] for name, member in members.items()}
    assert (await api.post("/repositories", json=body)).status == 201


@pytest.mark.slow
async def test_responses_have_the_documented_shape(
    api: Client, document: dict[str, Any], finished: Callable[..., int]
) -> None:
    identity = finished(3)
    for method, path, operation in operations(document):
        if method != "GET":
            continue
        answer = await api.get(path.replace("{id}", str(identity)))
        content = operation["responses"]["200"]["content"]
        if "application/json" not in content:
            answer.close()
            continue
        schema = content["application/json"]["schema"]
        validator = Draft202012Validator({**schema, "components": document["components"]})
        validator.validate(await answer.json())
