"""`Room`: how many matches of each rule are kept from one content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from beca_core.rules.scanner import Match

if TYPE_CHECKING:
    from beca_core.matching.lines import Span
    from beca_core.report import ProblemLog
    from beca_core.rules.candidate import DropReason

Drops: TypeAlias = "list[tuple[Match, DropReason]]"
"""What was found in a content and is not reported, each with the reason."""

MOST_MATCHES: Final = 10_000
"""Matches of one rule that are kept from one content as it is, and as many again from its encoded parts. The others are
only counted: 20 MB of matches are millions, and each would take half a kilobyte until the report is written."""


MOST_DROPS: Final = 1_000
"""Matches of one rule in one content that are listed as dropped, if that is asked for; the others are only counted."""


class Room:
    """Keep a bounded number of matches of each rule, and count the others and those that are dropped.

    Args:
        log: Counts the others.
        own: Byte offsets, begin and end, of what is the content's own; None: all of it is. The matches that begin in
            the context of a chunk have room of their own, and are not counted, because they belong to other chunks.
        most: How many are kept.
        drops: Where what is dropped is listed; None: it is only counted.
    """

    def __init__(
        self, log: ProblemLog, own: Span | None = None, most: int = MOST_MATCHES, drops: Drops | None = None
    ) -> None:
        self._log = log
        self._own = own
        self._most = most
        self._taken: dict[tuple[str, bool], int] = {}
        self._drops = drops
        self._listed: dict[str, int] = {}

    @property
    def lists_drops(self) -> bool:
        """Whether what is dropped is listed."""
        return self._drops is not None

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

    def drop(self, rule_id: str, begin: int, end: int, reason: DropReason) -> None:
        """Count what a step drops, and list it if that is asked for.

        Args:
            rule_id: Id of the rule.
            begin: Byte offset of the secret.
            end: Byte offset after it.
            reason: The step, and why.
        """
        if self._is_own(begin):
            self._log.add_dropped(reason.step)
            if self._drops is not None:
                self.list_drop(Match(begin, end, rule_id), reason)

    def list_drop(self, match: Match, reason: DropReason) -> None:
        """List what is dropped, without counting it, if that is asked for."""
        if self._drops is not None and self._is_own(match.begin):
            listed = self._listed.get(match.rule_id, 0)
            if listed < MOST_DROPS:
                self._listed[match.rule_id] = listed + 1
                self._drops.append((match, reason))
            else:
                self._log.unlisted_drops += 1

    def _is_own(self, begin: int) -> bool:
        return self._own is None or self._own[0] <= begin < self._own[1]
