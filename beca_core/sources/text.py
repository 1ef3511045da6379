"""A text that is already in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.sources import Blob, Known, Limits, Place, Scope, Unversioned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from beca_core.report import Skipped
    from beca_core.sources import Share


class TextSource(Unversioned):
    """Read one text.

    Args:
        data: The text.
        name: The path that findings show.
    """

    scope = Scope.TEXT

    def __init__(self, data: bytes, name: str = "<text>") -> None:
        self._data = data
        self._name = name

    def shares(self, limits: Limits) -> Sequence[Share]:  # noqa: ARG002
        """Give the text as one share."""
        return (Known((Blob(self._name, self._data),)),)

    def locate(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Place | Skipped]:  # noqa: ARG002
        """Yield the one place."""
        for blob_id in blob_ids:
            yield Place(blob_id, self._name.encode())
