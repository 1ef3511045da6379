"""Generated requests as raw bytes, headers included: each is answered, never with a 500, and nothing is repeated.

The log is that of a server at the level debug, with what aiohttp and asyncio log.

A run sends 60; BECA_TEST_REQUESTS sets another number.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import re
import sys
from random import Random
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from beca_api.http.app import create_app
from beca_api.http.connections.listening import listening
from beca_api.http.handlers import OPERATIONS
from beca_api.http.keys import SETTINGS, TOKENS
from beca_api.logs import configure_logging

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from beca_core.system.settings import Settings
    from tests.api.conftest import RecordingNotifier

COUNT = int(os.environ.get("BECA_TEST_REQUESTS") or 60)
CANARY = b"zq9-canary-zq9"
METHODS = (b"GET", b"HEAD", b"POST", b"PATCH", b"DELETE", b"PUT", b"OPTIONS", b"TRACE", CANARY)
HEADERS = (
    *(b"Host", b"Origin", b"Referer", b"Accept", b"Accept-Encoding", b"Authorization", b"Cookie", b"Range", b"Expect"),
    *(b"If-Match", b"If-None-Match", b"Content-Type", b"X-Forwarded-For", b"X-Request-Id", b"Forwarded", b"Upgrade"),
    *(b"Sec-Fetch-Site", b"Access-Control-Request-Method", b"Transfer-Encoding", b"Content-Encoding", CANARY),
)
VALUES = (
    *(b"", b"*", b"http://[", b"http://localhost", b'"1"', b'W/"1", "2"', b"bytes=0-9999999999999", b"100-continue"),
    *(
        b"Bearer ",
        b"Bearer beca_0_" + CANARY,
        b"Basic eDp5",
        b"application/json; charset=" + CANARY,
        b"gzip",
        b"chunked",
    ),
    *(b"[::1]:99999999", b"a" * 5000, b"\xff\xfe", b"h2c, websocket", b"null", b"\t x", b"q=0;q=0,,;", b"0" * 400),
)
BODIES = (
    *(b"", b"{}", b"[" * 3000, b'{"name": 1e999}', b'{"name": "%b", "url": "%b"}' % (CANARY, CANARY), b"\x00\xff"),
    *(b'{"name":"a","name":"b"}', b'{"url": "https://%b@[::1]/x", "name": "x"}' % CANARY, b"null", b'"\\ud800"'),
)
MALFORMED = (
    *(
        b"Authorization: Bearer %b\x00",
        b"Authorization: Bearer %b\x01\x7f",
        b"Authorization : Bearer %b",
        b"Authorization Bearer %b",
    ),
    *(b" Authorization: Bearer %b", b"Author\xffization: Bearer %b", b"Author ization: Bearer %b", b": Bearer %b"),
    *(b"Authorization: Bearer %b\n folded: %b", b"Authorization: Bearer %b\rX: y", b"Authorization: " + b"%b" * 2000),
    *(
        b"Authorization: Bearer %b\r\nContent-Length: x%b",
        b"Authorization: Bearer %b\r\nContent-Length: 1\r\nContent-Length: 2",
    ),
    *(b"Authorization: Bearer %b\r\nTransfer-Encoding: %b", b"Authorization: Bearer %b\r\nHost: a\r\nHost: %b"),
)
"""Lines that the parser of aiohttp refuses; its messages repeat them."""


def generated(random: Random, token: bytes) -> bytes:
    """Return a request that ends its connection."""
    path = random.choice([operation.path for operation in OPERATIONS]).encode()
    path = path.replace(b"{id}", random.choice((b"1", b"0", b"-1", b"9" * 30, CANARY, b"%00", b"1%2f2", b"%ff")))
    path += random.choice(
        (b"", b"?", b"?limit=" + CANARY, b"?after=" + CANARY, b"?%ff=%00&limit=9e9", b"//..;/", b"#x")
    )
    body = random.choice(BODIES)
    lines = [b"%b %b HTTP/1.1" % (random.choice(METHODS), path)]
    if random.random() < 0.9:
        lines.append(b"Host: localhost")
    if random.random() < 0.7:
        lines.append(b"Authorization: " + token)
    for _ in range(random.randrange(4)):
        value = random.choice(VALUES) if random.random() < 0.8 else CANARY + random.choice(VALUES)
        lines.append(b"%b: %b" % (random.choice(HEADERS), value))
    lines += [b"Connection: close", b"Content-Length: %d" % len(body)]
    if random.random() < 0.5:
        lines.append(b"Content-Type: application/json")
    raw = b"\r\n".join([*lines, b"", body])
    if random.random() < 0.2:
        at = random.randrange(len(raw))
        raw = raw[:at] + bytes([random.randrange(256)]) + raw[at + 1 :]
    return raw


@pytest.fixture
def log() -> io.StringIO:
    """Everything that is logged."""
    stream = io.StringIO()
    configure_logging("debug", stream)
    return stream


@pytest.fixture
async def served(settings: Settings, notifier: RecordingNotifier) -> AsyncIterator[tuple[int, bytes]]:
    """A server that listens as `beca serve` does; yields its port, and a token in the form of the header."""
    app = create_app(settings.model_copy(update={"port": 0}), notifier=notifier.open)
    runner = web.AppRunner(app)
    await runner.setup()
    async with listening(runner, app[SETTINGS]) as port:
        yield port, b"Bearer " + app[TOKENS].create("test", ["read", "write", "audit"])[1].encode()
    await runner.cleanup()


async def answer_to(port: int, raw: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(raw)
        async with asyncio.timeout(5):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            return head + (await reader.read(int(length[1])) if length and not raw.startswith(b"HEAD") else b"")
    except (TimeoutError, asyncio.IncompleteReadError):
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("part", range(4))
async def test_each_request_is_answered_and_nothing_is_repeated(
    served: tuple[int, bytes], log: io.StringIO, part: int
) -> None:
    random = Random(part)
    port, token = served
    statuses: dict[int, int] = {}
    for _ in range(COUNT // 4):
        raw = generated(random, token)
        answer = await answer_to(port, raw)
        head, _, body = answer.partition(b"\r\n\r\n")
        if not answer:
            continue  # a body was announced that did not come
        status = int(head.split(b" ", 2)[1])
        statuses[status] = statuses.get(status, 0) + 1
        assert status < 500, raw
        assert CANARY not in answer, raw
        assert CANARY.decode() not in log.getvalue(), raw
        if status >= 400:
            assert b"content-type: application/problem+json" in head.lower(), raw
            assert b"x-content-type-options: nosniff" in head.lower(), raw
            assert body or raw.startswith(b"HEAD") or b"content-length: 0" not in head.lower(), raw
    sys.stderr.write(f"statuses: {dict(sorted(statuses.items()))}, of {COUNT // 4}\n")
    assert len(statuses) > 3
    assert sum(statuses.values()) > 0.9 * (COUNT // 4)


@pytest.mark.parametrize("debug", [False, True], ids=["", "asyncio's debug mode"])
async def test_a_malformed_header_is_not_repeated(served: tuple[int, bytes], log: io.StringIO, debug: bool) -> None:
    asyncio.get_running_loop().set_debug(debug)
    port, _ = served
    statuses = set()
    for lines in MALFORMED:
        lines = lines.replace(b"%b", CANARY)
        raw = b"GET /results HTTP/1.1\r\nHost: localhost\r\n%b\r\nConnection: close\r\n\r\n" % lines
        answer = await answer_to(port, raw)
        statuses.add(answer.split(b" ", 2)[1])
        assert CANARY not in answer, raw
        assert CANARY.decode() not in log.getvalue(), raw
    assert statuses == {b"400"}
    logging.getLogger("aiohttp.server").debug("what libraries say")
    assert "what libraries say" in log.getvalue()
