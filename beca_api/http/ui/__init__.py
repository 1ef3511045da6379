"""Swagger UI, served from the package `swagger_ui_bundle`, with a start page and a script of our own.

The pages load nothing from other servers and contain no inline script, so their content security policy is strict.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import swagger_ui_bundle  # type: ignore[import-untyped]
from aiohttp import web

from beca_api.http.request_parsing import has_version

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

START_PAGE: Final = "/swagger/index.html"

_HERE: Final = Path(__file__).parent
_BUNDLE: Final = Path(str(swagger_ui_bundle.swagger_ui_path))
_FILES: Final = {
    _HERE / "index.html": "text/html; charset=utf-8",
    _HERE / "start.js": "text/javascript; charset=utf-8",
    _BUNDLE / "favicon-32x32.png": "image/png",
    _BUNDLE / "swagger-ui.css": "text/css; charset=utf-8",
    _BUNDLE / "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def add_pages(app: web.Application) -> None:
    """Add the pages to an application; they need no token, and `/` redirects to them."""
    app.router.add_get("/", _start)
    for path, kind in _FILES.items():
        app.router.add_get(f"/swagger/{path.name}", _file(path, {**_HEADERS, "Content-Type": kind}))


async def _start(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": START_PAGE})


def _file(path: Path, headers: dict[str, str]) -> Handler:
    content = path.read_bytes()
    version = hashlib.sha256(content).hexdigest()

    async def serve(request: web.Request) -> web.StreamResponse:
        response = web.Response(headers=headers)
        response.etag = version
        if has_version(request, version):
            response.set_status(304)
        else:
            response.body = content
        return response

    return serve
