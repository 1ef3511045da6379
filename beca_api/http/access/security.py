"""Protection against web pages: allowed host names, the same-origin check, and security headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from beca_api.http.keys import SETTINGS
from beca_api.http.problems import Refused

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

    from beca_core.system.settings import Settings

PROBES: Final = frozenset({"/healthz", "/readyz"})
"""Paths that respond under any host name: a health check often knows only the server's address."""

ALL_ADDRESSES: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - for comparison, not for binding
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every response has, just before it is sent."""
    add_security_headers(response)


def add_security_headers(response: web.StreamResponse) -> None:
    """Add the headers that every response has, unless a page has already set its own."""
    response.headers["Server"] = "beca"
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


@web.middleware
async def known_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests for a host name that is not the server's: DNS rebinding would let any web page in."""
    names = own_names(request.app[SETTINGS])
    if not {"*", host_name(request.headers.get(hdrs.HOST, ""))} & names and request.path not in PROBES:
        detail = "This server does not respond under that host name; BECA_ALLOWED_HOSTS lists its names."
        raise Refused(421, "misdirected-request", detail)
    return await handler(request)


@web.middleware
async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse changes that a web page of another origin requests; without tokens nothing else would stop them."""
    origin = request.headers.get(hdrs.ORIGIN)
    foreign = origin is not None and _authority(origin) != request.headers.get(hdrs.HOST, "")
    if foreign and request.method not in {"GET", "HEAD"}:
        raise Refused(403, "cross-origin", "The request comes from a web page of another origin.")
    return await handler(request)


def _authority(origin: str) -> str | None:
    """Return the host and port of an origin, or None if it has none: it may be any text."""
    scheme, separator, authority = origin.partition("://")
    return authority if scheme and separator else None


def own_names(settings: Settings) -> frozenset[str]:
    """Return the host names under which the server responds: the allowed ones and the address that it listens on."""
    if settings.host in ALL_ADDRESSES:
        return settings.allowed_hosts
    return settings.allowed_hosts | {f"[{settings.host}]" if ":" in settings.host else settings.host.lower()}


def host_name(header: str) -> str:
    """Return the name in a Host header, in lower case, without the port, and with the brackets of an IPv6 address."""
    name, colon, port = header.rpartition(":")
    return (name if colon and port.isdecimal() else header).lower()
