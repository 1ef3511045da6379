"""Small contents are searched together: most of them have nothing in them, and one pass shows that for many at once.

Most objects of a history are commits and small files. A pass over one of them takes less time than the calls that lead
to it. Where something may be in one of them, each is searched on its own, as if nothing were known. What a content has
that its base does not have is not asked: that is done for larger contents (`beca_core.sources.novelty`).
"""

from __future__ import annotations

import time
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE
from typing import TYPE_CHECKING, Final

from beca_core.sources.archives import may_be_container
from beca_core.sources.contracts import Blob
from beca_core.sources.novelty import WORTH_IT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from beca_core.report import Skipped

WIDE_MARKS: Final = frozenset((BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE[:2]))
"""The first two bytes of contents with the byte order mark of UTF-16 or UTF-32."""

TOGETHER_BYTES: Final = 64 * 1024
"""So many bytes of small contents are looked at together."""
HELD_SECONDS: Final = 0.1
"""No content waits longer for others, unless none comes: a slow source may not come back."""


def screened(
    items: Iterable[Blob | Skipped], having_something: Callable[[Sequence[bytes]], Sequence[int]]
) -> Iterator[Blob | Skipped | list[Blob]]:
    """Yield all items in their order; those that are known to have nothing in them, which are small, as lists.

    Small contents are held until they have been looked at together.

    Args:
        items: What a share yields.
        having_something: Returns the numbers of those of some texts in which something may be found, in order.
    """
    held: list[Blob] = []
    size, since = 0, 0.0
    for item in items:
        small = item if isinstance(item, Blob) and is_small_text(item) else None
        if small is not None:
            now = time.monotonic()
            since = since if held else now
            held.append(small)
            size += len(small.data)
            if size < TOGETHER_BYTES and now - since < HELD_SECONDS:
                continue
        if held:
            yield from _looked_at(held, having_something)
            held, size = [], 0
        if small is None:
            yield item
    if held:
        yield from _looked_at(held, having_something)


def _looked_at(
    held: list[Blob], having_something: Callable[[Sequence[bytes]], Sequence[int]]
) -> Iterator[Blob | list[Blob]]:
    """Yield some contents in their order, those in which nothing is as lists."""
    after = 0
    for number in having_something([blob.data for blob in held]) if len(held) > 1 else range(len(held)):
        if number > after:
            yield held[after:number]
        yield held[number]
        after = number + 1
    if after < len(held):
        yield held[after:]


def is_small_text(blob: Blob) -> bool:
    """Return whether a blob is a whole, small content that is searched as it is: no archive, and no UTF-16."""
    data = blob.data
    return (
        len(data) < WORTH_IT
        and blob.novelty is None
        and blob.own is None
        and not blob.own_from
        and not blob.form
        and data[:2] not in WIDE_MARKS
        and b"\0" not in data
        and not may_be_container(data)
    )
