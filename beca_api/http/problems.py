"""Errors as problem documents (RFC 9457). A document never repeats what the caller sent.

::

    {"type": "about:blank", "title": "Unprocessable Content", "status": 422, "code": "invalid-input",
     "detail": "The request has values that are not valid.", "instance": "urn:uuid:...",
     "errors": [{"pointer": "/name", "detail": "Field required"}]}
"""

from __future__ import annotations

import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from beca_api.http.request_log import REQUEST_ID
from beca_api.http.schemas.response_schemas import Problem, ProblemError
from beca_core.errors import BecaError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp.typedefs import Handler

CONTENT_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 5

_TITLES: Final = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
_DETAILS: Final = {
    400: "The request is not valid HTTP, or a part of it is too long.",
    404: "This path does not exist; /openapi.json lists all paths.",
    405: "This path does not have that method; the header Allow lists its methods.",
    413: "The body is larger than this server accepts (BECA_MAX_BODY_BYTES).",
    417: "The only expectation that this server meets is 100-continue.",
}

_log = structlog.stdlib.get_logger(__name__)


class Refused(Exception):
    """Raised when a request is refused before a service sees it.

    Args:
        status: HTTP status of the response.
        code: Machine-readable code.
        detail: A sentence for a person, without anything that the caller sent.
        headers: Further headers of the response.
        errors: The errors, each with its place in the request.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[ProblemError] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = list(errors)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn an exception of a handler into a problem document."""
    try:
        return await handler(request)
    except Refused as refusal:
        return problem_response(refusal, request[REQUEST_ID])
    except BecaError as error:
        return problem_response(_from_beca_error(error), request[REQUEST_ID])
    except web.HTTPException as error:
        return problem_response(from_http_error(error), request[REQUEST_ID])
    except Exception as error:  # noqa: BLE001 - the caller must not see any of it
        _log.error("unexpected error", error=type(error).__name__, frames=_frames(error))
        return problem_response(_unexpected(), request[REQUEST_ID])


def title(status: int) -> str:
    """Return the reason phrase of a status (RFC 9110); older Pythons have older phrases for some of them."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


def problem_response(refusal: Refused, request_id: str) -> web.Response:
    """Return the response to a refused request.

    Args:
        refusal: Why it is refused.
        request_id: The id under which the log has it.
    """
    document = Problem(
        title=title(refusal.status),
        status=refusal.status,
        code=refusal.code,
        detail=refusal.detail,
        instance=f"urn:uuid:{request_id}",
        errors=refusal.errors or None,
    )
    return web.Response(
        status=refusal.status,
        reason=title(refusal.status),
        body=document.model_dump_json(by_alias=True, exclude_none=True).encode(),
        content_type=CONTENT_TYPE,
        headers=refusal.headers,
    )


def _from_beca_error(error: BecaError) -> Refused:
    if error.http_status == 500:
        _log.error("request failed", code=error.code, detail=str(error))
        return _unexpected()
    headers = {"Retry-After": str(RETRY_SECONDS)} if error.http_status in {429, 503} else {}
    errors = []
    if isinstance(error, InvalidInput) and error.pointer:
        errors.append(ProblemError(pointer=error.pointer, detail=error.message))
    return Refused(error.http_status, error.code, str(error), headers=headers, errors=errors)


def from_http_error(error: web.HTTPException) -> Refused:
    """Return the refusal for an error of aiohttp, without its text, which may repeat what was sent."""
    name = title(error.status)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    code = name.lower().replace(" ", "-")
    return Refused(error.status, code, _DETAILS.get(error.status, f"{name}."), headers=headers)


def _unexpected() -> Refused:
    return Refused(500, "error", "The server failed; its log has the reason under the id in 'instance'.")


def _frames(error: BaseException) -> list[str]:
    """Return where an exception was raised, without its text, which may contain a secret."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
