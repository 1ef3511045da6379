"""Frames: the messages between this process and that of a plugin, over two pipes.

A request is a JSON object, and a content or nothing. A reply is JSON. The process of a plugin is not trusted: JSON can
hold data only, and a frame has a greatest size; `pickle` could run code here, and `marshal` could crash this process.
"""

from __future__ import annotations

import json
import os
import select
import time
from math import ceil
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER_BYTES: Final = 8
MAX_REPLY_BYTES: Final = 16 * 1024 * 1024
"""Greatest size of one reply; it bounds the memory that a plugin can take here."""
_READ_BYTES: Final = 1024 * 1024


class Frame(NamedTuple):
    """A request.

    Args:
        request: What is to be done.
        content: The bytes that come with it; None: none.
    """

    request: dict[str, Any]
    content: bytes | None


class BrokenFrame(ValueError):
    """Raised when a reply is not a frame."""


class NoAnswer(Exception):
    """Raised when the time for an exchange is over."""


def send_request(descriptor: int, request: Mapping[str, Any], content: bytes | None, deadline: float) -> None:
    """Write a request to a pipe that does not block.

    Args:
        descriptor: The pipe.
        request: What is to be done.
        content: The bytes that come with it, or None.
        deadline: When to give up, as `time.monotonic` counts.

    Raises:
        NoAnswer: If the other process does not read it in time.
        OSError: If the other process has closed the pipe.
    """
    header = json.dumps(request, separators=(",", ":")).encode()
    size = 0 if content is None else len(content) + 1
    parts = [len(header).to_bytes(_NUMBER_BYTES) + size.to_bytes(_NUMBER_BYTES) + header]
    if content:
        parts.append(content)
    for part in parts:
        rest = memoryview(part)
        while rest:
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                _wait(descriptor, select.POLLOUT, deadline)


def receive_reply(descriptor: int, deadline: float) -> Any:
    """Read a reply from a pipe that does not block.

    Raises:
        NoAnswer: If it does not come in time.
        EOFError: If the other process has closed the pipe.
        BrokenFrame: If it is not a frame.
    """
    size = int.from_bytes(_receive(descriptor, _NUMBER_BYTES, deadline))
    if size > MAX_REPLY_BYTES:
        raise BrokenFrame
    try:
        return json.loads(_receive(descriptor, size, deadline))
    except (ValueError, RecursionError) as error:
        raise BrokenFrame from error


def _receive(descriptor: int, size: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    while size:
        try:
            part = os.read(descriptor, min(size, _READ_BYTES))
        except BlockingIOError:
            _wait(descriptor, select.POLLIN, deadline)
            continue
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    """Wait until a pipe is ready, or closed by the other side."""
    seconds = deadline - time.monotonic()
    ready = select.poll()
    ready.register(descriptor, event)
    if seconds <= 0 or not ready.poll(ceil(seconds * 1000)):
        raise NoAnswer


def receive_request(stream: BinaryIO) -> Frame | None:
    """Read a request, in the process of a plugin; None: there are no more."""
    header_size = stream.read(_NUMBER_BYTES)
    if len(header_size) < _NUMBER_BYTES:
        return None
    size = int.from_bytes(stream.read(_NUMBER_BYTES))
    request = json.loads(stream.read(int.from_bytes(header_size)))
    return Frame(request, stream.read(size - 1) if size else None)


def send_reply(descriptor: int, reply: object) -> None:
    """Write a reply, in the process of a plugin.

    Raises:
        TypeError: If it is not plain data.
        ValueError: If it is too large.
        OSError: If the other process has closed the pipe.
    """
    body = json.dumps(reply, separators=(",", ":")).encode()
    if len(body) > MAX_REPLY_BYTES:
        raise ValueError("the reply is too large")
    rest = memoryview(len(body).to_bytes(_NUMBER_BYTES) + body)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
