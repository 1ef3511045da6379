"""The OpenAPI 3.1 document, made from the operations and from the models that validate requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from beca_api.http.access.security import PROBES
from beca_api.http.problems import CONTENT_TYPE, title
from beca_api.http.request_parsing import JSON, JsonBody
from beca_api.http.schemas.request_schemas import RecordId
from beca_api.http.schemas.response_schemas import Problem
from beca_core import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic.json_schema import JsonSchemaMode

    from beca_api.http.operations import Operation

_Json: TypeAlias = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/{model}"
_SECURITY: Final = "bearer"
_STRING: Final = {"type": "string"}
_TAGS: Final = {
    "repositories": "Repositories and the scans that are queued for them.",
    "results": "The outcome and the findings of each scan.",
    "issues": "Secrets that were found, and what has become of them.",
    "scanning": "Texts that are scanned within the request.",
    "catalogue": "Rules and plugins.",
    "audit": "Who did what to which record.",
    "service": "The service itself.",
}
_REFUSALS: Final = {
    400: "The body is malformed.",
    401: "The bearer token is missing or not valid.",
    403: "The token lacks a scope, or the request comes from a web page of another origin.",
    404: "There is no record with this id, or the id is not a whole number from 1 upwards.",
    408: "The body did not arrive in time.",
    409: "The URL is already registered, or the scan has ended already.",
    412: "The record has another entity tag: it changed since it was read.",
    413: "The body is too large.",
    415: "The body has the wrong content type, or a content encoding.",
    421: "The server does not respond under that host name.",
    422: "Values are wrong, missing, unknown or repeated; `errors` names the places.",
    429: "Too many requests of this kind wait already; the header Retry-After says when to try again.",
    503: "The database does not answer, or its schema is of another version.",
    504: "The scan of the text took too long.",
}


def build_document(operations: Sequence[Operation]) -> bytes:
    """Return the document of these operations, as JSON."""
    schemas = _Schemas(operations)
    paths: dict[str, _Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    document = {
        "openapi": "3.1.1",
        "info": {
            "title": "BECA",
            "version": __version__,
            "description": "Finds secrets in git repositories.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {str(status): _refusal(status, schemas) for status in _REFUSALS},
            "securitySchemes": {
                _SECURITY: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token that `beca token create`, or the first start of `beca serve`, printed.",
                }
            },
        },
    }
    return json.dumps(document).encode()


class _Untitled(GenerateJsonSchema):
    """Schemas whose members have no titles, which would only repeat their names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        """Return False."""
        return False


class _Schemas:
    """The JSON schemas of all models, each once."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        bodies = [operation.body.shape for operation in operations if isinstance(operation.body, JsonBody)]
        models = [operation.response.model for operation in operations if operation.response.model]
        shapes: list[tuple[Any, JsonSchemaMode]] = [
            *((shape, "validation") for shape in bodies),
            *((model, "serialization") for model in [Problem, *models]),
        ]
        named, definitions = TypeAdapter.json_schemas(
            [(shape, mode, TypeAdapter(shape)) for shape, mode in shapes],
            ref_template=_REFERENCE,
            schema_generator=_Untitled,
        )
        self._named = {shape: schema for (shape, _), schema in named.items()}
        self.components: _Json = definitions["$defs"]

    def of(self, shape: Any) -> _Json:
        """Return the schema of a shape, by reference."""
        return self._named[shape]


def _operation(operation: Operation, schemas: _Schemas) -> _Json:
    summary, _, description = operation.description.partition("\n")
    body = operation.body
    documented = {
        "tags": [operation.tag],
        "summary": summary.removesuffix("."),
        "operationId": operation.name,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)],
        "responses": _responses(operation, schemas),
        "security": [] if operation.scope is None else [{_SECURITY: [operation.scope]}],
    }
    if description:
        documented["description"] = description.strip()
    if body is not None:
        schema = schemas.of(body.shape) if isinstance(body, JsonBody) else _STRING
        content = {kind: {"schema": schema} for kind in body.media_types}
        documented["requestBody"] = {"content": content, "required": body.required}
    return documented


def _responses(operation: Operation, schemas: _Schemas) -> _Json:
    spec = operation.response
    headers = {name: _header(meaning) for name, meaning in spec.headers.items()}
    if spec.etag:
        headers["ETag"] = _header("Entity tag of the record, for If-Match and If-None-Match.")
    documented: _Json = {"description": spec.description, "headers": headers}
    content: _Json = {kind: {"schema": _STRING} for kind in spec.media_types}
    if spec.model is not None:
        content = {JSON: {"schema": schemas.of(spec.model)}, **content}
    with_body = documented | ({"content": content} if content else {})
    responses = {str(spec.status): with_body}
    for status, meaning in spec.others.items():
        responses[str(status)] = (documented if status == 204 else with_body) | {"description": meaning}
    if spec.etag and operation.method == "GET":
        responses["304"] = {"description": "The client already has this version."}
    refusals = {str(status): {"$ref": f"#/components/responses/{status}"} for status in _refusals(operation)}
    return responses | refusals


def _refusal(status: int, schemas: _Schemas) -> _Json:
    return {
        "description": f"{title(status)}. {_REFUSALS[status]}",
        "content": {CONTENT_TYPE: {"schema": schemas.of(Problem)}},
    }


def _refusals(operation: Operation) -> list[int]:
    """Return the statuses of an operation's refusals, which follow from its inputs."""
    found = {421, 422, *operation.response.refusals}
    if operation.path in PROBES:
        found.remove(421)
    if operation.scope is not None:
        found |= {401, 403, 503}
    if "record_id" in operation.takes:
        found.add(404)
    if "if_match" in operation.takes:
        found.add(412)
    if operation.body is not None:
        found |= {400, 408, 413, 415}
    return sorted(found)


def _path_parameters(operation: Operation) -> list[_Json]:
    if "record_id" not in operation.takes:
        return []
    return [_parameter("id", "path", TypeAdapter(RecordId).json_schema(), required=True)]


def _query_parameters(operation: Operation) -> list[_Json]:
    document = operation.query.model_json_schema()
    definitions = document.get("$defs", {})
    return [
        _parameter(name, "query", _without_null(schema, definitions), description=schema["description"])
        for name, schema in document["properties"].items()
    ]


def _without_null(schema: _Json, definitions: _Json) -> _Json:
    """Return the schema of a query parameter without null, which a query string cannot contain."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    (kind,) = [definitions[kind["$ref"].rpartition("/")[2]] if "$ref" in kind else kind for kind in kinds]
    return {key: value for key, value in kind.items() if key not in {"title", "description"}}


def _header_parameters(operation: Operation) -> list[_Json]:
    found = []
    if "if_match" in operation.takes:
        found.append(("If-Match", "Change the record only if it has this entity tag."))
    if operation.response.etag and operation.method == "GET":
        found.append(("If-None-Match", "Respond with 304 if the record has this entity tag."))
    if "last_event_id" in operation.takes:
        found.append(("Last-Event-ID", "The last event that was received; the stream continues after it."))
    return [_parameter(name, "header", _STRING, description=description) for name, description in found]


def _parameter(name: str, place: str, schema: _Json, **members: object) -> _Json:
    return {"name": name, "in": place, "schema": schema, **members}


def _header(description: str) -> _Json:
    return {"description": description, "schema": _STRING}
