"""Raw bytes on a socket, below HTTP libraries: none of them makes the server fail."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

if TYPE_CHECKING:
    from aiohttp import web
    from aiohttp.test_utils import TestClient

    Client = TestClient[web.Request, web.Application]

SECRET = b"hunter2-hunter2"


async def exchange(api: Client, *parts: bytes, close: bool = False) -> bytes:
    """Send raw bytes; return everything received until the server closes the connection or is silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        if close:
            await asyncio.sleep(0.1)
            return b""
        received = b""
        while part := await asyncio.wait_for(reader.read(65536), 30):
            received += part
        return received
    except TimeoutError:
        return received
    finally:
        writer.close()


def request(api: Client, method: str, path: str, *lines: str) -> bytes:
    token = api.session.headers["Authorization"]
    head = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: {token}", "Connection: close", *lines]
    return "\r\n".join([*head, "", ""]).encode()


async def test_a_plain_request_is_served(api: Client) -> None:
    answer = await exchange(api, request(api, "GET", "/healthz"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b'{"status":"ok"}')


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00" + SECRET + b"\r\n\r\n",
        SECRET + b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 10_000 + b"\r\n\r\n",
        b"POST /scan HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST /scan HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_bytes_that_are_not_http_are_refused(api: Client, garbage: bytes) -> None:
    answer = await exchange(api, garbage)
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    assert (await api.get("/healthz")).status == 200


async def test_a_request_without_a_host_is_refused(api: Client) -> None:
    answer = await exchange(api, b"GET /rules HTTP/1.0\r\n\r\n")
    assert b" 421 " in answer.split(b"\r\n")[0]


async def test_a_chunked_body_is_one_body(api: Client) -> None:
    head = request(api, "POST", "/repositories", "Content-Type: application/json", "Transfer-Encoding: chunked")
    body = b'{"name": "Project", "url": "https://example.com/a"}'
    chunks = [b"%x\r\n%b\r\n" % (1, body[index : index + 1]) for index in range(len(body))]
    answer = await exchange(api, head, *chunks, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 201 ")


@pytest.mark.slow
@pytest.mark.parametrize("rest", [b"", b"2\r\nok\r\n", b"2\r\nok\r\nnot a length\r\n"])
async def test_a_body_that_does_not_end_times_out(api: Client, monkeypatch: pytest.MonkeyPatch, rest: bytes) -> None:
    monkeypatch.setattr("beca_api.http.request_parsing.BODY_SECONDS", 0.2)
    head = request(api, "POST", "/scan", "Content-Type: text/plain", "Transfer-Encoding: chunked")
    answer = await exchange(api, head, rest)
    assert answer.split(b" ")[1] in {b"408", b"400"}
    assert (await api.get("/healthz")).status == 200


async def test_a_disconnected_caller_causes_no_error(api: Client) -> None:
    head = request(api, "POST", "/repositories", "Content-Type: application/json", "Content-Length: 1000")
    with capture_logs() as logs:
        for _ in range(5):
            await exchange(api, head, b'{"name": "Project"', close=True)
        await asyncio.sleep(0.3)
    assert [line for line in logs if line["log_level"] == "error"] == []
    assert (await (await api.get("/repositories")).json())["items"] == []


@pytest.mark.slow
async def test_expect_100_continue_is_supported(api: Client) -> None:
    head = request(api, "POST", "/scan", "Content-Type: text/plain", "Content-Length: 1", "Expect: 100-continue")
    answer = await exchange(api, head, b"x")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.slow
async def test_a_content_length_that_is_too_large_is_refused_at_once(api: Client) -> None:
    head = request(api, "POST", "/scan", "Content-Type: text/plain", f"Content-Length: {10**12}")
    answer = await exchange(api, head, b"x" * 10_000)
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("name", ["Host", "Authorization", "Content-Type"])
async def test_headers_with_invalid_bytes_are_refused(api: Client, name: str) -> None:
    raw = b"POST /scan HTTP/1.1\r\nConnection: close\r\n" + name.encode() + b": \xff\xfe\xc3\x28\r\n\r\n"
    status = int((await exchange(api, raw)).split(b" ")[1])
    assert 400 <= status < 500
