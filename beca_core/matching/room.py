"""`Room`: how many matches of each rule are kept from one content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from beca_core.report import ProblemLog

MOST_MATCHES: Final = 10_000
"""Matches of one rule that are kept from one content as it is, and as many again from its encoded parts. The others are
only counted: 20 MB of matches are millions, and each would take half a kilobyte until the report is written."""


class Room:
    """Keep a bounded number of matches of each rule, and count the others.

    Args:
        log: Counts the others.
        most: How many are kept.
    """

    def __init__(self, log: ProblemLog, most: int = MOST_MATCHES) -> None:
        self._log = log
        self._most = most
        self._taken: dict[str, int] = {}

    def takes(self, rule_id: str) -> bool:
        """Return whether one more match of a rule is kept; otherwise count it."""
        taken = self._taken.get(rule_id, 0)
        if taken < self._most:
            self._taken[rule_id] = taken + 1
            return True
        self._log.add_unlisted(rule_id, 1)
        return False
