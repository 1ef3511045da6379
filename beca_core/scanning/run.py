"""One scan, from a source to a report: read, carry over, attribute, assemble."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.matching.code_apart import CallLimit
from beca_core.report import OMISSIONS, Coverage, Phase, Progress, Report, Skipped
from beca_core.scanning.acceptance import Acceptance
from beca_core.scanning.assembly import add_fingerprints, assemble, worst
from beca_core.scanning.examiner import Examiner, Outcome
from beca_core.scanning.filtering import kept
from beca_core.scanning.incremental import LazyMapping, Rescan, Scanned, next_state
from beca_core.scanning.same_repository import origin_of, refuse_other_repository
from beca_core.sources.contracts import FixedShare, run_to_end
from beca_core.sources.limits import Deadline, Scope, Stop
from beca_core.system.processes import may_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from beca_core.findings import Finding
    from beca_core.matching.ruleset import RuleSet
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule import RuleInfo
    from beca_core.scanning.pool import Pool
    from beca_core.sources.contracts import Contents, Place, Reading, Resumed, Share, Source
    from beca_core.sources.limits import Limits
    from beca_core.state.hit import Hit
    from beca_core.state.state import State


_WORTH_A_PROCESS: Final = 16 * 1024 * 1024
"""Cost of shares, in bytes of work, below which another process takes longer to start than it saves."""
_HITS_A_FINDING: Final = 5
"""Hits that are kept for each finding that a report may hold: versions of a file share a finding."""
_SECONDS_A_HIT: Final = 20e-6
_SECONDS_A_FINDING: Final = 60e-6
"""About the time that fingerprint and assembly take for a hit, and that a finding takes until it is written."""
_WATCHED_SECONDS: Final = 600.0
"""With a limit up to this, contents are read in another process, so that this one can keep the limit whatever runs."""
_LEAST_WATCHED: Final = 2
_NOTIFY_SECONDS: Final = 0.1
_READING_SHARE: Final = 0.9
_MOST_RESERVED: Final = 60.0
"""The part of the time for reading; the rest, up to a minute, is for places, without which a finding is of little use,
and for the report."""


class Setup(NamedTuple):
    """The configuration that all scans of an engine share; made once.

    Args:
        registry: The plugins.
        rules: The rules that take part, by id.
        compiled: Returns the rule set of some of them.
        limits: Bounds of a scan.
        key: Key of the fingerprints.
        processes: How many processes read at most; None: as many as there are processors.
    """

    registry: PluginRegistry
    rules: Mapping[str, RuleInfo]
    compiled: Callable[[Collection[str]], RuleSet]
    limits: Limits
    key: bytes
    processes: int | None


class Scan:
    """One run of an engine, used once.

    Args:
        setup: The configuration of the engine.
        notify: Called with the progress; None: the progress is not reported.
        accept: Patterns of the paths that are accepted as unreadable; see `Acceptance`.
    """

    def __init__(self, setup: Setup, notify: Callable[[Progress], None] | None, accept: Collection[str] = ()) -> None:
        self._setup = setup
        self._limits = setup.limits
        self._notify = notify
        seconds = setup.limits.scan_seconds
        self._end = Deadline(seconds)
        self._stop = Stop(
            max(_READING_SHARE * seconds, seconds - _MOST_RESERVED), None if notify is None else self._tick
        )
        self._total = Outcome()
        self._filtered: dict[str, int] = {}
        self._hits = 0
        self._expected: int | None = 0
        self._notified = 0.0
        self._acceptance = Acceptance(accept)
        registry, rules = setup.registry, tuple(setup.rules)
        self._digests: Mapping[str, str] = LazyMapping(lambda: registry.digests(rules))

    def run(self, source: Source, since: State | None, *, with_secrets: bool) -> Report:
        """Read a source to its end and return the report; see `Engine.scan`."""
        rescan = None if since is None else self._rescan(since, source)
        reading = source.start(self._limits, None if rescan is None else rescan.resume)
        self._read(reading)
        contents = reading.finish()
        self._add_skipped(contents.missing())
        if rescan is not None and reading.resumed is not None:
            self._carry_over(rescan, reading.resumed)
            if with_secrets or any(plugin.filters for plugin in self._setup.registry.plugins):
                self._reread_secrets(reading.resumed)
        failed = self._failed_rules()
        findings, changes = self._findings(source.scope, contents), None
        if rescan is not None:
            findings, changes = rescan.compare(findings)
        return Report(
            scope=source.scope.value,
            findings=findings,
            coverage=self._coverage(),
            ruleset={rule_id: rule.version for rule_id, rule in self._setup.rules.items()},
            skipped=tuple(item for item in self._acceptance.left if item.reason not in OMISSIONS),
            omitted=tuple(self._omitted),
            accepted=tuple(self._acceptance.accepted),
            unused_accepts=self._acceptance.unused,
            changes=changes,
            state=self._state(source, contents, findings, failed, rescan),
        )

    def _rescan(self, since: State, source: Source) -> Rescan:
        rescan = Rescan(since, source.scope, self._setup.rules, self._digests, self._limits, self._setup.key)
        refuse_other_repository(since, getattr(source, "identity", None), self._setup.key)
        return rescan

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
            skipped=self._total.skipped,
            origin=origin_of(getattr(source, "identity", None), contents, self._setup.key),
        )
        return next_state(scanned, contents.checkpoint(scanned.unread), rescan)

    def _read(self, reading: Reading) -> None:
        for outcome in self._outcomes(reading.shares, self._setup.rules, reading.background()):
            self._add(outcome)

    def _add(self, outcome: Outcome) -> None:
        """Add an outcome, with as many hits as may be kept."""
        room = _HITS_A_FINDING * self._limits.max_findings - self._hits
        for blob_id, hits in outcome.hits.items():
            for hit in hits[max(room, 0) :]:
                outcome.log.add_unlisted(hit.rule_id, 1)
            if room < len(hits):
                outcome.hits[blob_id] = hits[: max(room, 0)]
            room -= len(hits)
            self._hits += len(outcome.hits[blob_id])
        self._total.add(outcome)
        if self._end.remaining < self._hits * _SECONDS_A_HIT:
            self._stop.end_now()

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
        for outcome in read_shares(
            shares, self._examiner(rule_ids), self._stop, processes, background, watched=watched
        ):
            yield outcome
            if self._total.bytes >= self._limits.scan_bytes:
                self._stop.too_many_bytes()
            self._notify_progress(self._expected)
        self._stop.raise_failure()

    def _examiner(self, rule_ids: Collection[str]) -> Examiner:
        return Examiner(self._setup.compiled(rule_ids), self._limits)

    def _notify_progress(self, expected: int | None, phase: Phase = Phase.READING) -> None:
        if self._notify is not None:
            self._notified = time.monotonic()
            total = self._total
            skipped = len(total.skipped)
            self._notify(Progress(total.commits, total.blobs, total.bytes, skipped, expected, phase))

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
        """Read each secret of which only the fingerprint is recorded, from one of the contents that hold it."""
        holders = {
            hit.fingerprint: blob_id for blob_id, hits in self._total.hits.items() for hit in hits if not hit.secret
        }
        if not holders:
            return
        outcome, examiner, stop = Outcome(), self._examiner(self._setup.rules), self._time_left()
        for share in resumed.reread(holders.values()):
            for item in examiner.read(share, stop):
                outcome.add(item)
        reread = add_fingerprints(outcome.hits, self._setup.key)
        secrets = {hit.fingerprint: hit.secret for hits in reread.values() for hit in hits}
        for hits in self._total.hits.values():
            hits[:] = (hit if hit.secret else hit._replace(secret=secrets.get(hit.fingerprint, b"")) for hit in hits)

    def _findings(self, scope: Scope, contents: Contents) -> tuple[Finding, ...]:
        hits = self._total.hits = add_fingerprints(self._total.hits, self._setup.key)
        places: list[Place] = []
        unread = self._acceptance.candidates(self._total.skipped)
        if hits or unread:
            self._notify_progress(None, Phase.LOCATING)
            if hits:
                hits = hits | add_fingerprints(self._hits_in_versions(contents, list(hits)), self._setup.key)
            places = list(self._places(contents, list(dict.fromkeys([*hits, *unread]))))
        self._acceptance.decide(self._total.skipped, places)
        log, left = self._total.log, self._end.last
        most_hits = int(min(_HITS_A_FINDING * self._limits.max_findings, left / _SECONDS_A_HIT))
        most = int(min(self._limits.max_findings, left / _SECONDS_A_FINDING))
        of_hits = (place for place in places if place.blob_id in hits)
        assembled = assemble(hits, of_hits, self._setup.rules, most=most_hits, log=log)
        findings = [found for found in assembled if _is_in(scope, found)]
        limit = CallLimit(self._limits.plugin_seconds, self._time_left())
        kept_findings, self._filtered = kept(findings, self._setup.registry.plugins, log, limit)
        return worst(kept_findings, most, log)

    def _hits_in_versions(self, contents: Contents, blob_ids: Collection[str]) -> dict[str, list[Hit]]:
        outcome, stop = Outcome(), self._time_left()
        examiner: Examiner | None = None
        for blob in contents.versions(blob_ids):
            examiner = examiner or self._examiner(self._setup.rules)
            examiner.examine(blob, outcome, stop)
        self._total.log.update(outcome.log)
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
        return frozenset(
            rule_id
            for rule_id in self._setup.rules
            if self._setup.registry.owner(rule_id) in failed or rule_id in self._total.log.unlisted
        )

    @property
    def _omitted(self) -> Iterable[Skipped]:
        return dict.fromkeys(item for item in self._total.skipped if item.reason in OMISSIONS)

    def _coverage(self) -> Coverage:
        total = self._total
        return Coverage(
            commits=total.commits,
            blobs=total.blobs,
            bytes=total.bytes,
            unwalked=total.unwalked,
            skipped=Counter(item.reason for item in self._acceptance.left if item.reason not in OMISSIONS),
            accepted=Counter(item.reason for item in self._acceptance.accepted),
            omitted=Counter(item.reason for item in self._omitted),
            problems=(*self._setup.registry.problems, *total.log.problems),
            filtered=self._filtered,
            unlisted=dict(total.log.unlisted),
        )


def _is_in(scope: Scope, finding: Finding) -> bool:
    """Return whether a finding belongs to the scope; earlier versions only show since when a secret is there."""
    return finding.in_head or scope is not Scope.HEAD


def processes_for(shares: Sequence[Share], most: int | None) -> int:
    """Return how many processes should read some shares.

    Args:
        shares: The shares.
        most: The maximum; None: the number of processors that this process may use.
    """
    if most is None:
        most = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    worth = sum(share.cost for share in shares) // _WORTH_A_PROCESS
    return max(1, min(most, worth, len(shares))) if may_fork() else 1


def may_be_watched(shares: Sequence[Share], limits: Limits) -> bool:
    """Return whether shares are read in another process even if it is only one: the time is short.

    What is in memory already is read here: starting a process takes longer than scanning most texts. So is a stream,
    which has no known cost: another process would have standard input closed.
    """
    is_short = limits.scan_seconds <= _WATCHED_SECONDS
    return is_short and may_fork() and any(share.cost and not isinstance(share, FixedShare) for share in shares)


def read_shares(
    shares: Sequence[Share],
    examiner: Examiner,
    stop: Stop,
    processes: int,
    background: Iterator[bool],
    *,
    watched: bool = False,
) -> Iterator[Outcome]:
    """Yield the outcomes of all shares, part by part.

    The shares are handed out one by one, the most expensive first, each to an idle process. With one process they are
    read in their order.

    Args:
        shares: The shares.
        examiner: Scans what they yield.
        stop: Ends the reading early.
        processes: How many processes read; 1: this one alone.
        background: The work that this process does while it waits, see `Reading.background`; it is run to its end.
        watched: Whether even a single process is another one, which can be ended when the time is over.

    Raises:
        BecaError: Whatever reading a share raises.
        SourceError: If a process is killed or crashes.
    """
    pool = _pool(shares, examiner, stop, processes) if processes > 1 or watched else None
    if pool is None:
        for share in shares:
            yield from examiner.read(share, stop)
            stop.raise_failure()
    else:
        try:
            yield from pool.outcomes(background)
        finally:
            pool.close()
    run_to_end(background)


def _pool(shares: Sequence[Share], examiner: Examiner, stop: Stop, processes: int) -> Pool | None:
    """Return a pool, or None if the system does not allow another process: then this one reads."""
    from beca_core.scanning.pool import Pool  # loads many modules that a small scan does not need

    try:
        return Pool(shares, examiner, stop, processes)
    except OSError:
        return None
