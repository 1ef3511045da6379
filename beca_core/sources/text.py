"""A text that is already in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.sources import Blob, Limits, Place, Scope, Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class TextSource:
    """Read one text.

    Args:
        data: The text.
        name: The path that findings show.
    """

    scope = Scope.TEXT
    expected_blobs = 1

    def __init__(self, data: bytes, name: str = "<text>") -> None:
        self._data = data
        self._name = name

    def read(self, limits: Limits) -> Iterator[Blob | Skipped]:
        """Yield the text, or say that it is too large."""
        if len(self._data) > limits.max_blob_bytes:
            yield Skipped(self._name, "too-large")
        else:
            yield Blob(self._name, self._data)

    def versions(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Blob]:  # noqa: ARG002
        """Yield nothing: a text has no earlier versions."""
        yield from ()

    def locate(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Place | Skipped]:  # noqa: ARG002
        """Yield the one place."""
        for blob_id in blob_ids:
            yield Place(blob_id, self._name.encode())

    def close(self) -> None:
        """Do nothing: there is nothing to release."""
