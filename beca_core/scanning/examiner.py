"""`Examiner`: reads a share of the work and records the hits, in this process or in others."""

from __future__ import annotations

import io
import time
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.findings import Position
from beca_core.matching.regions import NO_MATCHES
from beca_core.report import ProblemLog, Skipped
from beca_core.scanning.parts import Parts
from beca_core.sources.archives import is_archive, may_be_container
from beca_core.sources.archives.unopened import is_unopened
from beca_core.sources.contracts import Blob
from beca_core.sources.limits import NEVER, Stop
from beca_core.state.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.matching.ruleset import RuleSet
    from beca_core.rules.scanner import Match
    from beca_core.sources.contracts import PositionLookup, Share
    from beca_core.sources.limits import Limits
    from beca_core.sources.wide_text import WideRuns

_OUTCOME_SECONDS: Final = 0.1
_NUL: Final = b"\0"
_MARKS: Final = frozenset((BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE[:2]))
"""The first two bytes of contents with the byte order mark of UTF-16 or UTF-32."""


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
        finished: Ids of the contents that were read to their end, unless all were.
        is_last: Whether the share was read to its end.
    """

    hits: dict[str, list[Hit]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    log: ProblemLog = field(default_factory=ProblemLog)
    commits: int = 0
    blobs: int = 0
    bytes: int = 0
    unwalked: int = 0
    finished: list[str] = field(default_factory=list)
    is_last: bool = False

    def skip(self, item: Skipped) -> None:
        """Record what was not read completely; it may be known already."""
        if item not in self.skipped:
            self.skipped.append(item)

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
        parts = Parts(self._rule_set, self._limits.max_blob_bytes)
        current, now = "", time.monotonic
        for content in share.read(self._limits, stop):
            for item in self._with_members(content, stop):
                if item.id != current:
                    outcome.finished.append(current)
                    current = item.id
                if isinstance(item, Skipped):
                    outcome.skipped.append(item)
                    parts.forget(item.id)
                else:
                    self._scan(item, outcome, parts, stop)
                if now() > due:
                    stop.raise_failure()
                    yield outcome
                    outcome, due = Outcome(), now() + _OUTCOME_SECONDS
        outcome.skipped += parts.rest()
        outcome.is_last = True
        outcome.finished.clear()  # nobody has to ask, and sending them takes a hundredth of the time of a scan
        yield outcome

    def examine(self, blob: Blob, outcome: Outcome, stop: Stop | None = None) -> None:
        """Scan one blob and, if it is an archive, its members.

        Args:
            blob: The blob.
            outcome: The outcome to which hits and counts are added.
            stop: Ends the reading of members early; None: after `locate_seconds`.
        """
        parts = Parts(self._rule_set, self._limits.max_blob_bytes)
        for item in self._with_members(blob, stop):
            if isinstance(item, Skipped):
                outcome.skipped.append(item)
            else:
                self._scan(item, outcome, parts, stop or NEVER)

    def _with_members(self, item: Blob | Skipped, stop: Stop | None) -> Iterable[Blob | Skipped]:
        if isinstance(item, Skipped) or not may_be_container(item.data) or item.kind != "blob" or not _is_whole(item):
            return (item,)  # as most; a generator would take longer
        return self._opened(item, stop)

    def _opened(self, item: Blob, stop: Stop | None) -> Iterator[Blob | Skipped]:
        yield item
        if is_unopened(item.data):
            yield Skipped(item.id, "unopened")
        if is_archive(item.data):
            from beca_core.sources.archives.walk import members  # most scans meet no archive

            stop = stop or Stop(self._limits.locate_seconds)
            yield from members(io.BytesIO(item.data), self._limits, stop, item.id)

    def _scan(self, blob: Blob, outcome: Outcome, parts: Parts, stop: Stop) -> None:
        if blob.own is None and not blob.own_from and not blob.form:  # as most; a call would cost more than this
            hits = self._hits_in(blob, outcome.log, stop)
        else:
            hits = self._hits_in_part(blob, outcome, parts, stop)
        if hits:
            outcome.hits.setdefault(blob.id, []).extend(hits)
        if blob.form != "text":
            outcome.bytes += (blob.own or len(blob.data)) - blob.own_from
            outcome.unwalked += blob.unwalked
        if stop.has_cut:  # the search may have ended early
            if blob.own is None:  # otherwise the source skips the rest of the content
                outcome.skip(Skipped(_name(blob), "timeout"))
        elif blob.kind == "commit":
            outcome.commits += 1
        elif not blob.member and not blob.own_from and blob.form != "text":
            outcome.blobs += 1

    def _hits_in(self, blob: Blob, log: ProblemLog, stop: Stop) -> list[Hit]:
        """Return the hits in a whole content."""
        data = blob.data
        matches = self._rule_set.find(data, log, stop)
        if matches is NO_MATCHES and data[:2] not in _MARKS:
            return []  # as most
        may_be_wide = _NUL in data and self._rule_set.may_be_wide(data)
        hits = list(self._hits(blob, data, blob.positions, matches)) if matches else []
        return [*hits, *self._hits_in_wide_text(blob, log, stop, may_be_wide=may_be_wide)] if _NUL in data else hits

    def _hits_in_wide_text(self, blob: Blob, log: ProblemLog, stop: Stop, *, may_be_wide: bool) -> Iterator[Hit]:
        """Yield the hits in what is UTF-16 or UTF-32, see `beca_core.sources.wide_text`.

        Args:
            blob: The content.
            log: Counts the plugins that fail.
            stop: When to end.
            may_be_wide: What the rule set says of it.
        """
        from beca_core.sources.wide_text import encoding_of, readings, transcoded  # most contents have no NUL

        data, known = blob.data, set[tuple[str, bytes]]()
        if (encoding := encoding_of(data)) is not None:
            text = transcoded(data, encoding)
            found = self._rule_set.find(text, log, stop)
            yield from self._hits(blob, text, None, found)
            if _NUL not in text:  # otherwise it may only look like such a text
                return
            known = {(match.rule_id, _secret(match, text)) for match in found}
        for runs in readings(data) if may_be_wide else ():
            matches = runs.held(self._rule_set.find(runs.text, log, stop))
            new = [match for match in matches if (match.rule_id, _secret(match, runs.text)) not in known]
            yield from self._hits(blob, runs.text, _positions_in(runs, blob.positions), new)
            known |= {(match.rule_id, _secret(match, runs.text)) for match in new}

    def _hits_in_part(self, chunk: Blob, outcome: Outcome, parts: Parts, stop: Stop) -> list[Hit]:
        """Return the hits in a chunk's own part; with the last chunk, also what needs the whole content."""
        from beca_core.sources.wide_text import readings  # most scans meet no chunk

        data, log, find = chunk.data, outcome.log, self._rule_set.find_in_part
        own = range(chunk.own_from, len(data) if chunk.own is None else chunk.own)
        matches = [match for match in find(data, log, stop, (own.start, own.stop)) if match.begin in own]
        may_be_wide = parts.want_keywords or self._rule_set.may_be_wide(data)
        hits, texts = list(self._hits(chunk, data, chunk.positions, matches)), [data]
        for runs in readings(data) if may_be_wide and not chunk.form and _NUL in data else ():
            found = [match for match in runs.held(find(runs.text, log, stop)) if runs.offset(match.begin) in own]
            new = self._hits(chunk, runs.text, _positions_in(runs, chunk.positions), found)
            known = {(hit.rule_id, hit.secret) for hit in hits} if len(texts) > 1 else ()
            hits += [hit for hit in new if (hit.rule_id, hit.secret) not in known]
            texts.append(runs.text)
        hits = parts.counting(chunk, texts, hits)
        whole = parts.add(chunk)
        if isinstance(whole, Blob):
            hits += self._hits(whole, whole.data, None, self._rule_set.find_whole(whole.data, log, stop))
        elif whole is not None:
            outcome.skip(whole)
        return hits

    def _hits(self, blob: Blob, data: bytes, positions: PositionLookup | None, matches: list[Match]) -> Iterator[Hit]:
        reader = positions or PositionReader(data)
        offsets = sorted({offset for match in matches for offset in (match.begin, match.end)})
        places = {offset: reader.position(offset) for offset in offsets}  # matches overlap, and so are not in order
        for match in matches:
            yield Hit(
                rule_id=match.rule_id,
                begin=places[match.begin],
                end=places[match.end],
                secret=_with_line_feeds(_secret(match, data)),
                confidence=match.confidence or self._rule_set.rules[match.rule_id].confidence,
                decodings=match.decodings,
                member=blob.member,
                truncated=match.truncated,
            )


