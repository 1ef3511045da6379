"""Generated examples: what looks like a credential, made from a fixed seed instead of written down."""

from __future__ import annotations

import hashlib
from typing import Final

_BYTES_EACH: Final = 8


def random_text(alphabet: str, length: int, seed: str | int = 0) -> str:
    """Return text that looks random and is the same on every machine and Python version.

    Args:
        alphabet: The characters to choose from, at least one; each is equally likely.
        length: Number of characters.
        seed: Different seeds give different texts.
    """
    if not alphabet:
        raise ValueError("alphabet is empty")
    stream = hashlib.shake_256(str(seed).encode()).digest(_BYTES_EACH * length)
    words = (int.from_bytes(stream[at : at + _BYTES_EACH]) for at in range(0, len(stream), _BYTES_EACH))
    return "".join(alphabet[word * len(alphabet) >> 8 * _BYTES_EACH] for word in words)
