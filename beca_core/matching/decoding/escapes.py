"""What percent encoding and the escapes of programming languages share: some characters of a text are escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.matching.decoding.decoded import Decoding, EscapeAlignment

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

_ENOUGH_BYTES: Final = 4


def escape_forms(text: bytes, escape: str, escape_again: str, reserved: re.Pattern[bytes]) -> Iterator[bytes]:
    """Yield how a text looks with every byte escaped (its beginning is enough), and with what must be.

    Args:
        text: The text.
        escape: How a byte is written, such as `%{:02x}`.
        escape_again: How it is written if the escape is escaped itself.
        reserved: The bytes that are usually escaped.
    """
    for style in (escape, escape.replace("x}", "X}")):
        yield b"".join(style.format(byte).encode() for byte in text[:_ENOUGH_BYTES])
    if reserved.search(text):
        for style in (escape, escape_again):
            yield from (_replaced(text, case, reserved) for case in (style, style.replace("x}", "X}")))


def _replaced(text: bytes, style: str, reserved: re.Pattern[bytes]) -> bytes:
    return reserved.sub(lambda found: style.format(found[0][0]).encode(), text)


def unescape(
    name: str,
    pattern: re.Pattern[bytes],
    value: Callable[[bytes], bytes],
    data: bytes,
    begin: int,
    end: int,
) -> Decoding | None:
    """Replace the escapes in a part of a text, or return None where there are none.

    Args:
        name: Of the encoding.
        pattern: What an escape looks like; its only group is all of it.
        value: What an escape stands for, never empty.
        data: The text.
        begin: Where the part begins.
        end: Where it ends.
    """
    encoded = pattern.split(data[begin:end])
    if len(encoded) == 1:
        return None
    decoded = encoded.copy()
    decoded[1::2] = map(value, encoded[1::2])
    return Decoding(name, begin, end, b"".join(decoded), EscapeAlignment(begin, encoded, decoded))
