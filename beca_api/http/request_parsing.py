"""Read and validate the inputs of a request. A refusal names each wrong place and never repeats what was sent."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from aiohttp import hdrs, web
from pydantic import TypeAdapter, ValidationError

from beca_api.http.problems import Refused
from beca_api.http.schemas.response_schemas import ProblemError
from beca_core.errors import NotFound
from beca_core.storage.models import MAX_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pydantic_core import ErrorDetails

    from beca_api.http.schemas.request_schemas import Query

JSON: Final = "application/json"
TEXT_TYPES: Final = ("text/plain", "application/octet-stream")
BODY_SECONDS: Final = 30.0

_SHOWN_ERRORS: Final = 20
_PLAIN_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_-]{0,31}")
_DECIMAL: Final = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True)
class JsonBody:
    """A body that is a JSON document.

    Args:
        shape: The type that the document must have.
        required: Whether a request without a body is refused.
    """

    shape: Any
    required: bool = True

    @property
    def media_types(self) -> tuple[str, ...]:
        """The content types that are accepted."""
        return (JSON,)

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.shape)

    async def read(self, request: web.Request) -> Any:
        """Return the value, or None if there is no body and none is required.

        Raises:
            Refused: With status 400, 408, 413, 415 or 422.
        """
        _refuse_encoding(request)
        data = await _read(request)
        if not data and not self.required:
            return None
        _check_content_type(request, self.media_types)
        try:
            return self._adapter.validate_json(data)
        except ValidationError as error:
            raise _refused_body(error, _members(self.shape)) from None


class TextBody:
    """A body that is read as raw bytes; a request without a body has an empty text."""

    required = False
    media_types = TEXT_TYPES

    async def read(self, request: web.Request) -> bytes:
        """Return the bytes.

        Raises:
            Refused: With status 400, 408, 413 or 415.
        """
        _refuse_encoding(request)
        _check_content_type(request, self.media_types)
        return await _read(request)


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The precondition of a change: the version that the caller read.

    Args:
        tags: The entity tags of the header If-Match, or None if the request has no such header.
    """

    tags: tuple[str, ...] | None

    @classmethod
    def of(cls, request: web.Request) -> IfMatch:
        """Read the header; weak tags never match (RFC 9110, section 13.1.1)."""
        if hdrs.IF_MATCH not in request.headers:
            return cls(None)
        return cls(tuple(tag.value for tag in request.if_match or () if not tag.is_weak))

    def version(self, current: Callable[[], int]) -> int | None:
        """Return the version that the record must have when it is changed: None for any, 0 (never used) for none.

        Args:
            current: Returns the version that the record has now.
        """
        if self.tags is None or "*" in self.tags:
            return None
        version = current()
        return version if str(version) in self.tags else 0


def has_version(request: web.Request, version: str) -> bool:
    """Return whether the client has a version already, by its header If-None-Match."""
    return any(tag.value in {"*", version} for tag in request.if_none_match or ())


def record_id(request: web.Request) -> int:
    """Return the id in the path.

    Raises:
        NotFound: If it is not a whole number from 1 upwards, so that no record can have it.
    """
    text = request.match_info["id"]
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_ID:
        raise NotFound("The id in the path is not valid.", hint="Ids are whole numbers from 1 upwards.")
    return int(text)


def read_query(request: web.Request, model: type[Query]) -> Query:
    """Parse the query string.

    Raises:
        Refused: With status 422 and the parameters that are wrong, unknown or repeated.
    """
    repeated = {name for name in request.query if len(request.query.getall(name)) > 1}
    if repeated:
        raise _invalid(
            ProblemError(parameter=_name(name), detail="The parameter is repeated.") for name in sorted(repeated)
        )
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as error:
        known = [field.alias or name for name, field in model.model_fields.items()]
        raise _invalid(
            ProblemError(parameter=_name(str(wrong["loc"][0])), detail=_detail(wrong, known))
            for wrong in _errors(error)
        ) from None


async def _read(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise Refused(408, "request-timeout", f"The body did not arrive within {BODY_SECONDS:g} seconds.") from None
    except (web.RequestPayloadError, ConnectionError):
        raise _malformed("The body could not be read to its end.") from None


def _refuse_encoding(request: web.Request) -> None:
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise Refused(415, "unsupported-media-type", "Send the body without a Content-Encoding.")


def _check_content_type(request: web.Request, allowed: Sequence[str]) -> None:
    if request.content_type not in allowed:
        detail = f"Send the body as {' or '.join(allowed)}."
        raise Refused(415, "unsupported-media-type", detail, headers={"Accept": ", ".join(allowed)})


def _refused_body(error: ValidationError, known: Iterable[str]) -> Refused:
    errors = _errors(error)
    if errors[0]["type"] == "json_invalid":
        return _malformed(f"The body is not JSON: {errors[0]['msg'].removeprefix('Invalid JSON: ')}.")
    return _invalid(ProblemError(pointer=_pointer(wrong), detail=_detail(wrong, known)) for wrong in errors)


def _malformed(detail: str) -> Refused:
    return Refused(400, "malformed", detail)


def _invalid(errors: Iterable[ProblemError]) -> Refused:
    return Refused(422, "invalid-input", "The request has values that are not valid.", errors=list(errors))


def _errors(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)[:_SHOWN_ERRORS]


def _detail(wrong: ErrorDetails, known: Iterable[str]) -> str:
    if wrong["type"] == "extra_forbidden":
        return f"Unknown name; the known names are: {', '.join(known) or 'none'}."
    return f"{wrong['msg']}."


def _pointer(wrong: ErrorDetails) -> str:
    """Return the JSON pointer (RFC 6901) to a wrong member, or to its parent if its name is not a plain word."""
    steps = [str(step) for step in wrong["loc"]]
    if wrong["type"] == "extra_forbidden" and not _PLAIN_WORD.fullmatch(steps[-1]):
        steps.pop()
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


def _name(parameter: str) -> str | None:
    """Return a parameter's name if it is a plain word; an unknown name may be anything, even a secret."""
    return parameter if _PLAIN_WORD.fullmatch(parameter) else None


def _members(shape: Any) -> list[str]:
    return list(getattr(shape, "__annotations__", {}))
