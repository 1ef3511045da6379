"""One scan, from a source to a report: read, carry over, attribute, assemble."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.report import OMISSIONS, Coverage, Phase, Progress, Report, Skipped
from beca_core.scanning.acceptance import Acceptance
from beca_core.scanning.assembly import add_fingerprints, assemble
from beca_core.scanning.examiner import Examiner, Outcome
from beca_core.scanning.incremental import Rescan, next_state
from beca_core.sources.contracts import run_to_end
from beca_core.sources.limits import Scope, Stop
from beca_core.system.processes import may_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from beca_core.findings import Finding
    from beca_core.matching.ruleset import RuleSet
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule import RuleInfo
    from beca_core.sources.contracts import Contents, Place, Reading, Resumed, Share, Source
    from beca_core.sources.limits import Limits
    from beca_core.state.hit import Hit
    from beca_core.state.state import State


_WORTH_A_PROCESS: Final = 16 * 1024 * 1024
"""Cost of shares, in bytes of work, below which another process takes longer to start than it saves."""


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
        self._stop = Stop(setup.limits.scan_seconds)
        self._total = Outcome()
        self._expected = 0
        self._acceptance = Acceptance(accept)

    def run(self, source: Source, since: State | None, *, with_secrets: bool) -> Report:
        """Read a source to its end and return the report; see `Engine.scan`."""
        rescan = (
            None if since is None else Rescan(since, source.scope, self._setup.rules, self._limits, self._setup.key)
        )
        reading = source.start(self._limits, None if rescan is None else rescan.resume)
        self._read(reading)
        contents = reading.finish()
        self._add_skipped(contents.missing())
        if rescan is not None and reading.resumed is not None:
            self._carry_over(rescan, reading.resumed)
            if with_secrets or any(plugin.filters for plugin in self._setup.registry.plugins):
                self._reread_secrets(reading.resumed)
        completed_rules = self._rules_without_failures()
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
            state=next_state(
                contents,
                scope=source.scope,
                key=self._setup.key,
                limits=self._limits,
                findings=findings,
                rules=completed_rules,
                hits=self._total.hits,
                skipped=self._total.skipped,
            ),
        )

    def _read(self, reading: Reading) -> None:
        for outcome in self._outcomes(reading.shares, self._setup.rules, reading.background()):
            self._total.add(outcome)

    def _outcomes(
        self, shares: Sequence[Share], rule_ids: Collection[str], background: Iterator[bool]
    ) -> Iterator[Outcome]:
        """Yield the outcomes of some rules in some shares, within the limit on bytes."""
        self._expected += sum(share.objects for share in shares)
        if not self._expected:
            run_to_end(background)
            return
        processes = processes_for(shares, self._setup.processes)
        for outcome in read_shares(shares, self._examiner(rule_ids), self._stop, processes, background):
            yield outcome
            if self._total.bytes >= self._limits.scan_bytes:
                self._stop.too_many_bytes()
            self._notify_progress(self._expected)

    def _examiner(self, rule_ids: Collection[str]) -> Examiner:
        return Examiner(self._setup.compiled(rule_ids), self._limits)

    def _notify_progress(self, expected: int | None, phase: Phase = Phase.READING) -> None:
        if self._notify is not None:
            total = self._total
            skipped = len(total.skipped)
            self._notify(Progress(total.commits, total.blobs, total.bytes, skipped, expected, phase))

    def _carry_over(self, rescan: Rescan, resumed: Resumed) -> None:
        """Add the recorded hits in the contents that were not read again, and the hits of changed rules in them."""
        self._total.add(Outcome(hits=rescan.hits(resumed)))
        if rescan.changed_rules:
            for outcome in self._outcomes(resumed.all_shares(), rescan.changed_rules, iter(())):
                hits = {blob_id: hits for blob_id, hits in outcome.hits.items() if resumed.holds(blob_id)}
                self._total.add(replace(outcome, hits=hits, skipped=[]))
                self._add_skipped(outcome.skipped)
        self._add_skipped(rescan.skipped(resumed))

    def _reread_secrets(self, resumed: Resumed) -> None:
        """Read each secret of which only the fingerprint is recorded, from one of the contents that hold it."""
        holders = {
            hit.fingerprint: blob_id for blob_id, hits in self._total.hits.items() for hit in hits if not hit.secret
        }
        if not holders:
            return
        outcome, examiner = Outcome(), self._examiner(self._setup.rules)
        for share in resumed.reread(holders.values()):
            for item in examiner.read(share, Stop(self._limits.locate_seconds)):
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
        findings = assemble(hits, (place for place in places if place.blob_id in hits), self._setup.rules)
        return tuple(found for found in findings if _is_in(scope, found) and self._is_kept(found))

    def _hits_in_versions(self, contents: Contents, blob_ids: Collection[str]) -> dict[str, list[Hit]]:
        outcome, stop = Outcome(), Stop(self._limits.locate_seconds)
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

    def _is_kept(self, finding: Finding) -> bool:
        for plugin in self._setup.registry.plugins:
            for keep in plugin.filters:
                try:
                    if not keep(finding):
                        return False
                except (Exception, SystemExit) as error:  # noqa: BLE001 - a filter is a plugin's code
                    self._total.log.add(plugin.name, "a filter", error)
        return True

    def _add_skipped(self, skipped: Iterable[Skipped]) -> None:
        known = {item.id for item in self._total.skipped}
        self._total.skipped += (item for item in skipped if item.id not in known)

    def _rules_without_failures(self) -> dict[str, int]:
        """Return the versions of the rules whose plugins have not failed so far."""
        failed = {problem.plugin for problem in self._total.log.problems}
        return {
            rule_id: rule.version
            for rule_id, rule in self._setup.rules.items()
            if self._setup.registry.owner(rule_id) not in failed
        }

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


def read_shares(
    shares: Sequence[Share], examiner: Examiner, stop: Stop, processes: int, background: Iterator[bool]
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

    Raises:
        BecaError: Whatever reading a share raises.
        SourceError: If a process is killed or crashes.
    """
    if processes == 1:
        for share in shares:
            yield from examiner.read(share, stop)
    else:
        from beca_core.scanning.pool import Pool  # loads many modules that a small scan does not need

        pool = Pool(shares, examiner, stop, processes)
        try:
            yield from pool.outcomes(background)
        finally:
            pool.close()
    run_to_end(background)
