"""Reading a source to its end without any process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.report import Skipped
from beca_core.sources.contracts import finish
from beca_core.sources.limits import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.contracts import Blob, Source
    from beca_core.sources.limits import Limits


def read_all(source: Source, limits: Limits) -> Iterator[Blob | Skipped]:
    """Yield all that the shares of a source yield, and then what is unread."""
    stop = Stop(limits.scan_seconds)
    skipped: set[str] = set()
    for share in source.shares(limits):
        for item in share.read(limits, stop):
            if isinstance(item, Skipped):
                skipped.add(item.id)
            yield item
    finish(source.meanwhile(limits))
    yield from (item for item in source.unread(limits) if item.id not in skipped)
