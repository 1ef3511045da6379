"""`Examiner`: reads a share of the work and records the hits, in this process or in others."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from beca_core.findings import MAX_SHOWN, FindingPart, redact
from beca_core.matching.regions import NO_MATCHES
from beca_core.report import ProblemLog, Skipped
from beca_core.rules.rule import MAX_TAG
from beca_core.scanning.parts import Parts
from beca_core.scanning.results.processing import surroundings
from beca_core.scanning.results.verdicts import DroppedHit
from beca_core.scanning.small_contents import WIDE_MARKS, screened
from beca_core.sources.archives import is_archive, may_be_container
from beca_core.sources.archives.unopened import is_unopened
from beca_core.sources.contracts import Blob
from beca_core.sources.limits import NEVER, Stop
from beca_core.sources.positions import PositionReader, RunPositions
from beca_core.state.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beca_core.findings import Position
    from beca_core.matching.room import Drops
    from beca_core.matching.ruleset import RuleSet
    from beca_core.rules.rule import RuleInfo
    from beca_core.rules.scanner import Match, MatchPart
    from beca_core.sources.contracts import PositionLookup, Share
    from beca_core.sources.limits import Limits
    from beca_core.sources.wide_text import WideRuns

_OUTCOME_SECONDS: Final = 0.1
_MOST: Final = 100
"""How many parts and attributes of a match are kept; a scanner can give any number."""
_NUL: Final = b"\0"


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
        dropped: What steps of the rules have dropped, by blob id, if that is wanted.
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
    dropped: dict[str, list[DroppedHit]] = field(default_factory=dict)

    def skip(self, item: Skipped) -> None:
        """Record what was not read completely; it may be known already."""
        if item not in self.skipped:
            self.skipped.append(item)

    def add_empty(self, blobs: Sequence[Blob], before: str) -> None:
        """Count whole contents in which nothing was found.

        Args:
            blobs: The contents.
            before: Id of the content that was read before them.
        """
        self.finished.append(before)
        self.finished += [blob.id for blob in blobs[:-1]]
        self.bytes += sum([len(blob.data) for blob in blobs])
        commits = [blob.kind for blob in blobs].count("commit")
        self.commits += commits
        self.blobs += len(blobs) - commits
        self.unwalked += [blob.unwalked for blob in blobs].count(True)

    def add(self, other: Outcome) -> None:
        """Add another outcome to this one."""
        for blob_id, hits in other.hits.items():
            self.hits.setdefault(blob_id, []).extend(hits)
        for blob_id, dropped in other.dropped.items():
            self.dropped.setdefault(blob_id, []).extend(dropped)
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
        with_dropped: Whether what steps of the rules drop is wanted too.
        keeps_text: Whether the text around each hit is kept, for processors of plugins.
    """

    def __init__(
        self, rule_set: RuleSet, limits: Limits, *, with_dropped: bool = False, keeps_text: bool = False
    ) -> None:
        self._rule_set = rule_set
        self._keeps_text = keeps_text
        self._limits = self.limits = limits
        self._with_dropped = with_dropped

    def prepare(self) -> None:
        """Load what processes that are forked from this one can share."""
        self._rule_set.prepare()

    def read(self, share: Share, stop: Stop) -> Iterator[Outcome]:
        """Read a share to its end, and yield from time to time the outcome since the last time.

        Raises:
            SourceError: If the source cannot be read at all.
        """
        outcome, due = Outcome(), time.monotonic() + _OUTCOME_SECONDS
        parts = Parts(self._rule_set, self._limits.max_blob_bytes)
        current, now = "", time.monotonic
        for content in self._screened(share, stop):
            if isinstance(content, list):
                outcome.add_empty(content, current)
                current = content[-1].id
                continue
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

    def _screened(self, share: Share, stop: Stop) -> Iterable[Blob | Skipped | list[Blob]]:
        """Return what a share yields; of contents that are known to have nothing in them, lists."""
        items = share.read(self._limits, stop)
        if self._with_dropped or self._rule_set.uncovered:
            return items
        return screened(items, partial(self._rule_set.having_something, stop=stop))

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
            hits = self._hits_in(blob, outcome, stop)
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

    def _hits_in(self, blob: Blob, outcome: Outcome, stop: Stop) -> list[Hit]:
        """Return the hits in a whole content."""
        data = blob.data
        drops: Drops | None = [] if self._with_dropped else None
        matches = self._rule_set.find(data, outcome.log, stop, blob.novelty, drops)
        if matches is NO_MATCHES and data[:2] not in WIDE_MARKS:
            return []  # as most
        may_be_wide = _NUL in data and self._rule_set.may_be_wide(data)
        hits = list(self._hits(blob, data, blob.positions, matches)) if matches else []
        if drops:
            self._drop(blob, data, blob.positions, drops, outcome)
        if _NUL not in data:
            return hits
        return [*hits, *self._hits_in_wide_text(blob, outcome, stop, may_be_wide=may_be_wide)]

    def _hits_in_wide_text(self, blob: Blob, outcome: Outcome, stop: Stop, *, may_be_wide: bool) -> Iterator[Hit]:
        """Yield the hits in what is UTF-16 or UTF-32, see `beca_core.sources.wide_text`.

        Args:
            blob: The content.
            outcome: Counts the plugins that fail, and takes what is dropped.
            stop: When to end.
            may_be_wide: What the rule set says of it.
        """
        from beca_core.sources.wide_text import encoding_of, readings, transcoded  # most contents have no NUL

        data, known = blob.data, set[tuple[str, bytes]]()
        find, log = self._rule_set.find, outcome.log
        drops: Drops | None = [] if self._with_dropped else None
        if (encoding := encoding_of(data)) is not None:
            text = transcoded(data, encoding)
            found = find(text, log, stop, drops=drops)
            yield from self._hits(blob, text, None, found)
            if drops:
                self._drop(blob, text, None, drops, outcome)
            if _NUL not in text:  # otherwise it may only look like such a text
                return
            known = {(match.rule_id, _secret(match, text)) for match in found}
        for runs in readings(data) if may_be_wide else ():
            matches = runs.held(find(runs.text, log, stop, drops=drops))
            new = [match for match in matches if (match.rule_id, _secret(match, runs.text)) not in known]
            positions = _positions_in(runs, blob.positions)
            yield from self._hits(blob, runs.text, positions, new)
            if drops:
                self._drop(blob, runs.text, positions, drops, outcome)
            known |= {(match.rule_id, _secret(match, runs.text)) for match in new}

    def _hits_in_part(self, chunk: Blob, outcome: Outcome, parts: Parts, stop: Stop) -> list[Hit]:
        """Return the hits in a chunk's own part; with the last chunk, also what needs the whole content."""
        from beca_core.sources.wide_text import readings  # most scans meet no chunk

        data, log, find = chunk.data, outcome.log, self._rule_set.find_in_part
        drops: Drops | None = [] if self._with_dropped else None
        own = range(chunk.own_from, len(data) if chunk.own is None else chunk.own)
        found = find(data, log, stop, (own.start, own.stop), drops=drops)
        matches = [match for match in found if match.begin in own]
        may_be_wide = parts.want_keywords or self._rule_set.may_be_wide(data)
        hits, texts = list(self._hits(chunk, data, chunk.positions, matches)), [data]
        if drops:
            self._drop(chunk, data, chunk.positions, [drop for drop in drops if drop[0].begin in own], outcome)
        for runs in readings(data) if may_be_wide and not chunk.form and _NUL in data else ():
            wide = [match for match in runs.held(find(runs.text, log, stop)) if runs.offset(match.begin) in own]
            new = self._hits(chunk, runs.text, _positions_in(runs, chunk.positions), wide)
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
        offsets = {offset for match in matches for offset in (match.begin, match.end)}
        offsets.update(offset for match in matches for part in match.parts for offset in _span(part, data))
        # Matches overlap, and so are not in order.
        places = {offset: reader.position(offset) for offset in sorted(offsets)}
        for match in matches:
            rule = self._rule_set.rules[match.rule_id]
            yield Hit(
                rule_id=match.rule_id,
                begin=places[match.begin],
                end=places[match.end],
                secret=_with_line_feeds(_secret(match, data)),
                confidence=match.confidence or rule.confidence,
                decodings=match.decodings,
                member=blob.member,
                truncated=match.truncated,
                severity=match.severity,
                variant=_text(match.variant, MAX_TAG),
                parts=_parts(match, rule, data, places) if match.parts else (),
                attributes=tuple(
                    (_text(name, MAX_TAG), _text(value, MAX_SHOWN)) for name, value in match.attributes[:_MOST]
                )
                if match.attributes
                else (),
                around=surroundings(data, match.begin, match.end) if self._keeps_text else None,
            )

    def _drop(self, blob: Blob, data: bytes, positions: PositionLookup | None, drops: Drops, outcome: Outcome) -> None:
        """Record what was dropped in some data, each once, and empty the list."""
        hits = self._hits(blob, data, positions, [match for match, _ in drops])
        found = dict.fromkeys(DroppedHit(hit, why) for hit, (_, why) in zip(hits, drops, strict=True))
        outcome.dropped.setdefault(blob.id, []).extend(found)
        drops.clear()


def _parts(match: Match, rule: RuleInfo, data: bytes, places: Mapping[int, Position]) -> tuple[FindingPart, ...]:
    public = {part.name for part in getattr(rule, "parts", ()) if part.public}
    found: list[FindingPart] = []
    for part in match.parts[:_MOST]:
        begin, end = _span(part, data)
        is_public = part.name in public
        text = _with_line_feeds(data[begin:end] if part.text is None else part.text)
        clear = text.decode(errors="backslashreplace")[:MAX_SHOWN]
        shown = clear if is_public else redact(text)
        found.append(FindingPart(_text(part.name, MAX_TAG), places[begin], places[end], shown, is_public, clear))
    return tuple(found)


def _text(text: str, most: int) -> str:
    """Return a text of bounded length, in which lone surrogates are escaped; a scanner can give any."""
    return text.encode("utf-8", "backslashreplace").decode()[:most] if text else text


def _span(each: MatchPart, data: bytes) -> tuple[int, int]:
    """Return the offsets of a match or a part within some data, whatever a scanner says."""
    begin = min(max(each.begin, 0), len(data))
    return begin, min(max(each.end, begin), len(data))


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
