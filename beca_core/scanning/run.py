"""One scan, from a source to a report: read, carry over, attribute, assemble."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from beca_core.matching.code_apart import CallLimit
from beca_core.report import OMISSIONS, Report, Skipped, Suppressed
from beca_core.rules.rule_selection import effective
from beca_core.scanning.examiner import Outcome
from beca_core.scanning.incremental import LazyMapping, Rescan, Scanned, next_state
from beca_core.scanning.names.scanned_names import ScannedNames
from beca_core.scanning.results.acceptance import Acceptance
from beca_core.scanning.results.assembly import (
    add_fingerprints,
    assemble,
    finding_order,
    place_dropped,
    suppressed_order,
    worst,
)
from beca_core.scanning.results.coverage_counts import coverage_of
from beca_core.scanning.results.filtering import kept
from beca_core.scanning.results.processing import Processing
from beca_core.scanning.results.reread_secrets import fill_in, has_hidden_parts
from beca_core.scanning.same_repository import origin_of, refuse_other_repository
from beca_core.scanning.share_reading import may_be_watched, processes_for, read_shares
from beca_core.scanning.suppression.inline_comments import note_comments
from beca_core.scanning.suppression.suppression import Suppression, comments_at
from beca_core.sources.contracts import run_to_end
from beca_core.sources.limits import Deadline, Scope, Stop
from beca_core.sources.progress import Phase, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from beca_core.findings import Finding
    from beca_core.scanning.examiner import Examiner
    from beca_core.scanning.scan_setup import Setup
    from beca_core.scanning.suppression.suppression import Comments, Split
    from beca_core.sources.contracts import Contents, Place, Reading, Resumed, Share, Source
    from beca_core.state.hit import Hit
    from beca_core.state.state import State


_HITS_A_FINDING: Final = 5
"""Hits that are kept for each finding that a report may hold: versions of a file share a finding."""
_SECONDS_A_HIT: Final = 20e-6
_SECONDS_A_FINDING: Final = 60e-6
"""About the time that fingerprint and assembly take for a hit, and that a finding takes until it is written."""
_LEAST_WATCHED: Final = 2
_NOTIFY_SECONDS: Final = 0.1
_READING_SHARE: Final = 0.9
_MOST_RESERVED: Final = 60.0
"""The part of the time for reading; the rest, up to a minute, is for places, without which a finding is of little use,
and for the report."""


class Scan:
    """One run of an engine, used once.

    Args:
        setup: The configuration of the engine.
        notify: Called with the progress; None: the progress is not reported.
        accept: Patterns of the paths that are accepted as unreadable; see `Acceptance`.
        with_suppressed: Whether the report lists what is dropped.
        suppression: What hides findings that somebody has accepted.
        with_lines: Whether the report has the lines of the findings.
    """

    def __init__(
        self,
        setup: Setup,
        notify: Callable[[Progress], None] | None,
        accept: Collection[str] = (),
        *,
        with_suppressed: bool = False,
        suppression: Suppression | None = None,
        with_lines: bool = False,
    ) -> None:
        self._suppression = suppression or Suppression(markers=frozenset())
        self._comments: Comments = {}
        self._setup = setup
        self._limits = setup.limits
        self._notify = notify
        seconds = setup.limits.scan_seconds
        self._end = Deadline(seconds)
        self._stop = Stop(
            max(_READING_SHARE * seconds, seconds - _MOST_RESERVED), None if notify is None else self._tick
        )
        self._started = datetime.now(UTC)
        self._total = Outcome()
        self._filtered: dict[str, int] = {}
        self._suppressed: list[Suppressed] | None = [] if with_suppressed else None
        self._unlisted_suppressed = 0
        self._names = ScannedNames(setup, self._total.log, self._suppressed)
        self._processing = Processing(setup.registry.plugins, with_lines=with_lines)
        self._hits = 0
        self._expected: int | None = 0
        self._notified = 0.0
        self._acceptance = Acceptance(accept)
        self._former_names = setup.former_names
        registry, rules = setup.registry, tuple(setup.rules)
        self._digests: Mapping[str, str] = LazyMapping(lambda: registry.digests(rules))

    def run(self, source: Source, since: State | None, *, with_secrets: bool) -> Report:
        """Read a source to its end and return the report; see `Engine.scan`."""
        rescan = None if since is None else self._rescan(since, source)
        # States hold nothing of what was dropped, so a scan that lists it reads everything.
        resume = None if rescan is None or self._suppressed is not None else rescan.resume
        reading = source.start(self._limits, resume)
        self._read(reading)
        for what, error in getattr(source, "problems", ()):  # a source of a plugin
            self._total.log.add(getattr(source, "plugin", ""), what, error)
        contents = reading.finish()
        self._add_skipped(contents.missing())
        if rescan is not None and reading.resumed is not None:
            self._processing.reread = partial(self._reread, reading.resumed)
            self._carry_over(rescan, reading.resumed)
            by_plugins = any(plugin.filters or plugin.processors for plugin in self._setup.registry.plugins)
            if with_secrets or by_plugins or self._suppression.needs_secrets:
                self._reread_secrets(reading.resumed)
        failed = self._failed_rules()
        findings, changes = self._findings(source.scope, contents), None
        if rescan is not None:
            findings, changes = rescan.compare(findings)
        findings, allowed = self._split(findings)
        changes = None if changes is None else changes.without([item.finding for item in allowed.hidden])
        skipped = self._names.masked_skipped(item for item in self._acceptance.left if item.reason not in OMISSIONS)
        omitted = dict.fromkeys(item for item in self._total.skipped if item.reason in OMISSIONS)
        problems = (*self._setup.registry.problems, *self._total.log.problems)
        accepted = self._acceptance.accepted
        coverage = coverage_of(self._total, skipped, omitted, accepted, problems, self._filtered)
        return Report(
            scope=source.scope.value,
            findings=findings,
            coverage=coverage,
            ruleset=dict(self._setup.versions),
            skipped=tuple(skipped),
            omitted=tuple(self._names.masked_skipped(omitted)),
            accepted=tuple(self._names.masked_skipped(accepted)),
            unused_accepts=self._acceptance.unused,
            rule_changes=effective(self._setup.registry.rule_changes, self._setup.rules),
            changes=changes,
            state=self._state(source, contents, findings, failed, rescan),
            suppressed=None if self._suppressed is None else tuple(self._suppressed),
            unlisted_suppressed=self._unlisted_suppressed + self._total.log.unlisted_drops,
            decides_from=self._setup.threshold.decides_from,
            rules=self._setup.rules,
            lines=self._processing.lines,
            allowed=tuple(allowed.hidden),
            expired_allows=allowed.expired,
            stale_allows=allowed.unused if coverage.complete else (),
            started=self._started,
            finished=datetime.now(UTC),
            former_ids=self._setup.ids_by_former,
        )

    def _rescan(self, since: State, source: Source) -> Rescan:
        setup = self._setup
        former = {name: rule.id for rule in setup.registry.rules.values() for name in rule.former_ids}
        refuse_other_repository(since, getattr(source, "identity", None), setup.key)
        return Rescan(since, source.scope, setup.rules, self._digests, self._limits, setup.key, former)

    def _state(
        self,
        source: Source,
        contents: Contents,
        findings: tuple[Finding, ...],
        failed: frozenset[str],
        rescan: Rescan | None,
    ) -> State:
        completed = LazyMapping(lambda: {i: digest for i, digest in self._digests.items() if i not in failed})
        scanned = Scanned(
            scope=source.scope,
            key=self._setup.key,
            limits=self._limits,
            findings=findings,
            rules=completed,
            failed=failed,
            hits=self._total.hits,
            skipped=self._names.masked_skipped(self._total.skipped),
            origin=origin_of(getattr(source, "identity", None), contents, self._setup.key),
        )
        return next_state(scanned, self._names.recorded(contents.checkpoint(scanned.unread)), rescan)

    def _read(self, reading: Reading) -> None:
        for outcome in self._outcomes(reading.shares, self._setup.rules, reading.background()):
            self._add(outcome)

    def _add(self, outcome: Outcome) -> None:
        """Add an outcome, with as many hits as may be kept."""
        note_comments(outcome.hits, keep_text=self._processing.keeps_text)
        self._processing.limit_text(outcome.hits)
        room = _HITS_A_FINDING * self._limits.max_findings - self._hits
        for blob_id, hits in outcome.hits.items():
            for hit in hits[max(room, 0) :]:
                outcome.log.add_unlisted(hit.rule_id, 1)
            if room < len(hits):
                outcome.hits[blob_id] = hits[: max(room, 0)]
            room -= len(hits)
            self._hits += len(outcome.hits[blob_id])
        if outcome.dropped:
            self._bound_dropped(outcome)
        self._total.add(outcome)
        if self._end.remaining < self._hits * _SECONDS_A_HIT:
            self._stop.end_now()

    def _bound_dropped(self, outcome: Outcome) -> None:
        """Keep as much of what is dropped as may be listed."""
        room = _HITS_A_FINDING * self._limits.max_findings - sum(map(len, self._total.dropped.values()))
        for blob_id, dropped in outcome.dropped.items():
            outcome.dropped[blob_id] = dropped[: max(room, 0)]
            self._unlisted_suppressed += len(dropped) - len(outcome.dropped[blob_id])
            room -= len(dropped)

    def _outcomes(
        self, shares: Sequence[Share], rule_ids: Collection[str], background: Iterator[bool]
    ) -> Iterator[Outcome]:
        """Yield the outcomes of some rules in some shares, within the limit on bytes."""
        self._expected = (self._expected or 0) + sum(share.objects for share in shares)
        if not self._expected:
            run_to_end(background)
            return
        processes = processes_for(shares, self._setup.processes)
        if watched := may_be_watched(shares, self._limits):  # one hostile content must not keep the others waiting
            processes = self._setup.processes or max(processes, min(_LEAST_WATCHED, len(shares)))
        began = time.monotonic()
        examiner = self._examiner(rule_ids)
        if processes > 1 or watched:
            examiner.prepare()
        self._stop.extend(seconds := time.monotonic() - began)  # it does not run while rules are compiled
        self._end.extend(seconds)
        for outcome in read_shares(shares, examiner, self._stop, processes, background, watched=watched):
            yield outcome
            if self._total.bytes >= self._limits.scan_bytes:
                self._stop.too_many_bytes()
            self._notify_progress(self._expected)
        self._stop.raise_failure()

    def _examiner(self, rule_ids: Collection[str]) -> Examiner:
        return self._setup.examiner(rule_ids, with_dropped=self._suppressed is not None)

    def _notify_progress(self, expected: int | None, phase: Phase = Phase.READING) -> None:
        if self._notify is not None:
            self._notified = time.monotonic()
            total = self._total
            self._notify(Progress(total.commits, total.blobs, total.bytes, len(total.skipped), expected, phase))

    def _tick(self) -> None:
        """Report the progress while one content is read."""
        if time.monotonic() >= self._notified + _NOTIFY_SECONDS:
            self._notify_progress(self._expected)

    def _time_left(self) -> Stop:
        """Return when a step that follows reading has to end."""
        return Stop(min(self._limits.locate_seconds, self._end.last))

    def _carry_over(self, rescan: Rescan, resumed: Resumed) -> None:
        """Add the recorded hits in the contents that were not read again, and the hits of changed rules in them."""
        self._add(Outcome(hits=rescan.hits(resumed)))
        for rule_ids, shares in rescan.to_catch_up(resumed):
            for outcome in self._outcomes(shares, rule_ids, iter(())):
                hits = {blob_id: hits for blob_id, hits in outcome.hits.items() if resumed.holds(blob_id)}
                self._add(replace(outcome, hits=hits, skipped=[]))
                self._add_skipped(outcome.skipped)
        self._add_skipped(rescan.skipped(resumed))

    def _reread_secrets(self, resumed: Resumed) -> None:
        """Read what is not recorded: each secret from one of the contents that hold it, and hidden parts."""
        unread = {blob_id: [hit for hit in hits if not hit.secret] for blob_id, hits in self._total.hits.items()}
        holders = {hit.fingerprint: blob_id for blob_id, hits in unread.items() for hit in hits}
        if holders:
            of_parts = [blob_id for blob_id, hits in unread.items() if any(map(has_hidden_parts, hits))]
            fill_in(self._total.hits, self._reread(resumed, dict.fromkeys([*holders.values(), *of_parts])))

    def _reread(self, resumed: Resumed, blob_ids: Iterable[str]) -> dict[str, list[Hit]]:
        """Return the hits in contents that an earlier scan has read."""
        outcome, examiner, stop = Outcome(), self._examiner(self._setup.rules), self._time_left()
        for share in resumed.reread(blob_ids):
            for item in examiner.read(share, stop):
                outcome.add(item)
        return self._with_fingerprints(outcome.hits)

    def _findings(self, scope: Scope, contents: Contents) -> tuple[Finding, ...]:
        hits = self._total.hits = self._with_fingerprints(self._total.hits)
        dropped = self._total.dropped
        places: list[Place] = []
        unread = self._acceptance.candidates(self._total.skipped)
        if hits or unread or dropped:
            self._notify_progress(None, Phase.LOCATING)
            if hits:
                hits = hits | self._with_fingerprints(self._hits_in_versions(contents, list(hits)))
            places = list(self._places(contents, list(dict.fromkeys([*hits, *unread, *dropped]))))
        self._acceptance.decide(self._total.skipped, places)
        log, left = self._total.log, self._end.last
        most_hits = int(min(_HITS_A_FINDING * self._limits.max_findings, left / _SECONDS_A_HIT))
        of_hits = (place for place in places if place.blob_id in hits)
        registry, suppressed = self._setup.registry, self._suppressed
        assembled = assemble(
            hits,
            of_hits,
            self._setup.rules,
            precedence=self._setup.precedence,
            most=most_hits,
            log=log,
            suppressed=suppressed,
        )
        in_names = self._names.findings(contents, assembled, Stop(self._end.last))
        if not self._names.is_complete:
            self._acceptance.left.append(Skipped("names", "timeout"))
        in_scope = sorted((found for found in [*assembled, *in_names] if _is_in(scope, found)), key=finding_order)
        limit = CallLimit(self._limits.plugin_seconds, self._time_left())
        findings = self._processing.processed(in_scope, hits, places, most_hits, log, limit, suppressed)
        findings = self._setup.threshold.kept(findings, log, suppressed)
        kept_findings, filtered = kept(findings, registry.plugins, log, limit, suppressed)
        self._filtered = dict(Counter(self._processing.removed) + Counter(filtered))
        if suppressed is not None:
            self._list_suppressed(scope, (place for place in places if place.blob_id in dropped), suppressed, most_hits)
        self._comments = self._names.masked_comments(comments_at(hits, places))
        self._processing.lines = self._names.masked_lines(self._processing.lines)
        if suppressed is not None:
            suppressed[:] = self._names.masked_suppressed(suppressed)
        return tuple(self._names.masked(kept_findings))

    def _split(self, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], Split]:
        """Return the findings that are reported, as many as a report may hold, and what is accepted."""
        split = self._suppression.split(findings, self._comments, self._setup.rules)
        log, most = self._total.log, self._limits.max_findings
        for item in split.hidden:
            log.add_dropped(item.step)
        if self._suppressed is not None and split.hidden:
            listed = sorted([*self._suppressed, *split.hidden], key=suppressed_order)
            self._suppressed[:] = listed[:most]
            self._unlisted_suppressed += len(listed) - len(self._suppressed)
        kept_findings = worst(split.kept, int(min(most, self._end.last / _SECONDS_A_FINDING)), log)
        return kept_findings, split._replace(hidden=split.hidden[:most])

    def _list_suppressed(
        self, scope: Scope, places: Iterable[Place], suppressed: list[Suppressed], most_hits: int
    ) -> None:
        """Add what the matcher has dropped, and keep as much as a report may hold."""
        dropped = self._total.dropped
        hits = self._with_fingerprints({blob_id: [item.hit for item in items] for blob_id, items in dropped.items()})
        drops = {blob_id: [item.drop for item in items] for blob_id, items in dropped.items()}
        found, left_out = place_dropped(hits, drops, places, self._setup.rules, most=most_hits)
        all_of_scope = sorted(
            (each for each in (*suppressed, *found) if _is_in(scope, each.finding)), key=suppressed_order
        )
        suppressed[:] = all_of_scope[: self._limits.max_findings]
        self._unlisted_suppressed += len(all_of_scope) - len(suppressed) + left_out

    def _with_fingerprints(self, hits: Mapping[str, Sequence[Hit]]) -> dict[str, list[Hit]]:
        return add_fingerprints(hits, self._setup.key, self._former_names)

    def _hits_in_versions(self, contents: Contents, blob_ids: Collection[str]) -> dict[str, list[Hit]]:
        outcome, stop = Outcome(), self._time_left()
        examiner: Examiner | None = None
        for blob in contents.versions(blob_ids):
            examiner = examiner or self._examiner(self._setup.rules)
            examiner.examine(blob, outcome, stop)
        self._total.log.update(outcome.log)
        note_comments(outcome.hits, keep_text=self._processing.keeps_text)
        return outcome.hits

    def _places(self, contents: Contents, blob_ids: Collection[str]) -> Iterator[Place]:
        for item in contents.places(blob_ids):
            if isinstance(item, Skipped):
                self._total.skipped.append(item)
            else:
                yield item

    def _add_skipped(self, skipped: Iterable[Skipped]) -> None:
        known = {item.id for item in self._total.skipped}
        self._total.skipped += (item for item in skipped if item.id not in known)

    def _failed_rules(self) -> frozenset[str]:
        """Return the ids of the rules that have not seen everything, or of which not all hits are kept, so far."""
        failed = {problem.plugin for problem in self._total.log.problems}
        if not failed and not self._total.log.unlisted:
            return frozenset()
        if any(plugin.decoders and plugin.name in failed for plugin in self._setup.registry.plugins):
            return frozenset(self._setup.rules)  # what was not decoded, no rule has seen
        return frozenset(
            rule_id
            for rule_id in self._setup.rules
            if self._setup.registry.owner(rule_id) in failed or rule_id in self._total.log.unlisted
        )


def _is_in(scope: Scope, finding: Finding) -> bool:
    """Return whether a finding belongs to the scope; earlier versions only show since when a secret is there."""
    return finding.in_head or scope is not Scope.HEAD
