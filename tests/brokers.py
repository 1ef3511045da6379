"""The brokers that tests run on, and proxies between a process and its services: one interrupts, one records."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


class Proxy:
    """A proxy between a process and a service on loopback, which can be interrupted."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._open: set[socket.socket] = set()
        self._listener = self._listen(0)
        self.port: int = self._listener.getsockname()[1]

    def drop(self) -> None:
        """Close all connections, and accept new ones."""
        self._close(*self._open)
        self._open.clear()

    def cut(self) -> None:
        """Close all connections, and refuse new ones."""
        self._close(self._listener)
        self.drop()

    def restore(self) -> None:
        """Accept connections again."""
        self._listener = self._listen(self.port)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._upstream)
                self._open |= {near, far}
                for pair in ((near, far), (far, near)):
                    Thread(target=self._pump, args=pair, daemon=True).start()

    @staticmethod
    def _close(*ends: socket.socket) -> None:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._see(source, data)
                sink.sendall(data)
        self._close(source, sink)

    def _see(self, source: socket.socket, data: bytes) -> None:
        """Look at what is passed on, before it is."""


class RecordingProxy(Proxy):
    """A proxy that keeps what it passes on: one text for each direction of each connection."""

    def __init__(self, host: str, port: int) -> None:
        self._texts: dict[socket.socket, bytearray] = {}
        super().__init__(host, port)

    @property
    def recorded(self) -> list[bytes]:
        """What was passed on until now."""
        return [bytes(text) for text in [*self._texts.values()]]

    def _see(self, source: socket.socket, data: bytes) -> None:
        self._texts.setdefault(source, bytearray()).extend(data)


def address_of(url: str) -> tuple[str, int]:
    """Return host and port of a URL, which has to name both."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def through(proxy: Proxy, url: str) -> str:
    """Return the URL of the same service, reached through a proxy."""
    host, port = address_of(url)
    return url.replace(f"{host}:{port}", f"127.0.0.1:{proxy.port}")


@dataclass(frozen=True)
class Backend:
    """A broker that carries the messages of one test."""

    url: str
    namespace: str

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return address_of(self.url)

    def through(self, proxy: Proxy) -> Backend:
        """Return the same broker, reached through a proxy."""
        return replace(self, url=through(proxy, self.url))


@contextmanager
def rabbitmq() -> Iterator[Backend]:
    """A RabbitMQ server (BECA_TEST_RABBITMQ), with queues of this test only."""
    import pika

    url = os.environ.get("BECA_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672")
    backend = Backend(_reachable(url, "RabbitMQ"), f"beca-test-{secrets.token_hex(6)}")
    yield backend
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        for suffix in ("", ".DQ", ".XQ"):
            connection.channel().queue_delete(f"{backend.namespace}.scans{suffix}")


@contextmanager
def redis() -> Iterator[Backend]:
    """A Redis server (BECA_TEST_REDIS), with keys of this test only."""
    from redis import Redis

    url = os.environ.get("BECA_TEST_REDIS", "redis://127.0.0.1:6379/0")
    backend = Backend(_reachable(url, "Redis"), f"beca-test-{secrets.token_hex(6)}")
    yield backend
    with Redis.from_url(url) as client:
        for key in client.scan_iter(f"{backend.namespace}:*"):
            client.delete(key)


def _reachable(url: str, what: str) -> str:
    try:
        socket.create_connection(address_of(url), timeout=2).close()
    except OSError:
        unavailable(what)
    return url


def unavailable(what: str) -> None:
    """Skip the test because a service is not there, or fail it in CI, where it has to be."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not there, and CI needs it")
    pytest.skip(f"{what} is not there")
