"""What percent encoding and the escapes of programming languages share: some characters of a text are escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.matching.decoding.decoded import Decoding, EscapeAlignment

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

_ENOUGH_BYTES: Final = 4


def escape_forms(text: bytes, escape: str, escape_again: str, reserved: re.Pattern[bytes]) -> Iterator[bytes]:
    """Yield a text with every byte escaped (its beginning is enough), and with only the reserved bytes escaped.

    Args:
        text: The text.
        escape: The format of an escape, such as `%{:02x}`.
        escape_again: The format of an escape that is escaped itself.
        reserved: The bytes that are usually escaped.
    """
    for style in (escape, escape.replace("x}", "X}")):
        yield "".join(map(style.format, text[:_ENOUGH_BYTES])).encode()
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
    """Replace the escapes in a part of a text, or return None if there are none.

    Args:
        name: Name of the encoding.
        pattern: The pattern of an escape, as its only group.
        value: Decodes an escape; the result is never empty.
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
