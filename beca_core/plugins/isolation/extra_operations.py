"""What the process of a plugin does when it is asked for its processors, decoders, sources and listeners."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from beca_core.matching.decoding.plugin_decoders import MOST_PARTS
from beca_core.plugins.contributions.notices import of_request
from beca_core.plugins.contributions.plugin_sources import NamedText
from beca_core.plugins.contributions.processors import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.plugins.registration import Plugin

    Operation = Callable[[dict[str, Any]], Iterator[Any]]

PIECE_BYTES: Final = 4 * 1024 * 1024
"""Bytes of a text that one reply holds; a larger text comes in several."""


def extra_operations(record: Plugin, content: Callable[[], bytes]) -> dict[str, Operation]:
    """Return the operations by name.

    Args:
        record: The plugin.
        content: Returns the content of the current request.
    """
    return {
        "process": lambda request: _process(record, request, content()),
        "decode": lambda request: _decode(record, request, content()),
        "notify": lambda request: _notify(record, request),
        "read": lambda request: _read(record, request),
    }


def _process(record: Plugin, request: dict[str, Any], content: bytes) -> Iterator[Any]:
    import pickle

    yield asked(pickle.loads(content), record.processors[request["processor"]])  # noqa: S301 - our parent made it


def _decode(record: Plugin, request: dict[str, Any], content: bytes) -> Iterator[Any]:
    parts: list[Any] = []
    answer: dict[str, Any] = {"parts": parts, "raised": None}
    room = request["room"]
    try:
        for part in record.decoders[request["decoder"]].decode(content):
            plain = _plain_part(part)
            parts.append(plain)
            room -= len(part[2]) if plain else 0
            if room < 0 or len(parts) > MOST_PARTS:
                break
    except BaseException as error:  # noqa: BLE001 - a decoder is a plugin's code
        answer["raised"] = type(error).__name__
    yield answer


def _plain_part(part: Any) -> list[Any] | None:
    """Return a decoded part as plain data, or None if it is not one."""
    if not isinstance(part, tuple) or len(part) != 3:
        return None
    begin, end, decoded = part
    if type(begin) is not int or type(end) is not int or not isinstance(decoded, bytes):
        return None
    return [begin, end, b64encode(decoded).decode()]


def _notify(record: Plugin, request: dict[str, Any]) -> Iterator[Any]:
    hook = request["hook"]
    try:
        record.listeners[hook](of_request(hook, request["scan"]))
        yield {"raised": None}
    except BaseException as error:  # noqa: BLE001 - a listener is a plugin's code
        yield {"raised": type(error).__name__}


def _read(record: Plugin, request: dict[str, Any]) -> Iterator[Any]:
    """Yield the texts of a source, piece by piece; a pipe that is full holds the plugin back."""
    try:
        for number, text in enumerate(record.sources[request["source"]].read(request["target"]), start=1):
            if not isinstance(text, NamedText) or not isinstance(text.name, str) or not isinstance(text.data, bytes):
                yield {"name": f"text {number}", "size": 0, "data": None}
                continue
            size = len(text.data)
            if size > request["most"]:
                yield {"name": text.name, "size": size, "data": None}
                continue
            for begin in range(0, max(size, 1), PIECE_BYTES):
                piece = b64encode(text.data[begin : begin + PIECE_BYTES]).decode()
                yield {"name": text.name, "size": size, "data": piece}
        yield {"end": True}
    except BaseException as error:  # noqa: BLE001 - a source is a plugin's code
        yield {"raised": type(error).__name__}
