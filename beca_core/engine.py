"""`Engine`: the one path from a source to a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from beca_core.assembly import Hit, assemble
from beca_core.detection import Detector, ProblemLog
from beca_core.findings import DEFAULT_FINGERPRINT_KEY
from beca_core.matching.positions import PositionReader
from beca_core.report import Coverage, Report
from beca_core.sources import Blob, Limits, Place, Scope, Skipped
from beca_core.sources.text import TextSource

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from beca_core.findings import Finding
    from beca_core.plugins import PluginRegistry
    from beca_core.scanner import Match
    from beca_core.sources import Source


@dataclass(slots=True)
class Progress:
    """How far a scan has come.

    Args:
        commits: Commit objects read.
        blobs: Other objects read.
        bytes: Bytes scanned.
        skipped: Objects not read.
        expected: Objects in all, or None while that is not known.
    """

    commits: int = 0
    blobs: int = 0
    bytes: int = 0
    skipped: int = 0
    expected: int | None = None

    @property
    def done(self) -> int:
        """Objects dealt with, of the `expected` ones."""
        return self.commits + self.blobs + self.skipped


class Engine:
    """Scan sources with the rules of a registry. Immutable, reusable, and shared between threads.

    Args:
        registry: The loaded plugins.
        rules: Ids of the rules that take part, or None for all.
        limits: Bounds of each scan.
        fingerprint_key: Key of the findings' fingerprints.

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
    ) -> None:
        self._detector = Detector(registry, None if rules is None else registry.select(rules))
        self._registry = registry
        self._limits = limits or Limits()
        self._key = fingerprint_key

    def scan(self, source: Source, *, progress: Callable[[Progress], None] | None = None) -> Report:
        """Read a source to its end and report what was found.

        Args:
            source: What to scan; the caller closes it.
            progress: Called after each object with the same, growing `Progress`; an exception that it raises
                ends the scan.

        Raises:
            SourceError: If the source cannot be read at all.
        """
        return _Scan(self._detector, self._registry, self._limits, self._key).run(source, progress)

    def scan_text(self, text: str | bytes, name: str = "<text>") -> list[Finding]:
        """Return the findings in one text.

        Args:
            text: The text; a `str` is encoded as UTF-8, lone surrogates included.
            name: The path that the findings show.
        """
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        return list(self.scan(TextSource(data, name)).findings)


class _Scan:
    """One run of an engine: all that changes while a source is read."""

    def __init__(self, detector: Detector, registry: PluginRegistry, limits: Limits, key: bytes) -> None:
        self._detector = detector
        self._registry = registry
        self._limits = limits
        self._key = key
        self._progress = Progress()
        self._skipped: dict[str, int] = {}
        self._log = ProblemLog()

    def run(self, source: Source, notify: Callable[[Progress], None] | None) -> Report:
        hits = self._read(source, notify)
        if hits:
            hits |= self._older_hits(source, hits)
        places = list(self._locate(source, hits)) if hits else []
        findings = assemble(hits, places, self._detector.rules, self._key)
        return Report(
            scope=source.scope.value,
            findings=tuple(found for found in findings if _is_in(source.scope, found) and self._is_kept(found)),
            coverage=self._coverage(),
            ruleset={rule_id: rule.version for rule_id, rule in self._detector.rules.items()},
        )

    def _read(self, source: Source, notify: Callable[[Progress], None] | None) -> dict[str, tuple[Hit, ...]]:
        hits: dict[str, tuple[Hit, ...]] = {}
        progress = self._progress
        for item in source.read(self._limits):
            if isinstance(item, Skipped):
                self._skip(item)
                progress.skipped += 1
            else:
                if matches := self._detector.detect(item.data, self._log):
                    hits[item.id] = tuple(self._hits(item.data, matches))
                self._count(item)
            if notify is not None:
                progress.expected = source.expected_blobs
                notify(progress)
        return hits

    def _older_hits(self, source: Source, hits: dict[str, tuple[Hit, ...]]) -> dict[str, tuple[Hit, ...]]:
        return {
            blob.id: tuple(self._hits(blob.data, matches))
            for blob in source.versions(hits.keys(), self._limits)
            if (matches := self._detector.detect(blob.data, self._log))
        }

    def _count(self, blob: Blob) -> None:
        self._progress.bytes += len(blob.data)
        if blob.kind == "commit":
            self._progress.commits += 1
        else:
            self._progress.blobs += 1

    def _skip(self, item: Skipped) -> None:
        self._skipped[item.reason] = self._skipped.get(item.reason, 0) + 1

    def _hits(self, data: bytes, matches: list[Match]) -> Iterator[Hit]:
        reader = PositionReader(data)
        for match in matches:
            yield Hit(
                rule_id=match.rule_id,
                begin=reader.position(match.begin),
                end=reader.position(match.end),
                secret=data[match.begin : match.end],
                confidence=match.confidence or self._detector.rules[match.rule_id].confidence,
            )

    def _locate(self, source: Source, hits: dict[str, tuple[Hit, ...]]) -> Iterator[Place]:
        for item in source.locate(hits.keys(), self._limits):
            if isinstance(item, Skipped):
                self._skip(item)
            else:
                yield item

    def _is_kept(self, finding: Finding) -> bool:
        for plugin in self._registry.plugins:
            for keep in plugin.filters:
                try:
                    if not keep(finding):
                        return False
                except (Exception, SystemExit) as error:  # noqa: BLE001 - a filter is a plugin's code
                    self._log.add(plugin.name, "a filter", error)
        return True

    def _coverage(self) -> Coverage:
        progress = self._progress
        return Coverage(
            commits=progress.commits,
            blobs=progress.blobs,
            bytes=progress.bytes,
            skipped=dict(self._skipped),
            problems=(*self._registry.problems, *self._log.problems),
        )


def _is_in(scope: Scope, finding: Finding) -> bool:
    """Whether a finding belongs to what was asked for: earlier versions only tell since when a secret is there."""
    return finding.in_head or scope is not Scope.HEAD
