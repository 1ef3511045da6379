"""Whether a word is near a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.rules.context import Side

if TYPE_CHECKING:
    from beca_core.rules.context import Near

_NAMED_WORDS = 3


class NearWords:
    """The words of a `Near`, ready to be looked for. Shared between threads.

    Args:
        near: The words, and where they have to be.
    """

    def __init__(self, near: Near) -> None:
        self._words = tuple(sorted({word.lower().encode("ascii") for word in near.words}))
        self._longest = max(map(len, self._words), default=0)
        self._within = near.within
        self._side = near.where
        more = len(near.words) - _NAMED_WORDS
        self.name = ", ".join(near.words[:_NAMED_WORDS]) + (f" and {more} more" if more > 0 else "")
        self.reason = f"none of these words is {_place(near)}"

    def are_near(self, data: bytes, begin: int, end: int) -> bool:
        """Return whether one of the words is near a span, and not within it."""
        return (self._side is not Side.AFTER and self._is_before(data, begin)) or (
            self._side is not Side.BEFORE and self._is_after(data, end)
        )

    def _is_before(self, data: bytes, begin: int) -> bool:
        first = max(0, begin - self._within - self._longest)
        if self._side is Side.LINE:
            first = max(first, data.rfind(b"\n", first, begin) + 1)
        text = data[first:begin].lower()
        nearest = len(text) - self._within
        return any(text.find(word, max(0, nearest - len(word))) >= 0 for word in self._words)

    def _is_after(self, data: bytes, end: int) -> bool:
        last = end + self._within + self._longest
        if self._side is Side.LINE and (line_end := data.find(b"\n", end, last)) >= 0:
            last = line_end
        text = data[end:last].lower()
        return any(text.find(word, 0, self._within + len(word)) >= 0 for word in self._words)


def _place(near: Near) -> str:
    within = f"within {near.within:,} bytes"
    match near.where:
        case Side.EITHER:
            return f"{within} of it"
        case Side.LINE:
            return f"{within} of it on its line"
        case side:
            return f"{within} {side} it"
