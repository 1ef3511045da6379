"""How BECA writes files of its own, so that no scan finds anything in them.

Caches hold the words that rules look for, and states hold paths and fingerprints. A scan of a home directory reads
these files like all others: if it left them out, a repository could disguise a file as one of them.
"""

from __future__ import annotations

from typing import Final

_FLIPPED: Final = bytes(byte ^ 0x80 for byte in range(256))


def veil(data: bytes) -> bytes:
    """Invert the highest bit of each byte, so that no ASCII text is left; doing it again restores the data."""
    return data.translate(_FLIPPED)
