"""Swagger UI: served from this server only, under a policy that blocks foreign scripts."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    from beca_core.system.settings import Settings

    Client = TestClient[web.Request, web.Application]

FILES = {
    "index.html": "text/html",
    "start.js": "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}


@pytest.fixture
async def visitor(start: Callable[..., Awaitable[Client]], settings: Settings) -> Client:
    """A browser: it has no token."""
    return await start(settings, scopes=())


async def test_the_root_redirects_to_the_page(visitor: Client) -> None:
    answer = await visitor.get("/", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "/swagger/index.html")


@pytest.mark.parametrize(("name", "kind"), FILES.items())
async def test_files_have_their_type_and_the_policy(visitor: Client, name: str, kind: str) -> None:
    answer = await visitor.get(f"/swagger/{name}")
    assert answer.status == 200
    assert answer.content_type == kind
    assert len(await answer.read()) > 0
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "http" not in answer.headers["Content-Security-Policy"]


async def test_the_page_loads_only_served_files_and_has_no_inline_script(visitor: Client) -> None:
    page = await (await visitor.get("/swagger/index.html")).text()
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert set(loaded) == {*FILES, "/openapi.json"} - {"index.html"}
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page) == ["", ""]
    assert " on" not in re.sub(r">[^<]*<", "><", page)
    assert "style=" not in page


async def test_a_browser_that_has_a_file_gets_304(visitor: Client) -> None:
    first = await visitor.get("/swagger/swagger-ui.css")
    again = await visitor.get("/swagger/swagger-ui.css", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize(
    "path", ["..%2f__init__.py", "__init__.py", "%2e%2e/app.py", "swagger-ui.js.map", "index.html/"]
)
async def test_no_other_file_is_served(visitor: Client, path: str) -> None:
    assert (await visitor.get(f"/swagger/{path}")).status == 404


def test_the_page_ships_with_the_package() -> None:
    ui = files("beca_api.http") / "ui"
    assert (ui / "index.html").is_file()
    assert (ui / "start.js").is_file()