def _secret(match: Match, data: bytes) -> bytes:
    return data[match.begin : match.end] if match.secret is None else match.secret


def _with_line_feeds(secret: bytes) -> bytes:
    """Return a secret with the line ends of Unix, so that it is the same secret in a text of Windows."""
    return secret.replace(b"\r\n", b"\n") if b"\r" in secret else secret


def _is_whole(blob: Blob) -> bool:
    """Return whether a blob is neither a chunk, which cannot be opened, nor a member, which has been opened."""
    return not _is_part(blob) and not blob.member


def _is_part(blob: Blob) -> bool:
    return blob.own is not None or blob.own_from > 0 or blob.form != ""


def _positions_in(runs: WideRuns, of_content: PositionLookup | None) -> PositionLookup | None:
    """Return a lookup for offsets in the text of wide runs, made from the one for offsets in the content."""
    over = getattr(of_content, "over", None)  # the positions of our own chunks count characters of the text
    if of_content is None or over is not None:
        return over and over(runs.text)
    return RunPositions(runs, of_content)


def _name(blob: Blob) -> str:
    """Return the id under which a blob is skipped; a member's is that which the archive's reader gives it."""
    return f"{blob.id}!{blob.member.decode(errors='backslashreplace')}" if blob.member else blob.id


class RunPositions(NamedTuple):
    """Positions in a content, for offsets in the text of its wide runs.

    Args:
        runs: The runs.
        of_content: Converts offsets in the content.
    """

    runs: WideRuns
    of_content: PositionLookup

    def position(self, offset: int) -> Position:
        """Return line and column of an offset in the text."""
        return self.of_content.position(self.runs.offset(offset))


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
        has_mark = begin == 0 and self._data.startswith(BOM_UTF8)
        self._characters, self._characters_to = -has_mark, begin  # a byte order mark is no character of the text

    def _column(self, offset: int) -> int:
        if self._line_is_text is None:
            self._line_is_text = self._is_text()
        if self._line_is_text:
            try:
                self._characters += len(self._data[self._characters_to : offset].decode())
            except UnicodeDecodeError:  # the offset is within a character
                return offset - self._line_begin + 1
            self._characters_to = offset
            return max(self._characters, 0) + 1
        return offset - self._line_begin + 1

    def _is_text(self) -> bool:
        line_end = self._data.find(b"\n", self._line_begin)
        line = self._data[self._line_begin : line_end if line_end >= 0 else None]
        try:
            line.decode()
        except UnicodeDecodeError:
            return False
        return True
