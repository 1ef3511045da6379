"""Decoders of plugins: how one is declared, and how its output becomes a `Decoding` like any other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias, runtime_checkable

from beca_core.errors import InvalidInput
from beca_core.matching.decoding.decoded import Decoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from beca_core.matching.code_apart import CallLimit
    from beca_core.matching.lines import Span
    from beca_core.report import ProblemLog

DecodedPart: TypeAlias = tuple[int, int, bytes]
"""Byte offset of an encoded part, the offset after it, and what it decodes to."""

MOST_PARTS: Final = 10_000
"""How many parts of one content a decoder may decode."""
LEAST_ANCHOR: Final = 3
_MOST_ANCHORS: Final = 64
_LONGEST_ANCHOR: Final = 100
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST_NAME: Final = 40
OWN_NAMES: Final = frozenset(("base64", "hex", "percent", "unicode-escape"))
_GROWTH: Final = 8
_ROOM_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Decoder:
    """A decoder of a plugin.

    Args:
        name: How `Finding.decodings` shows it: lower-case words joined by hyphens.
        anchors: Byte strings of at least 3 bytes, of which one must occur in a content for `decode` to be called.
        decode: Called with the content; yields for each encoded part its byte offset, the offset after it, and the
            decoded bytes.

    Raises:
        InvalidInput: If one of these is of a wrong type.
    """

    name: str
    anchors: tuple[bytes, ...]
    decode: Callable[[bytes], Iterable[tuple[int, int, bytes]]] = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or len(self.name) > _LONGEST_NAME or not _NAME.fullmatch(self.name):
            raise InvalidInput(f"Decoder {self.name!r:.80}: name must be lower-case words joined by hyphens.")
        if self.name in OWN_NAMES:
            raise InvalidInput(f"Decoder {self.name!r}: BECA itself has a decoder of that name.")
        if not isinstance(self.anchors, tuple) or not 0 < len(self.anchors) <= _MOST_ANCHORS:
            raise InvalidInput(f"Decoder {self.name!r}: anchors must be a tuple of 1 to {_MOST_ANCHORS} byte strings.")
        for anchor in self.anchors:
            if not isinstance(anchor, bytes) or not LEAST_ANCHOR <= len(anchor) <= _LONGEST_ANCHOR:
                raise InvalidInput(
                    f"Decoder {self.name!r}: each anchor must be {LEAST_ANCHOR} to {_LONGEST_ANCHOR} bytes."
                )
        if not callable(self.decode):
            raise InvalidInput(f"Decoder {self.name!r}: decode must be a function.")


@runtime_checkable
class DecoderApart(Protocol):
    """A decoder in another process: it is asked within a limit."""

    def decode_within(self, data: bytes, limit: CallLimit) -> Iterable[DecodedPart]:
        """Yield the parts of a content; raise `PluginFailed` at the end if there is a problem."""


class WholeAlignment(NamedTuple):
    """The alignment of a decoder that does not say which byte comes from where: all come from the whole part.

    Args:
        begin: Byte offset of the encoded part.
        end: Byte offset after it.
    """

    begin: int
    end: int

    def locate(self, begin: int, end: int) -> Span:  # noqa: ARG002
        """Return the span of the whole part."""
        return self.begin, self.end


def room_for(data: bytes) -> int:
    """Return how many bytes decoders may decode of a content."""
    return _GROWTH * len(data) + _ROOM_BYTES


def plugin_decodings(
    data: bytes, decoders: Sequence[tuple[str, Decoder]], log: ProblemLog, limit: CallLimit
) -> Iterator[Decoding]:
    """Yield what the decoders of plugins decode in a content.

    Each is called guarded: what it raises is counted and costs its own parts only. All together decode at most eight
    times as many bytes as the content has, and 64 KiB.

    Args:
        data: The content.
        decoders: The decoders, each after the name of its plugin.
        log: Counts those that fail.
        limit: Bounds the time of decoders that run in other processes.
    """
    left = room_for(data)
    for plugin, decoder in decoders:
        if not any(anchor in data for anchor in decoder.anchors):
            continue
        what = f"decoder {decoder.name}"
        try:
            for number, part in enumerate(_parts(decoder, data, limit)):
                if number == MOST_PARTS:
                    log.add(plugin, f"{what} gave more than {MOST_PARTS:,} parts of one content")
                    break
                if not _is_part(part, len(data)):
                    log.add(plugin, f"{what} gave a part that is not valid")
                    continue
                begin, end, decoded = part
                left -= len(decoded)
                if left < 0:
                    log.add(plugin, f"{what} decoded more bytes of one content than are searched")
                    break
                yield Decoding(decoder.name, begin, end, decoded, WholeAlignment(begin, end))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a decoder is a plugin's code
            log.add(plugin, what, error)
        if left < 0:
            return


def _parts(decoder: Decoder, data: bytes, limit: CallLimit) -> Iterable[DecodedPart]:
    return (
        decoder.decode.decode_within(data, limit) if isinstance(decoder.decode, DecoderApart) else decoder.decode(data)
    )


def _is_part(part: object, size: int) -> bool:
    if not isinstance(part, tuple) or len(part) != 3:
        return False
    begin, end, decoded = part
    return type(begin) is int and type(end) is int and isinstance(decoded, bytes) and 0 <= begin < end <= size
