"""Protection of browsers: whom the server answers, and what a page of its may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from beca_api.http.keys import SETTINGS
from beca_api.http.problems import Refused

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from beca_core.system.settings import Settings

PROBES: Final = frozenset({"/healthz", "/readyz"})
"""Paths that answer under any host name: what watches a server often knows only its address."""

ALL_ADDRESSES: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every answer has; a page may have set a policy of its own before."""
    response.headers["Server"] = "beca"
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def known_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests for a name that is not the server's: a rebound DNS name would let any web page in."""
    names = own_names(request.app[SETTINGS])
    if not {"*", host_name(request.headers.get(hdrs.HOST, ""))} & names and request.path not in PROBES:
        detail = "This server does not answer under that host name; BECA_ALLOWED_HOSTS lists those that it has."
        raise Refused(421, "misdirected-request", detail)
    return await handler(request)


@web.middleware
async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse changes that a web page of another origin asks for; without tokens nothing else would stop them."""
    origin = request.headers.get(hdrs.ORIGIN)
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get(hdrs.HOST, "")
    if foreign and request.method not in {"GET", "HEAD"}:
        raise Refused(403, "cross-origin", "A web page of another origin asked for this.")
    return await handler(request)


def own_names(settings: Settings) -> frozenset[str]:
    """Return the names under which the server answers: those allowed, and the address that it listens on."""
    if settings.host in ALL_ADDRESSES:
        return settings.allowed_hosts
    return settings.allowed_hosts | {f"[{settings.host}]" if ":" in settings.host else settings.host.lower()}


def host_name(header: str) -> str:
    """Return the name in a Host header, in lower case and without the port; brackets of IPv6 addresses stay."""
    name, colon, port = header.rpartition(":")
    return (name if colon and port.isdecimal() else header).lower()
