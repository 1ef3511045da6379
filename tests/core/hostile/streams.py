"""Hostile standard inputs: silent ones, endless ones, slow ones."""

from __future__ import annotations

import base64
import gzip
import itertools
import time
from functools import partial
from typing import IO, TYPE_CHECKING, Final

from tests.core.hostile.cases import HARMLESS, SCAN_SECONDS, Case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LONGER: Final = 4 * SCAN_SECONDS
"""Seconds for which a silent input stays open, if the scan does not end before."""


def cases() -> Iterator[Case]:
    """Yield all of them, in a fixed order."""
    for name, feed in _feeds().items():
        yield Case(f"stream {name}", _nothing, scope=None, feed=feed)


def _nothing(path: Path) -> Path:
    return path


def _feeds() -> dict[str, Callable[[IO[bytes]], None]]:
    parts = {
        "words": b"private_key " * 5000,
        "lines of words": b"private_key\n" * 5000,
        "zeros": bytes(60_000),
        "letters": b"a" * 60_000,
        "base64 of words": base64.b64encode(b"private_key =" * 5000),
        "hex of words": (b"private_key =" * 3000).hex().encode(),
        "escapes": b"\\u0070rivate_key" * 4000,
        "accents": "é".encode() * 30_000,
        "invalid": b"\xff" * 60_000,
        "line ends": b"\n" * 60_000,
    }
    endless: dict[str, Callable[[IO[bytes]], None]] = {
        f"endless {name}": partial(_write_for_ever, part) for name, part in parts.items()
    }
    return {
        "silent": _silent,
        "silent after a line": _silent_after_a_line,
        "silent after two chunks": _silent_after_two_chunks,
        "a byte at a time": _drip,
        "an open archive": lambda stream: _then_silent(stream, gzip.compress(HARMLESS)[:-4]),
        "a large archive": partial(_write_for_ever, gzip.compress(b"private_key " * 100_000)),
        **endless,
    }


def _silent(stream: IO[bytes]) -> None:
    _then_silent(stream, b"")


def _silent_after_a_line(stream: IO[bytes]) -> None:
    _then_silent(stream, HARMLESS)


def _silent_after_two_chunks(stream: IO[bytes]) -> None:
    _then_silent(stream, HARMLESS + b"nothing here\n" * 2_600_000)


def _then_silent(stream: IO[bytes], content: bytes) -> None:
    stream.write(content)
    stream.flush()
    end = time.monotonic() + _LONGER
    while time.monotonic() < end:
        time.sleep(0.1)
        stream.write(b"")
        if stream.closed:
            return


def _drip(stream: IO[bytes]) -> None:
    for byte in itertools.cycle(HARMLESS):
        stream.write(bytes([byte]))
        stream.flush()
        time.sleep(0.01)


def _write_for_ever(part: bytes, stream: IO[bytes]) -> None:
    stream.write(HARMLESS)
    while True:
        stream.write(part)
