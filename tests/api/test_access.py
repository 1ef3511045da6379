"""Access: tokens and scopes, host names, and web pages of other origins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from beca_api.http.access.security import host_name, own_names
from beca_api.http.handlers import OPERATIONS
from beca_api.http.keys import TOKENS
from beca_core.storage.services.tokens import TokenService
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web
    from aiohttp.test_utils import TestClient

    from beca_core.storage.database import Database

    Client = TestClient[web.Request, web.Application]
    Start = Callable[..., Awaitable[Client]]

PUBLIC = {"/healthz", "/readyz", "/openapi.json"}


def paths() -> list[tuple[str, str, str | None]]:
    return [(operation.method, operation.path.replace("{id}", "1"), operation.scope) for operation in OPERATIONS]


async def test_without_a_token_only_public_paths_respond(start: Start, settings: Settings) -> None:
    api = await start(settings, scopes=())
    for method, path, _ in paths():
        answer = await api.request(method, path)
        assert answer.status == (200 if path in PUBLIC else 401), path
        if answer.status == 401:
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="beca"'
    for path in ("/", "/swagger/index.html"):
        assert (await api.get(path)).status == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dTpw",
        "Bearer beca_0_0",
        "Bearer beca_",
        "beca_000000000000_x",
        "Bearer beca_ä_ö",
    ],
)
async def test_headers_without_a_valid_token(start: Start, settings: Settings, header: str) -> None:
    api = await start(settings, scopes=())
    answer = await api.get("/rules", headers={"Authorization": header})
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.slow
@pytest.mark.parametrize("given", ["read", "write", "audit"])
async def test_a_scope_allows_its_own_operations_only(start: Start, settings: Settings, given: str) -> None:
    api = await start(settings, scopes=(given,))
    for method, path, needed in paths():
        answer = await api.request(method, path)
        if needed not in (None, given):
            assert answer.status == 403, path
            assert f'scope="{needed}"' in answer.headers["WWW-Authenticate"]
            assert (await answer.json())["code"] == "forbidden"
        else:
            assert answer.status not in {401, 403}, path


def test_reading_needs_read_and_the_rest_needs_write() -> None:
    for method, path, scope in paths():
        expected = None if path in PUBLIC else "read" if method == "GET" else "write"
        assert scope == ("audit" if path == "/audit" else expected), path


async def test_a_revoked_or_expired_token_is_refused(api: Client, database: Database) -> None:
    tokens = TokenService(database)
    record, token = tokens.create("short", ["read"], datetime.now(UTC) + timedelta(hours=1))
    headers = {"Authorization": f"bearer  {token} "}
    assert (await api.get("/rules", headers=headers)).status == 200
    tokens.revoke(record.id)
    answer = await api.get("/rules", headers=headers)
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    later = TokenService(database, clock=lambda: datetime.now(UTC) - timedelta(hours=2))
    _, over = later.create("over", ["read"], datetime.now(UTC) - timedelta(hours=1))
    assert (await api.get("/rules", headers={"Authorization": f"Bearer {over}"})).status == 401


async def test_tokens_can_be_turned_off(start: Start, settings: Settings) -> None:
    api = await start(settings.model_copy(update={"require_token": False}), scopes=())
    assert (await api.get("/repositories")).status == 200
    assert (await api.get("/repositories", headers={"Authorization": "nonsense"})).status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:3000", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:3000", 200),
        ("[::1]", 200),
        ("example.org", 421),
        ("localhost.example.org", 421),
        ("localhost:x", 421),
        ("127.0.0.1.example.org:3000", 421),
        ("", 421),
    ],
)
async def test_only_allowed_host_names_are_served(api: Client, host: str, status: int) -> None:
    for path in ("/rules", "/openapi.json", "/swagger/index.html", "/"):
        answer = await api.get(path, headers={"Host": host}, allow_redirects=False)
        assert answer.status == (302 if (path, status) == ("/", 200) else status), path
    assert (await api.get("/healthz", headers={"Host": host})).status == 200
    assert (await api.get("/readyz", headers={"Host": host})).status == 200


async def test_a_star_allows_all_names(start: Start, settings: Settings) -> None:
    api = await start(settings.model_copy(update={"allowed_hosts": frozenset({"*"})}))
    assert (await api.get("/rules", headers={"Host": "example.org"})).status == 200


@pytest.mark.parametrize(
    ("host", "name"),
    [("Server.Example.org", "server.example.org"), ("10.0.0.1", "10.0.0.1"), ("fd00::1", "[fd00::1]")],
)
def test_the_address_listened_on_is_an_allowed_name(host: str, name: str) -> None:
    assert own_names(Settings.load(host=host)) == Settings.load().allowed_hosts | {name}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])  # noqa: S104
def test_listening_on_all_addresses_adds_no_name(host: str) -> None:
    assert own_names(Settings.load(host=host)) == Settings.load().allowed_hosts


@pytest.mark.parametrize(
    ("header", "name"),
    [("A.b:80", "a.b"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("a:", "a:"), (":80", ""), ("a:b:80", "a:b")],
)
def test_host_names(header: str, name: str) -> None:
    assert host_name(header) == name


async def test_web_pages_of_other_origins_cannot_change_anything(start: Start, settings: Settings) -> None:
    api = await start(settings.model_copy(update={"require_token": False}), scopes=())
    own = f"http://127.0.0.1:{api.port}"
    body = {"name": "x", "url": "https://example.com/x"}
    for origin in ("https://example.org", "null", f"http://localhost:{api.port}", "http://127.0.0.1:1"):
        assert (await api.post("/repositories", json=body, headers={"Origin": origin})).status == 403
    assert (await api.get("/repositories", headers={"Origin": "https://example.org"})).status == 200
    assert (await api.post("/repositories", json=body, headers={"Origin": own})).status == 201
    assert "Access-Control-Allow-Origin" not in (await api.get("/repositories", headers={"Origin": own})).headers


async def test_every_response_has_the_security_headers(api: Client) -> None:
    for path in ("/repositories", "/nowhere", "/repositories/x", "/healthz", "/swagger/index.html"):
        headers = (await api.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Server"] == "beca"
    assert (await api.get("/repositories")).headers["Cache-Control"] == "no-store"


async def test_a_forged_token_is_refused(api: Client) -> None:
    """A well-formed token with the id of an existing one is refused without its secret."""
    tokens = api.app[TOKENS] if api.app is not None else pytest.fail("no application")
    (record,) = tokens.list()
    forged = f"Bearer beca_{record.id}_{'A' * 43}"
    assert (await api.get("/rules", headers={"Authorization": forged})).status == 401
