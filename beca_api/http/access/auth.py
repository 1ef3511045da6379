"""Authentication by bearer tokens, and authorization by their scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from beca_api.http.keys import CALLS, SETTINGS, TOKEN_USES, TOKENS
from beca_api.http.problems import Refused
from beca_api.http.request_log import TOKEN_ID
from beca_core.storage.models import Way
from beca_core.storage.services.audit import Actor, act_as

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

_REALM: Final = 'Bearer realm="beca"'


def require_scope(scope: str | None, handler: Handler) -> Handler:
    """Wrap a handler so that it runs only for callers whose token has a scope.

    Args:
        scope: The scope, or None for a handler that anybody may call.
        handler: The handler.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        if scope is not None and request.app[SETTINGS].require_token:
            await _check(request, scope)
        act_as(Actor(Way.API, request.get(TOKEN_ID), request.remote))
        return await handler(request)

    return handle


async def _check(request: web.Request, scope: str) -> None:
    token = _token(request)
    record = await request.app[CALLS].read(request.app[TOKENS].authenticate, token)
    if record is None:
        raise _unauthorized("The bearer token is unknown, expired or revoked.", ', error="invalid_token"')
    request[TOKEN_ID] = record.id
    request.app[TOKEN_USES].note(record)
    if scope not in record.scopes:
        raise Refused(
            403,
            "forbidden",
            f"The bearer token lacks the scope '{scope}'.",
            headers={hdrs.WWW_AUTHENTICATE: f'{_REALM}, error="insufficient_scope", scope="{scope}"'},
        )


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorized("Send a token in the header 'Authorization: Bearer ...'; `beca token create` makes one.")
    return token.strip()


def _unauthorized(detail: str, challenge: str = "") -> Refused:
    return Refused(401, "unauthorized", detail, headers={hdrs.WWW_AUTHENTICATE: _REALM + challenge})
