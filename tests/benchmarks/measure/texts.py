"""Text that looks like source code and holds no secret: random, and the same on every machine."""

from __future__ import annotations

import random
import string
from typing import Final

_WORDS: Final = 2000
_INDENTS: Final = (0, 0, 4, 4, 8, 12)


def code_lines(count: int, seed: int = 0) -> list[bytes]:
    """Return lines of words and punctuation, each with its line end.

    Args:
        count: How many.
        seed: Different seeds give different lines.
    """
    source = random.Random(seed)
    words = ["".join(source.choices(string.ascii_lowercase, k=source.randint(2, 10))) for _ in range(_WORDS)]
    return [_line(source, words) for _ in range(count)]


def clean_text(size: int, seed: int = 0) -> bytes:
    """Return text of a size.

    Args:
        size: In bytes.
        seed: Different seeds give different texts.
    """
    lines = b"".join(code_lines(min(size // 8 + 1, 20_000), seed))
    return (lines * (size // len(lines) + 1))[:size]


def _line(source: random.Random, words: list[str]) -> bytes:
    chosen = source.choices(words, k=source.randint(1, 9))
    joints = source.choices((" ", ".", ", ", "(", ") ", "_"), k=len(chosen))
    body = "".join(word + joint for word, joint in zip(chosen, joints, strict=True))
    return f"{' ' * source.choice(_INDENTS)}{body}\n".encode()
