"""Generated examples: what looks like a credential, made from a fixed seed instead of written down."""

from __future__ import annotations

import hashlib
import struct
from typing import Final

_WORD_BYTES: Final = 8


def random_text(alphabet: str, length: int, seed: str | int = 0) -> str:
    """Return text that looks random and is the same on every machine and Python version.

    Args:
        alphabet: The characters to choose from, at least one; each is equally likely.
        length: Number of characters.
        seed: Different seeds give different texts.
    """
    if not alphabet:
        raise ValueError("alphabet is empty")
    stream = hashlib.shake_256(str(seed).encode()).digest(_WORD_BYTES * length)
    words = struct.unpack(f">{length}Q", stream)
    size, shift = len(alphabet), 8 * _WORD_BYTES
    return "".join([alphabet[word * size >> shift] for word in words])
