"""Reading a source completely, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.report import OMISSIONS, Skipped
from beca_core.sources.contracts import run_to_end
from beca_core.sources.limits import Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.contracts import Blob, Reading, Source
    from beca_core.sources.limits import Limits


def read_all(source: Source, limits: Limits) -> Iterator[Blob | Skipped]:
    """Yield everything that the shares of a source yield, and then what is missing; but no omissions."""
    return (item for item in read_reading(source.start(limits), limits) if not is_omission(item))


def omissions(source: Source, limits: Limits) -> set[tuple[str, str]]:
    """Return kind and id of everything that a source omits."""
    items = filter(is_omission, read_reading(source.start(limits), limits))
    return {(item.reason, item.id) for item in items if isinstance(item, Skipped)}


def is_omission(item: Blob | Skipped) -> bool:
    return isinstance(item, Skipped) and item.reason in OMISSIONS


def read_reading(reading: Reading, limits: Limits) -> Iterator[Blob | Skipped]:
    """Yield the same for a source that has been started, omissions included."""
    stop = Stop(limits.scan_seconds)
    skipped: set[str] = set()
    for share in reading.shares:
        for item in share.read(limits, stop):
            if isinstance(item, Skipped):
                skipped.add(item.id)
            yield item
    run_to_end(reading.background())
    yield from (item for item in reading.finish().missing() if item.id not in skipped)
