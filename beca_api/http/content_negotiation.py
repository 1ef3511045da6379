"""Which of several media types of a response a client prefers, by its header Accept (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def preferred(accept: str, offered: Sequence[str]) -> str:
    """Return the media type that the client likes best, of several the first; if it likes none, the first of all.

    Args:
        accept: The header; empty: it was not sent. What is not valid in it is ignored.
        offered: The media types of the response, the usual one first.
    """
    ranges = list(_ranges(accept))
    qualities = {kind: _quality(kind, ranges) for kind in offered}
    best = max(offered, key=lambda kind: qualities[kind])
    return best if qualities[best] > 0 else offered[0]


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = _number(value.strip())
        if kind:
            yield kind, quality


def _number(text: str) -> float:
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() and float(text) <= 1 else 0.0


def _quality(kind: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return how much the client likes a media type: the most specific range that covers it counts."""
    for covering in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        for name, quality in ranges:
            if name == covering:
                return quality
    return 0.0
