"""`Parts`: what the chunks of a content have to be seen together for.

Some scanners need the whole content. And a keyword of a rule may be in another chunk than its match: hits of rules with
keywords wait until a keyword has been seen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core.report import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.matching.ruleset import RuleSet
    from beca_core.sources.contracts import Blob
    from beca_core.state.hit import Hit

REASON: Final = "not-whole"
MOST_WAITING: Final = 100_000
"""Hits of a content that wait for a keyword."""


class _PartialContent:
    """What is known of a content of which some chunks have come.

    Args:
        data: The bytes so far; None: they are not wanted, or too many.

    Attributes:
        seen: Ids of the rules of which a keyword has come.
        waiting: Hits of other rules with keywords.
        is_over: Whether more hits were waiting than are kept.
    """

    __slots__ = ("data", "is_over", "seen", "waiting")

    def __init__(self, data: bytearray | None) -> None:
        self.data = data
        self.seen: set[str] = set()
        self.waiting: list[Hit] = []
        self.is_over = False


class Parts:
    """The contents that one share yields in chunks.

    Args:
        rule_set: Says what is needed.
        max_bytes: Greatest size of a content that is put together.
    """

    def __init__(self, rule_set: RuleSet, max_bytes: int) -> None:
        self._rule_set = rule_set
        self._max_bytes = max_bytes
        self._contents: dict[tuple[str, str], _PartialContent] = {}

    @property
    def want_keywords(self) -> bool:
        """Whether keywords have to be seen in each chunk."""
        return bool(self._rule_set.rules_with_keywords)

    def counting(self, chunk: Blob, texts: Iterable[bytes], hits: list[Hit]) -> list[Hit]:
        """Return the hits that count, with earlier ones if a keyword has come; called for each chunk before `add`.

        Args:
            chunk: The chunk.
            texts: Its data, and what was transcoded of it.
            hits: What was found in it.
        """
        content, with_keywords = self._content(chunk), self._rule_set.rules_with_keywords
        if not with_keywords:
            return hits
        for text in texts:
            content.seen |= self._rule_set.with_keyword(text)
        counting: list[Hit] = []
        waiting: list[Hit] = []
        for hit in (*content.waiting, *hits):
            counts = hit.decodings or hit.rule_id not in with_keywords or hit.rule_id in content.seen
            (counting if counts else waiting).append(hit)
        content.is_over = content.is_over or len(waiting) > MOST_WAITING
        content.waiting = waiting[:MOST_WAITING]
        return counting

    def add(self, chunk: Blob) -> Blob | Skipped | None:
        """Take the next chunk of a content.

        Returns:
            With the last chunk, the whole content if a scanner needs it, or that it is too large; None before.
        """
        content = self._content(chunk)
        if content.data is not None:
            content.data += memoryview(chunk.data)[chunk.own_from : chunk.own]
            if len(content.data) > self._max_bytes:
                content.data = None
        if chunk.own is not None:
            return None
        del self._contents[chunk.id, chunk.form]
        if content.is_over or (content.data is None and self._rule_set.needs_whole):
            return Skipped(chunk.id, REASON)
        return None if content.data is None else replace(chunk, data=bytes(content.data), own_from=0, positions=None)

    def forget(self, blob_id: str) -> None:
        """Drop a content of which the source has reported that it was not read to its end."""
        for key in [key for key in self._contents if key[0] == blob_id]:
            del self._contents[key]

    def rest(self) -> Iterator[Skipped]:
        """Yield the contents of which no last chunk came, if something waits for it."""
        if self._rule_set.needs_whole or self.want_keywords:
            yield from (Skipped(blob_id, REASON) for blob_id in sorted({blob_id for blob_id, _ in self._contents}))

    def _content(self, chunk: Blob) -> _PartialContent:
        key = chunk.id, chunk.form
        if key not in self._contents:
            is_wanted = self._rule_set.needs_whole and not chunk.own_from
            self._contents[key] = _PartialContent(bytearray() if is_wanted else None)
        return self._contents[key]
