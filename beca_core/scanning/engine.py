"""`Engine`: the one path from a source to a report."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from beca_core.findings import DEFAULT_FINGERPRINT_KEY
from beca_core.report import Coverage, Phase, ProblemLog, Progress, Report, Skipped
from beca_core.scanning.assembly import assemble, name_secrets
from beca_core.scanning.incremental import Earlier, next_state
from beca_core.scanning.outcome import Outcome
from beca_core.sources.contracts import Resumable, finish
from beca_core.sources.limits import Limits, Scope, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from beca_core.findings import Finding
    from beca_core.matching.ruleset import Detector
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule import RuleInfo
    from beca_core.scanning.examiner import Examiner
    from beca_core.sources.contracts import Place, Share, Source
    from beca_core.state.hits import Hit
    from beca_core.state.state import State


class Engine:
    """Scan sources with the rules of a registry. Immutable, reusable, and shared between threads.

    Args:
        registry: The loaded plugins.
        rules: Ids of the rules that take part, or None for all.
        limits: Bounds of each scan.
        fingerprint_key: Key of the findings' fingerprints.
        processes: How many processes read at most; None: as many as there are processors. Reading stays in this
            process where that is faster, and where threads run, with which a process cannot safely be forked.
        cache_dir: Where compiled rules are kept for other processes; None: nowhere.

    Raises:
        InvalidInput: If a rule id in `rules` does not exist.
    """

    def __init__(
        self,
        registry: PluginRegistry,
        *,
        rules: Collection[str] | None = None,
        limits: Limits | None = None,
        fingerprint_key: bytes = DEFAULT_FINGERPRINT_KEY,
        processes: int | None = None,
        cache_dir: Path | None = None,
    ) -> None:
        self._processes = processes
        self._detectors = Detectors(registry, None if rules is None else registry.select(rules), cache_dir)
        self._registry = registry
        self._limits = limits or Limits()
        self._key = fingerprint_key

    def scan(
        self,
        source: Source,
        *,
        progress: Callable[[Progress], None] | None = None,
        since: State | None = None,
        with_secrets: bool = True,
    ) -> Report:
        """Read a source to its end and report what was found.

        Args:
            source: What to scan; the caller closes it.
            progress: Called about ten times a second; an exception that it raises ends the scan.
            since: What an earlier scan of the same target left behind: what that scan has read is not read again.
            with_secrets: Whether the secrets of findings that are carried over are wanted in clear. For that, some
                contents are read again. Filters of plugins always get them.

        Raises:
            SourceError: If the source cannot be read at all.
            InvalidInput: If `since` comes from a scan with another scope or fingerprint key.
        """
        scan = _Scan(self._detectors, self._registry, self._limits, self._key, self._processes)
        return scan.run(source, progress, since, with_secrets=with_secrets)

    def scan_text(self, text: str | bytes, name: str = "<text>") -> list[Finding]:
        """Return the findings in one text.

        Args:
            text: The text; a `str` is encoded as UTF-8, lone surrogates included.
            name: The path that the findings show.
        """
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        if not self._detectors.whole.detect(data, ProblemLog()):
            return []
        from beca_core.sources.texts import TextSource

        return list(self.scan(TextSource(data, name)).findings)


class Detectors:
    """The detector of all rules that take part, and those of some of them; each is made when it is needed.

    Args:
        registry: Where rules and scanners come from.
        selected: Ids of the rules that take part, or None for all.
        cache_dir: Where compiled rules are kept; None: nowhere.

    Attributes:
        rules: The rules that take part, by id.
    """

    def __init__(self, registry: PluginRegistry, selected: Collection[str] | None, cache_dir: Path | None) -> None:
        self._registry = registry
        self._cache_dir = cache_dir
        self.rules: dict[str, RuleInfo] = {
            rule_id: rule for rule_id, rule in registry.rules.items() if selected is None or rule_id in selected
        }

    @cached_property
    def whole(self) -> Detector:
        """The one of all rules."""
        from beca_core.matching.ruleset import Detector

        return Detector(self._registry, self.rules, cache_dir=self._cache_dir)

    def of(self, rule_ids: Collection[str]) -> Detector:
        """Return the one of some rules."""
        if len(rule_ids) == len(self.rules):
            return self.whole
        from beca_core.matching.ruleset import Detector

        return Detector(self._registry, rule_ids, cache_dir=self._cache_dir)


class _Scan:
    """One run of an engine: all that changes while a source is read."""

    def __init__(
        self, detectors: Detectors, registry: PluginRegistry, limits: Limits, key: bytes, processes: int | None
    ) -> None:
        self._processes = processes
        self._detectors = detectors
        self._registry = registry
        self._limits = limits
        self._key = key
        self._stop = Stop(limits.scan_seconds)
        self._total = Outcome()
        self._expected = 0

    def run(
        self,
        source: Source,
        notify: Callable[[Progress], None] | None,
        since: State | None,
        *,
        with_secrets: bool,
    ) -> Report:
        rules = self._detectors.rules
        earlier = Earlier(since, source, rules, self._limits, self._key)
        self._read(source, notify)
        if earlier.resumes:
            self._carry_over(earlier, source, notify)
            if with_secrets or any(plugin.filters for plugin in self._registry.plugins):
                self._recall(source)
        sound = self._sound_rules()
        findings = self._findings(source, notify)
        findings, changes = earlier.compare(findings)
        return Report(
            scope=source.scope.value,
            findings=findings,
            coverage=self._coverage(),
            ruleset={rule_id: rule.version for rule_id, rule in rules.items()},
            skipped=tuple(self._total.skipped),
            changes=changes,
            state=next_state(
                source,
                key=self._key,
                limits=self._limits,
                findings=findings,
                rules=sound,
                hits=self._total.hits,
                skipped=self._total.skipped,
            ),
        )

    def _findings(self, source: Source, notify: Callable[[Progress], None] | None) -> tuple[Finding, ...]:
        hits = self._total.hits = name_secrets(self._total.hits, self._key)
        if hits:
            if notify is not None:
                notify(replace(self._progress(None), phase=Phase.LOCATING))
            hits = hits | name_secrets(self._older_hits(source, hits), self._key)
        places = list(self._locate(source, hits)) if hits else []
        findings = assemble(hits, places, self._detectors.rules)
        return tuple(found for found in findings if _is_in(source.scope, found) and self._is_kept(found))

    def _read(self, source: Source, notify: Callable[[Progress], None] | None) -> None:
        shares = source.shares(self._limits)
        meanwhile = source.meanwhile(self._limits)
        for outcome in self._outcomes(shares, self._detectors.rules, meanwhile, notify):
            self._total.add(outcome)
        self._add_skipped(source.unread(self._limits))

    def _outcomes(
        self,
        shares: Sequence[Share],
        rule_ids: Collection[str],
        meanwhile: Iterator[bool],
        notify: Callable[[Progress], None] | None,
    ) -> Iterator[Outcome]:
        """Yield what some rules find in some shares, and see to it that it does not become too much."""
        self._expected += sum(share.objects for share in shares)
        if not self._expected:
            finish(meanwhile)
            return
        from beca_core.scanning.reading import processes_for, read_shares

        examiner = self._examiner(self._detectors.of(rule_ids))
        processes = processes_for(shares, self._processes)
        for outcome in read_shares(shares, examiner, self._stop, processes, meanwhile):
            yield outcome
            if self._total.bytes >= self._limits.scan_bytes:
                self._stop.too_many_bytes()
            if notify is not None:
                notify(self._progress(self._expected))

    def _examiner(self, detector: Detector) -> Examiner:
        from beca_core.scanning.examiner import Examiner

        return Examiner(detector, self._limits)

    def _carry_over(self, earlier: Earlier, source: Source, notify: Callable[[Progress], None] | None) -> None:
        """Add what is known of contents that were left out, and what rules find there that were not there then."""
        self._total.add(Outcome(hits=earlier.hits()))
        if earlier.due and isinstance(source, Resumable):
            shares = source.known_shares(self._limits)
            for outcome in self._outcomes(shares, earlier.due, iter(()), notify):
                known = {blob_id: hits for blob_id, hits in outcome.hits.items() if earlier.is_known(blob_id)}
                self._total.add(replace(outcome, hits=known, skipped=[]))
                self._add_skipped(outcome.skipped)
        self._add_skipped(earlier.skipped())

    def _add_skipped(self, skipped: Iterable[Skipped]) -> None:
        known = {item.id for item in self._total.skipped}
        self._total.skipped += (item for item in skipped if item.id not in known)

    def _recall(self, source: Source) -> None:
        """Look up the secrets that are known by their fingerprints only, each in one of the contents that hold it."""
        holders = {
            hit.fingerprint: blob_id for blob_id, hits in self._total.hits.items() for hit in hits if not hit.secret
        }
        if not holders or not isinstance(source, Resumable):
            return
        outcome, examiner = Outcome(), self._examiner(self._detectors.whole)
        for share in source.reread(holders.values()):
            for item in examiner.read(share, Stop(self._limits.locate_seconds)):
                outcome.add(item)
        named = name_secrets(outcome.hits, self._key)
        secrets = {hit.fingerprint: hit.secret for hits in named.values() for hit in hits}
        for hits in self._total.hits.values():
            hits[:] = (hit if hit.secret else hit._replace(secret=secrets.get(hit.fingerprint, b"")) for hit in hits)

    def _sound_rules(self) -> dict[str, int]:
        """The versions of the rules whose plugins have done nothing wrong up to now."""
        failed = {problem.plugin for problem in self._total.log.problems}
        return {
            rule_id: rule.version
            for rule_id, rule in self._detectors.rules.items()
            if self._registry.owner(rule_id) not in failed
        }

    def _progress(self, expected: int | None) -> Progress:
        total = self._total
        return Progress(total.commits, total.blobs, total.bytes, len(total.skipped), expected)

    def _older_hits(self, source: Source, hits: Mapping[str, Sequence[Hit]]) -> dict[str, list[Hit]]:
        outcome, examiner = Outcome(), self._examiner(self._detectors.whole)
        stop = Stop(self._limits.locate_seconds)
        for blob in source.versions(hits.keys(), self._limits):
            examiner.examine(blob, outcome, stop)
        self._total.log.update(outcome.log)
        return outcome.hits

    def _locate(self, source: Source, hits: Mapping[str, Sequence[Hit]]) -> Iterator[Place]:
        for item in source.locate(hits.keys(), self._limits):
            if isinstance(item, Skipped):
                self._total.skipped.append(item)
            else:
                yield item

    def _is_kept(self, finding: Finding) -> bool:
        for plugin in self._registry.plugins:
            for keep in plugin.filters:
                try:
                    if not keep(finding):
                        return False
                except (Exception, SystemExit) as error:  # noqa: BLE001 - a filter is a plugin's code
                    self._total.log.add(plugin.name, "a filter", error)
        return True

    def _coverage(self) -> Coverage:
        total = self._total
        return Coverage(
            commits=total.commits,
            blobs=total.blobs,
            bytes=total.bytes,
            unwalked=total.unwalked,
            skipped=Counter(item.reason for item in total.skipped),
            problems=(*self._registry.problems, *total.log.problems),
        )


def _is_in(scope: Scope, finding: Finding) -> bool:
    """Whether a finding belongs to what was asked for: earlier versions only tell since when a secret is there."""
    return finding.in_head or scope is not Scope.HEAD
