"""Generated examples: what looks like a credential, made from a fixed seed instead of written down."""

from __future__ import annotations

import hashlib


def random_text(alphabet: str, length: int, seed: str | int = 0) -> str:
    """Return text that looks random and is the same on every machine and Python version.

    Args:
        alphabet: The characters to choose from, at least one; each is equally likely.
        length: Number of characters.
        seed: Different seeds give different texts.
    """
    if not alphabet:
        raise ValueError("alphabet is empty")
    stream = int.from_bytes(hashlib.shake_256(str(seed).encode()).digest(4 * length + 16))
    drawn = []
    for _ in range(length):
        stream, index = divmod(stream, len(alphabet))
        drawn.append(alphabet[index])
    return "".join(drawn)
