"""`Room`: how many matches of each rule are kept from one content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from beca_core.matching.lines import Span
    from beca_core.report import ProblemLog

MOST_MATCHES: Final = 10_000
"""Matches of one rule that are kept from one content as it is, and as many again from its encoded parts. The others are
only counted: 20 MB of matches are millions, and each would take half a kilobyte until the report is written."""


class Room:
    """Keep a bounded number of matches of each rule, and count the others.

    Args:
        log: Counts the others.
        own: Byte offsets, begin and end, of what is the content's own; None: all of it is. The matches that begin in
            the context of a chunk have room of their own, and are not counted, because they belong to other chunks.
        most: How many are kept.
    """

    def __init__(self, log: ProblemLog, own: Span | None = None, most: int = MOST_MATCHES) -> None:
        self._log = log
        self._own = own
        self._most = most
        self._taken: dict[tuple[str, bool], int] = {}

    def takes(self, rule_id: str, begin: int) -> bool:
        """Return whether one more match of a rule, which begins at a byte offset, is kept; otherwise count it."""
        is_own = self._own is None or self._own[0] <= begin < self._own[1]
        taken = self._taken.get((rule_id, is_own), 0)
        if taken < self._most:
            self._taken[rule_id, is_own] = taken + 1
            return True
        if is_own:
            self._log.add_unlisted(rule_id, 1)
        return False
