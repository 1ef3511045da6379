"""Generated URLs, a server that redirects and a resolver that changes its mind: nothing connects to loopback.

127.0.0.2 stands for a public address, since a test has no other; 127.0.0.1 is what must not be reached. A run tries 80
URLs; BECA_TEST_URLS sets another number.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import BecaError
from beca_core.sources.git.remote import hosts
from beca_core.sources.git.remote.fetch import fetch_repository
from beca_core.sources.limits import Limits, UrlPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNT = int(os.environ.get("BECA_TEST_URLS") or 80)
PUBLIC, PRIVATE = "127.0.0.2", "127.0.0.1"
POLICY = UrlPolicy(frozenset({"http"}))
HOSTS = (
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "LOCALHOST.", "a.localhost"),
    *("[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "127.0.0.1.", "127。0。0。1", "①27.0.0.1"),
    *(
        "evil.example",
        "flip.example",
        "both.example",
        "127.0.0.1.nip.example",
        "evil.example%00.x",
        "evil.example\\@127.0.0.1",
    ),
    *("user@127.0.0.1", "evil.example:80@127.0.0.1", "127.0.0.1#evil.example", "127.0.0.1?evil.example", "0", "[::]"),
)
PATHS = (
    "/r.git",
    "/redirect/r.git",
    "/302",
    "/301/info/refs",
    "//127.0.0.1/r",
    "/..%2f",
    "/r.git?service=x",
    "/%0d%0aHost:%20x",
)


class Redirecting(BaseHTTPRequestHandler):
    """Sends whoever asks to the listener that must not be reached."""

    target = ""

    def do_GET(self) -> None:
        self.send_response(302 if "301" not in self.path else 301)
        self.send_header("Location", f"{self.target}{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - the name that the base class calls

    def log_message(self, *_args: object) -> None:
        """Log nothing."""


class Inside:
    """A listener on loopback that counts who connects."""

    def __init__(self) -> None:
        self.connections = 0
        self.socket = socket.create_server((PRIVATE, 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()


@pytest.fixture
def inside() -> Iterator[Inside]:
    found = Inside()
    yield found
    found.socket.close()


@pytest.fixture
def outside(inside: Inside) -> Iterator[ThreadingHTTPServer]:
    """A server at the address that counts as public, on the same port, which redirects to the listener."""
    with ThreadingHTTPServer((PUBLIC, inside.port), Redirecting) as server:
        Redirecting.target = f"http://{PRIVATE}:{inside.port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def test_nothing_connects_to_loopback(
    inside: Inside, outside: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    is_public, lookups = hosts.is_public, dict[str, int]()

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        lookups[host] = lookups.get(host, 0) + 1
        if hosts.literal_address(host) is not None:
            found = [host]
        elif host == "flip.example":
            found = [PUBLIC if lookups[host] % 2 else PRIVATE]
        else:
            found = [PUBLIC, PRIVATE] if host == "both.example" else [PUBLIC]
        return [(socket.AF_INET, 0, 0, "", (address, port)) for address in found]

    monkeypatch.setattr(hosts, "is_public", lambda address: str(address) == PUBLIC or is_public(address))
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert outside.server_port == inside.port
    random, refused = Random(7), dict[str, int]()
    for number in range(COUNT):
        host, path = random.choice(HOSTS), random.choice(PATHS)
        scheme = random.choice(("http", "http", "http", "HTTP", "https", "file", "git", "ext::http"))
        url = f"{scheme}://{host}:{inside.port}{path}"
        try:
            fetch_repository(url, tmp_path / str(number), policy=POLICY, limits=Limits(fetch_seconds=20))
        except BecaError as error:
            refused[error.code] = refused.get(error.code, 0) + 1
        else:
            raise AssertionError(url)
    sys.stderr.write(f"refused: {refused}, of {COUNT}; looked up: {lookups}\n")
    assert inside.connections == 0
    assert refused.get("fetch-failed", 0) >= COUNT // 40, "some reach the server that redirects"
