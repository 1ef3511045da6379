"""What somebody may have meant who wrote a name that nothing has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], most: int = 1) -> list[str]:
    """Return the names that are most like one, the likest first; none where none is like it."""
    import difflib  # 2 ms, for a mistake only

    return difflib.get_close_matches(name, list(known), n=most)
