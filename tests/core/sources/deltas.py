"""Deltas as git writes them: copies of pieces of a base, and what is inserted between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_INSERTED = 127


class Edit(NamedTuple):
    """A change of a text.

    Args:
        at: Offset at which bytes are removed and inserted.
        removed: How many bytes are removed.
        inserted: The bytes that are inserted.
    """

    at: int
    removed: int
    inserted: bytes


def edited(base: bytes, edits: Iterable[Edit]) -> tuple[bytes, bytes]:
    """Return the base with some edits, and the delta that turns the base into that."""
    result, instructions, copied_to = b"", b"", 0
    for at, removed, inserted in sorted(edits):
        if at < copied_to:
            continue
        result += base[copied_to:at] + inserted
        instructions += copy(copied_to, min(at, len(base)) - copied_to) + insert(inserted)
        copied_to = min(at + removed, len(base))
    result += base[copied_to:]
    instructions += copy(copied_to, len(base) - copied_to)
    return result, number(len(base)) + number(len(result)) + instructions


def copy(offset: int, size: int) -> bytes:
    """Return the instructions that copy a piece of the base."""
    code, arguments = 0x80, b""
    if size <= 0:
        return b""
    for bit in range(4):
        if byte := offset >> 8 * bit & 255:
            code |= 1 << bit
            arguments += bytes([byte])
    for bit in range(3):
        if size != 0x10000 and (byte := size >> 8 * bit & 255):
            code |= 16 << bit
            arguments += bytes([byte])
    return bytes([code]) + arguments


def insert(text: bytes) -> bytes:
    """Return the instructions that insert a text."""
    pieces = (text[begin : begin + _MOST_INSERTED] for begin in range(0, len(text), _MOST_INSERTED))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)


def number(value: int) -> bytes:
    """Return a size as it is written at the beginning of a delta."""
    written = b""
    while value > 127:
        written += bytes([value & 127 | 128])
        value >>= 7
    return written + bytes([value])
