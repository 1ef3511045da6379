"""`Examiner`: reads a share of the work and records the hits, in this process or in others."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from beca_core.findings import Position
from beca_core.report import ProblemLog, Skipped
from beca_core.sources.archives import is_archive
from beca_core.sources.limits import NEVER, Stop
from beca_core.state.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.matching.ruleset import RuleSet
    from beca_core.rules.scanner import Match
    from beca_core.sources.contracts import Blob, Share
    from beca_core.sources.limits import Limits

_OUTCOME_SECONDS: Final = 0.1


@dataclass(slots=True)
class Outcome:
    """The hits and counts of a part of a share, of a share, or of all shares. It can be sent between processes.

    Args:
        hits: Hits by blob id.
        skipped: The contents that were not read.
        log: The failures of plugins.
        commits: Commit objects read.
        blobs: Other objects read, members of archives not counted.
        bytes: Bytes scanned, members of archives included.
        unwalked: Objects that git had to read, because they could not be walked in their pack.
        finished: Ids of the contents that were read to their end.
    """

    hits: dict[str, list[Hit]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    log: ProblemLog = field(default_factory=ProblemLog)
    commits: int = 0
    blobs: int = 0
    bytes: int = 0
    unwalked: int = 0
    finished: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Add another outcome to this one."""
        for blob_id, hits in other.hits.items():
            self.hits.setdefault(blob_id, []).extend(hits)
        self.skipped += other.skipped
        self.log.update(other.log)
        self.commits += other.commits
        self.blobs += other.blobs
        self.bytes += other.bytes
        self.unwalked += other.unwalked


class Examiner:
    """Look for secrets in what shares yield.

    Args:
        rule_set: Finds the matches.
        limits: Bounds of the scan.
    """

    def __init__(self, rule_set: RuleSet, limits: Limits) -> None:
        self._rule_set = rule_set
        self._limits = self.limits = limits

    def read(self, share: Share, stop: Stop) -> Iterator[Outcome]:
        """Read a share to its end, and yield from time to time the outcome since the last time.

        Raises:
            SourceError: If the source cannot be read at all.
        """
        outcome, due = Outcome(), time.monotonic() + _OUTCOME_SECONDS
        current = ""
        for item in self._with_members(share.read(self._limits, stop), stop):
            if item.id != current:
                outcome.finished.append(current)
                current = item.id
            self._add(item, outcome, stop)
            if time.monotonic() > due:
                stop.raise_failure()
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
            self._add(item, outcome, stop or NEVER)

    def _with_members(self, items: Iterable[Blob | Skipped], stop: Stop | None) -> Iterator[Blob | Skipped]:
        for item in items:
            yield item
            if not isinstance(item, Skipped) and is_archive(item.data) and _is_whole(item):
                from beca_core.sources.archives.walk import members  # most scans meet no archive

                stop = stop or Stop(self._limits.locate_seconds)
                yield from members(io.BytesIO(item.data), self._limits, stop, item.id)

    def _add(self, item: Blob | Skipped, outcome: Outcome, stop: Stop) -> None:
        if isinstance(item, Skipped):
            outcome.skipped.append(item)
        else:
            self._scan(item, outcome, stop)

    def _scan(self, blob: Blob, outcome: Outcome, stop: Stop) -> None:
        data = blob.data
        own = (blob.own_from, blob.own or len(data))
        if matches := self._rule_set.find(data, outcome.log, stop, own):
            of_blob = [match for match in matches if own[0] <= match.begin < own[1]]
            outcome.hits.setdefault(blob.id, []).extend(self._hits(blob, of_blob))
        outcome.bytes += own[1] - own[0]
        outcome.unwalked += blob.unwalked
        if stop.reason == "timeout":  # the search may have ended early
            if blob.own is None:  # otherwise the source skips the rest of the content
                outcome.skipped.append(Skipped(_name(blob), "timeout"))
        elif blob.kind == "commit":
            outcome.commits += 1
        elif not blob.member and not blob.own_from:
            outcome.blobs += 1

    def _hits(self, blob: Blob, matches: list[Match]) -> Iterator[Hit]:
        data = blob.data
        reader = blob.positions or PositionReader(data)
        offsets = sorted({offset for match in matches for offset in (match.begin, match.end)})
        positions = {offset: reader.position(offset) for offset in offsets}  # matches overlap, and so are not in order
        for match in matches:
            yield Hit(
                rule_id=match.rule_id,
                begin=positions[match.begin],
                end=positions[match.end],
                secret=data[match.begin : match.end] if match.secret is None else match.secret,
                confidence=match.confidence or self._rule_set.rules[match.rule_id].confidence,
                decodings=match.decodings,
                member=blob.member,
            )


def _is_whole(blob: Blob) -> bool:
    """Return whether a blob is neither a chunk, which cannot be opened, nor a member, which has been opened."""
    return blob.own is None and not blob.own_from and not blob.member


def _name(blob: Blob) -> str:
    """Return the id under which a blob is skipped; a member's is that which the archive's reader gives it."""
    return f"{blob.id}!{blob.member.decode(errors='backslashreplace')}" if blob.member else blob.id


class PositionReader:
    """Turn ascending byte offsets into positions, counting every line end and every character once.

    Args:
        data: The bytes to which the offsets refer.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._line, self._counted_to = 1, 0
        self._enter_line(0)

    def position(self, offset: int) -> Position:
        """Return line and column of a byte offset, both 1-based.

        Args:
            offset: From 0 to `len(data)`. After a smaller offset than before, counting starts again from the beginning.
        """
        if offset < self._counted_to:
            self._line, self._counted_to = 1, 0
            self._enter_line(0)
        if line_ends := self._data.count(b"\n", self._counted_to, offset):
            self._line += line_ends
            self._enter_line(self._data.rfind(b"\n", self._counted_to, offset) + 1)
        self._counted_to = offset
        return Position(self._line, self._column(offset))

    def _enter_line(self, begin: int) -> None:
        self._line_begin = begin
        self._line_is_text: bool | None = None
        self._characters, self._characters_to = 0, begin

    def _column(self, offset: int) -> int:
        if self._line_is_text is None:
            self._line_is_text = self._is_text()
        if self._line_is_text:
            try:
                self._characters += len(self._data[self._characters_to : offset].decode())
            except UnicodeDecodeError:  # the offset is within a character
                return offset - self._line_begin + 1
            self._characters_to = offset
            return self._characters + 1
        return offset - self._line_begin + 1

    def _is_text(self) -> bool:
        line_end = self._data.find(b"\n", self._line_begin)
        line = self._data[self._line_begin : line_end if line_end >= 0 else None]
        try:
            line.decode()
        except UnicodeDecodeError:
            return False
        return True
