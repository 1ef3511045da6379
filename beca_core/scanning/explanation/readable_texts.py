"""The texts in a content in which a rule looks for secrets: the content itself, its wide text, and what is encoded."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.matching.decoding.search import DEPTH, Budget, decodings
from beca_core.sources.positions import PositionReader
from beca_core.sources.wide_text import encoding_of, readings, transcoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from beca_core.findings import Position
    from beca_core.matching.decoding.decoded import Decoding
    from beca_core.matching.lines import Span
    from beca_core.matching.prefilter import Prefilter

WIDE: Final = "wide"


class ReadableText(NamedTuple):
    """A text in which a rule looks for secrets.

    Args:
        data: Its bytes.
        place: Returns the positions of a span in the content.
        decodings: The decodings that lead to it, the outermost first; `wide` for UTF-16 and UTF-32.
    """

    data: bytes
    place: Callable[[Span], tuple[Position, Position]]
    decodings: tuple[str, ...] = ()

    @property
    def is_encoded(self) -> bool:
        """Whether something was decoded; wide text counts as plain."""
        return any(name != WIDE for name in self.decodings)


def readable_texts(content: bytes, prefilter: Prefilter) -> Iterator[ReadableText]:
    """Yield the texts in a content.

    Args:
        content: The content.
        prefilter: Says where there is something to decode.
    """
    budget = Budget(len(content))
    for text in _plain_texts(content):
        yield text
        yield from _decoded(text, prefilter, budget, DEPTH)


def _plain_texts(content: bytes) -> Iterator[ReadableText]:
    yield ReadableText(content, _places(content, lambda at: at))
    if (encoding := encoding_of(content)) is not None:
        text = transcoded(content, encoding)
        yield ReadableText(text, _places(text, lambda at: at), (WIDE,))
    elif b"\0" in content:
        for runs in readings(content):
            yield ReadableText(runs.text, _places(content, runs.offset), (WIDE,))


def _places(content: bytes, offset: Callable[[int], int]) -> Callable[[Span], tuple[Position, Position]]:
    reader = PositionReader(content)
    return lambda span: (reader.position(offset(span[0])), reader.position(offset(span[1])))


def _decoded(text: ReadableText, prefilter: Prefilter, budget: Budget, depth: int) -> Iterator[ReadableText]:
    for decoding in decodings(text.data, prefilter.find(text.data), budget) if depth else ():
        place = partial(_place_within, text, decoding)
        inner = ReadableText(decoding.data, place, (*text.decodings, decoding.name))
        yield inner
        yield from _decoded(inner, prefilter, budget, depth - 1)


def _place_within(text: ReadableText, decoding: Decoding, span: Span) -> tuple[Position, Position]:
    return text.place(decoding.locate(*span))
