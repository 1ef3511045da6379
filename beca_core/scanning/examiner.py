"""`Examiner`: reads a share of the work and records the hits, in this process or in others."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Final

from beca_core.matching.positions import PositionReader
from beca_core.report import Skipped
from beca_core.scanning.outcome import Outcome
from beca_core.sources.archives import is_archive, members
from beca_core.sources.limits import Stop
from beca_core.state.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.matching.ruleset import RuleSet
    from beca_core.rules.scanner import Match
    from beca_core.sources.contracts import Blob, Share
    from beca_core.sources.limits import Limits

_OUTCOME_SECONDS: Final = 0.1


class Examiner:
    """Look for secrets in what shares yield.

    Args:
        rule_set: Finds the matches.
        limits: Bounds of the scan.
    """

    def __init__(self, rule_set: RuleSet, limits: Limits) -> None:
        self._rule_set = rule_set
        self._limits = limits

    def read(self, share: Share, stop: Stop) -> Iterator[Outcome]:
        """Read a share to its end, and yield from time to time the outcome since the last time.

        Raises:
            SourceError: If the source cannot be read at all.
        """
        outcome, due = Outcome(), time.monotonic() + _OUTCOME_SECONDS
        for item in self._with_members(share.read(self._limits, stop), stop):
            self._add(item, outcome)
            if time.monotonic() > due:
                yield outcome
                outcome, due = Outcome(), time.monotonic() + _OUTCOME_SECONDS
        yield outcome

    def examine(self, blob: Blob, outcome: Outcome, stop: Stop | None = None) -> None:
        """Scan one blob and, if it is an archive, its members.

        Args:
            blob: The blob.
            outcome: The outcome to which hits and counts are added.
            stop: Ends the reading of members early; None: after `locate_seconds`.
        """
        for item in self._with_members((blob,), stop):
            self._add(item, outcome)

    def _with_members(self, items: Iterable[Blob | Skipped], stop: Stop | None) -> Iterator[Blob | Skipped]:
        for item in items:
            yield item
            if not isinstance(item, Skipped) and is_archive(item.data) and _is_whole(item):
                stop = stop or Stop(self._limits.locate_seconds)
                yield from members(io.BytesIO(item.data), self._limits, stop, item.id)

    def _add(self, item: Blob | Skipped, outcome: Outcome) -> None:
        if isinstance(item, Skipped):
            outcome.skipped.append(item)
        else:
            self._scan(item, outcome)

    def _scan(self, blob: Blob, outcome: Outcome) -> None:
        data = blob.data
        if matches := self._rule_set.find(data, outcome.log):
            own = [match for match in matches if blob.own_from <= match.begin < (blob.own or len(data))]
            outcome.hits.setdefault(blob.id, []).extend(self._hits(blob, own))
        outcome.bytes += (blob.own or len(data)) - blob.own_from
        outcome.unwalked += blob.unwalked
        if blob.kind == "commit":
            outcome.commits += 1
        elif not blob.member and not blob.own_from:
            outcome.blobs += 1

    def _hits(self, blob: Blob, matches: list[Match]) -> Iterator[Hit]:
        data = blob.data
        reader = blob.positions or PositionReader(data)
        for match in matches:
            yield Hit(
                rule_id=match.rule_id,
                begin=reader.position(match.begin),
                end=reader.position(match.end),
                secret=data[match.begin : match.end] if match.secret is None else match.secret,
                confidence=match.confidence or self._rule_set.rules[match.rule_id].confidence,
                decodings=match.decodings,
                member=blob.member,
            )


def _is_whole(blob: Blob) -> bool:
    """Return whether a blob is neither a chunk, which cannot be opened, nor a member, which has been opened."""
    return blob.own is None and not blob.own_from and not blob.member
