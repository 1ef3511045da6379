"""`WholeContents`: puts chunks together for the scanners that need whole contents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core.report import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.contracts import Blob

REASON: Final = "not-whole"


class WholeContents:
    """The contents that one share yields in chunks.

    Args:
        max_bytes: Greatest size of a content that is put together.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._parts: dict[tuple[str, str], bytearray | None] = {}

    def add(self, chunk: Blob) -> Blob | Skipped | None:
        """Take the next chunk of a content.

        Returns:
            With the last chunk, the whole content, or that it is too large; None before.
        """
        key = chunk.id, chunk.form
        if not chunk.own_from:
            self._parts[key] = bytearray()
        whole = self._parts.get(key)
        if whole is not None:
            whole += memoryview(chunk.data)[chunk.own_from : chunk.own]
            if len(whole) > self._max_bytes:
                self._parts[key] = whole = None
        if chunk.own is not None:
            return None
        self._parts.pop(key, None)
        if whole is None:
            return Skipped(chunk.id, REASON)
        return replace(chunk, data=bytes(whole), own_from=0, positions=None)

    def forget(self, blob_id: str) -> None:
        """Drop a content of which the source has reported that it was not read to its end."""
        for key in [key for key in self._parts if key[0] == blob_id]:
            del self._parts[key]

    def rest(self) -> Iterator[Skipped]:
        """Yield the contents of which no last chunk came."""
        yield from (Skipped(blob_id, REASON) for blob_id in sorted({blob_id for blob_id, _ in self._parts}))
