"""Connections of clients: bounded in number and in time, and whatever arrives on one is answered without an echo."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from beca_api.http.app import create_app
from beca_api.http.connections import client_connection
from beca_api.http.connections.listening import listening, most_connections
from beca_api.logs import Seldom
from beca_core.errors import BecaError, InvalidSettings
from beca_core.system.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.api.conftest import RecordingNotifier

CANARY = b"hunter2-hunter2-hunter2"
MOST = 16
HALF = b"GET /healthz HTTP/1.1\r\nHost: local"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Client:
    """A client that sends raw bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, seconds: float = 30) -> tuple[int, dict[str, str], bytes]:
        """The next response: its status, headers and body."""
        async with asyncio.timeout(seconds):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(head[0].split(" ")[1]), headers, body

    async def is_closed(self, seconds: float = 30) -> bool:
        """Whether the server closes the connection within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while await self.reader.read(65536):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True


class Site:
    """A server that listens in this process."""

    def __init__(self, port: int, app: web.Application) -> None:
        self.port, self.app = port, app
        self.clients: list[Client] = []
        self.slow = 0
        """How many slow requests have arrived."""
        self.may_answer = asyncio.Event()
        """Whether slow requests are answered."""

    async def connect(self, sent: bytes = b"") -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        await client.send(sent)
        return client


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Any) -> Settings:
    return Settings.load(database_url=sqlite_url, data_dir=tmp_path, port=0, max_connections=MOST, require_token=False)


@pytest.fixture
async def site(settings: Settings, notifier: RecordingNotifier) -> AsyncIterator[Site]:
    app = create_app(settings, notifier=notifier.open)

    async def large(_request: web.Request) -> web.Response:
        return web.Response(body=bytes(20_000_000))

    async def slow(_request: web.Request) -> web.Response:
        site.slow += 1
        await site.may_answer.wait()
        return web.Response(text="slow")

    async def broken(_request: web.Request) -> web.Response:
        raise web.HTTPBadRequest(text=CANARY.decode())

    app.router.add_get("/large", large)
    app.router.add_get("/slow", slow)
    app.router.add_get("/broken", broken)
    runner = web.AppRunner(app)
    await runner.setup()
    async with listening(runner, settings) as port:
        site = Site(port, app)
        yield site
        for client in site.clients:
            client.writer.close()
    await runner.cleanup()


async def test_half_sent_requests_keep_nobody_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with capture_logs() as logs:
        monkeypatch.setattr(client_connection, "HEADER_SECONDS", 120)
        held = [await site.connect(HALF) for _ in range(5 * MOST)]
        assert (await (await site.connect(WHOLE)).answer())[0] == 200, "half a minute is enough"
    assert await held[0].is_closed()
    assert not await held[-1].is_closed(0.2)
    assert [line["most"] for line in logs if "too many connections" in line["event"]] == [MOST], "logged once"


@pytest.mark.parametrize("before", [0, MOST, 5 * MOST])
async def test_a_request_that_has_arrived_is_answered_in_a_flood_of_connections(site: Site, before: int) -> None:
    with ExitStack() as opened:

        def connect(sent: bytes) -> socket.socket:
            """Connect while the server does nothing, so that the kernel keeps the connection for it."""
            client = opened.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            client.sendall(sent)
            return client

        for _ in range(before):
            connect(HALF)
        asking = connect(WHOLE)
        for _ in range(10 * MOST):
            connect(HALF)
        client = Client(*await asyncio.open_connection(sock=asking))
        assert (await client.answer())[0] == 200
        client.writer.close()


async def test_the_connection_that_was_idle_for_longest_is_closed(site: Site) -> None:
    first, second = await site.connect(WHOLE), await site.connect(WHOLE)
    assert {(await client.answer())[0] for client in (first, second)} == {200}
    for _ in range(MOST - 2):
        await (await site.connect(WHOLE)).answer()
    await first.send(WHOLE)
    assert (await first.answer())[0] == 200
    await (await site.connect(WHOLE)).answer()
    assert await second.is_closed()
    await first.send(WHOLE)
    assert (await first.answer())[0] == 200


async def test_a_connection_that_is_served_is_not_closed_for_another(site: Site) -> None:
    served = [await site.connect(WHOLE.replace(b"/healthz", b"/slow")) for _ in range(MOST)]
    async with asyncio.timeout(30):
        while site.slow < MOST:  # noqa: ASYNC110 - nothing says when
            await asyncio.sleep(0.01)
    refused = await site.connect(WHOLE)
    assert await refused.is_closed()
    site.may_answer.set()
    assert {(await client.answer())[2] for client in served} == {b"slow"}


async def test_the_first_request_has_to_arrive_in_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_connection, "HEADER_SECONDS", 0.6)
    whole = await site.connect(WHOLE)
    assert (await whole.answer())[0] == 200
    silent, half = await site.connect(), await site.connect(HALF)
    assert await silent.is_closed()
    assert await half.is_closed()
    await whole.send(WHOLE)
    assert (await whole.answer())[0] == 200, "it has sent its first request"


async def test_a_client_that_does_not_receive_its_response_is_cut_off(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_connection, "SEND_SECONDS", 0.5)
    aborted, abort = asyncio.Event(), client_connection.ClientConnection.abort

    def noted(connection: client_connection.ClientConnection) -> None:
        aborted.set()
        abort(connection)

    monkeypatch.setattr(client_connection.ClientConnection, "abort", noted)
    reader = await site.connect(WHOLE.replace(b"/healthz", b"/large"))
    await asyncio.wait_for(aborted.wait(), 20)
    assert await reader.is_closed()
    monkeypatch.setattr(client_connection, "SEND_SECONDS", 60)
    quick = await site.connect(WHOLE.replace(b"/healthz", b"/large"))
    assert len((await quick.answer())[2]) == 20_000_000


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + CANARY + b"\x01\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + CANARY + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\nX: " + CANARY + b"\r\n\r\n",
        CANARY + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + CANARY * 1000 + b"\r\n\r\n",
        b"POST /scan HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + CANARY + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: " + CANARY + b"\r\n\r\n",
        b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nExpect: \xff\xfe" + CANARY + b"\r\n\r\n",
        b"POST /scan HTTP/1.1\r\nHost: localhost\r\nOrigin: http://[" + CANARY + b"\r\n\r\n",
        b"DELETE /repositories/1 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://[\r\n\r\n",
        b"GET /broken HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
async def test_a_refusal_is_a_problem_document_that_repeats_nothing(site: Site, sent: bytes) -> None:
    with capture_logs() as logs:
        status, headers, body = await (await site.connect(sent)).answer()
    assert 400 <= status < 500
    assert headers["content-type"].startswith("application/problem+json")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["server"] == "beca"
    assert json.loads(body)["status"] == status
    assert CANARY not in body
    assert CANARY.decode() not in f"{headers}{logs}"


async def test_a_page_of_this_server_may_change_things(site: Site) -> None:
    head = b"POST /repositories HTTP/1.1\r\nHost: localhost:80\r\nOrigin: %b\r\nContent-Length: 0\r\n\r\n"
    for origin, expected in ((b"http://localhost:80", 415), (b"http://localhost:81", 403), (b"null", 403)):
        assert (await (await site.connect(head % origin)).answer())[0] == expected


async def test_expect_100_continue_is_met(site: Site) -> None:
    client = await site.connect(WHOLE.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
    assert (await client.answer())[0] == 100
    assert (await client.answer())[0] == 200


async def test_an_error_outside_of_the_application_is_not_shown(site: Site) -> None:
    async def fail(_request: web.BaseRequest) -> web.StreamResponse:
        raise ValueError(CANARY.decode())

    connections = client_connection.ClientConnections(web.Server(fail), MOST)
    listener = await asyncio.get_running_loop().create_server(connections, "127.0.0.1", 0)
    site.port = listener.sockets[0].getsockname()[1]
    try:
        with capture_logs() as logs:
            status, headers, body = await (await site.connect(WHOLE)).answer()
    finally:
        listener.close()
    assert (status, headers["content-type"].partition(";")[0]) == (500, "application/problem+json")
    assert CANARY not in body
    assert [line["error"] for line in logs] == ["ValueError"]


def test_there_are_fewer_connections_than_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def allow(files: int) -> Callable[[int], tuple[int, int]]:
        return lambda _kind: (files, files)

    settings = Settings(max_connections=500, workers=2)
    for files, most in ((resource.RLIM_INFINITY, 500), (4096, 500), (256, 136)):
        monkeypatch.setattr(resource, "getrlimit", allow(files))
        assert most_connections(settings) == most
    monkeypatch.setattr(resource, "getrlimit", allow(128))
    with pytest.raises(InvalidSettings, match="128 files"):
        most_connections(settings)


async def test_an_address_in_use_leaves_no_socket(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        busy = settings.model_copy(update={"port": other.getsockname()[1]})
        runner = web.AppRunner(web.Application())
        await runner.setup()
        with pytest.raises(BecaError, match="Another program listens"):
            async with listening(runner, busy):
                pytest.fail("it listens")
        await runner.cleanup()


def test_a_line_that_clients_can_cause_is_logged_seldom() -> None:
    seldom = Seldom(10)
    assert [seldom.due(now) for now in (0, 1, 9.9, 10, 25, 26, 40)] == [0, None, None, 2, 0, None, 1]
