"""What `beca import` makes of the file of another scanner: a rule file, entries of the allow-list, a baseline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.cli.configuration.config_additions import ConfigAdditions, read_config_text
from beca_core.cli.configuration.config_files import CONFIG_FILE, config_paths
from beca_core.cli.moving.import_files import ImportedFile
from beca_core.errors import InvalidInput
from beca_core.plugins.foreign.accepted import ForeignVerdict, match_findings
from beca_core.plugins.foreign.allow_drafts import allow_entries
from beca_core.plugins.foreign.rule_file_text import rule_file_text
from beca_core.rules.allow_entry import LEAST_FINGERPRINT, AllowEntry
from beca_core.scanning.suppression.baseline import Baseline
from beca_core.scanning.suppression.inline_comments import OWN_MARKER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.findings import Finding
    from beca_core.plugins.foreign.foreign_allow import ForeignAllow
    from beca_core.plugins.foreign.foreign_file import ForeignFile
    from beca_core.plugins.foreign.remarks import Remark
    from beca_core.rules.rule import Rule

_REASONS: Final = {
    ForeignVerdict.FALSE: "no secret, says the audit in {file}",
    ForeignVerdict.ACCEPTED: "ignored in {file}",
}
"""The verdicts that become entries of the allow-list; what is merely known, or real, is for the baseline."""


@dataclass(frozen=True)
class ImportRequest:
    """What the user wants.

    Args:
        program: The other scanner.
        file: Its file.
        target: The directory that is scanned, in which the files are written.
        rules_file: Name of the rule file in it.
        owner: Owner of the entries of the allow-list.
        scope: The scope of the scan that finds again what the file lists; None: the default of the target.
    """

    program: str
    file: Path
    target: str
    rules_file: str
    owner: str = ""
    scope: str | None = None


@dataclass
class ImportPlan:
    """The files to be written, and what is not translated.

    Args:
        request: What the user wants.
        foreign: What the file of the other scanner says.
    """

    request: ImportRequest
    foreign: ForeignFile

    def __post_init__(self) -> None:
        if not Path(self.request.target).is_dir():
            raise InvalidInput("The target is not a directory.", hint="Name the one that `beca scan` is to scan.")
        self.remarks: list[Remark] = list(self.foreign.remarks)
        self._baseline: ImportedFile | None = None
        self._entries: list[AllowEntry] = []

    def files(self) -> list[ImportedFile]:
        """Return the files. If the other scanner's file lists findings, the target is scanned for them.

        Raises:
            InvalidInput: If something exists already that cannot be added to.
        """
        rules, allows = self._renamed()
        self._entries += allow_entries(allows, self.request.owner, self.remarks)
        if self.foreign.accepted:
            self._accept()
        return [*self._rule_file(rules), *self._config(bool(rules)), *([self._baseline] if self._baseline else [])]

    def _renamed(self) -> tuple[list[Rule], list[ForeignAllow]]:
        """Return the rules with ids that no other rule has, and the allow-lists."""
        if not self.foreign.rules:
            return [], list(self.foreign.allows)
        from beca_core.plugins.registry import PluginRegistry

        taken = PluginRegistry.load().rules.keys()
        ids = {
            rule.id: f"{self.request.program}-{rule.id}" if rule.id in taken else rule.id for rule in self.foreign.rules
        }
        rules = [replace(rule, id=ids[rule.id]) for rule in self.foreign.rules]
        allows = [
            replace(each, rules=tuple(ids.get(name, name) for name in each.rules)) for each in self.foreign.allows
        ]
        return rules, allows

    def _rule_file(self, rules: list[Rule]) -> Iterator[ImportedFile]:
        if rules:
            path = Path(self.request.target) / self.request.rules_file
            yield ImportedFile(path, rule_file_text(rules, self.request.file.name), _count(len(rules), "rule"))

    def _config(self, has_rules: bool) -> Iterator[ImportedFile]:
        lists = {"rules-files": [self.request.rules_file]} if has_rules else {}
        if excluded := [path for entry in self._entries if _is_of_paths(entry) for path in entry.paths]:
            lists["exclude-paths"] = list(dict.fromkeys(excluded))
        if self.foreign.markers:
            lists["inline-comments"] = [OWN_MARKER, *self.foreign.markers]
        texts = {"baseline": self._baseline.path.name} if self._baseline else {}
        entries = [entry for entry in self._entries if not _is_of_paths(entry)]
        additions = ConfigAdditions(lists, texts, tuple(entries))
        if not additions:
            return
        path = next(config_paths(self.request.target), Path(self.request.target) / CONFIG_FILE)
        parts = ["settings"] if lists or texts else []
        if entries:
            parts.append(f"{_count(len(entries), 'entry', 'entries')} of the allow-list")
        yield ImportedFile(path, additions.added_to(read_config_text(path), path), " and ".join(parts))

    def _accept(self) -> None:
        from beca_core.cli.accepting.baseline import baseline_file
        from beca_core.cli.scans.prepared_scan import PreparedScan
        from beca_core.cli.scans.scan_request import ScanRequest

        request = ScanRequest(self.request.target, scope=self.request.scope, redact=False, min_confidence="low")
        prepared = PreparedScan(request)
        path = baseline_file(prepared, self.request.target)
        report = prepared.without_baseline().scan()
        if not report.coverage.complete:
            raise InvalidInput("Not everything could be read, so nothing is imported.", hint="`beca scan` says why.")
        allowed = [item.finding for item in report.allowed]
        matched = match_findings(self.foreign.accepted, [*report.findings, *allowed], self.request.file.name)
        self.remarks += matched.remarks
        is_allowed = set(map(id, allowed))
        for verdict, findings in matched.findings.items():
            left = [finding for finding in findings if id(finding) not in is_allowed]
            if verdict in _REASONS:
                self._entries += self._entries_of(left, _REASONS[verdict])
        known = [
            each
            for verdict in (ForeignVerdict.KNOWN, ForeignVerdict.REAL)
            for each in matched.findings.get(verdict, [])
        ]
        if known:
            self._baseline = _extended(path, known, prepared.settings.fingerprint_key)

    def _entries_of(self, findings: Iterable[Finding], reason: str) -> Iterator[AllowEntry]:
        of_rules: dict[str, set[str]] = {}
        for finding in findings:
            of_rules.setdefault(finding.rule_id, set()).add(finding.fingerprint[:LEAST_FINGERPRINT])
        for rule_id, fingerprints in sorted(of_rules.items()):
            yield AllowEntry(
                reason.format(file=self.request.file.name),
                rules=(rule_id,),
                fingerprints=tuple(sorted(fingerprints)),
                owner=self.request.owner,
            )


def _is_of_paths(entry: AllowEntry) -> bool:
    """Return whether an entry is for paths alone: as an excluded path, it is not stale when nothing is found there."""
    return bool(entry.paths) and not (entry.rules or entry.values or entry.stop_words or entry.fingerprints)


def _extended(path: Path, known: list[Finding], fingerprint_key: bytes) -> ImportedFile:
    if path.exists():
        before = Baseline.load(path, fingerprint_key)
        baseline = before.with_findings(known, fingerprint_key)
        added = len(baseline.places) - len(before.places)
    else:
        baseline = Baseline.of(known, fingerprint_key)
        added = len(baseline.places)
    return ImportedFile(path, baseline.text(), f"{_count(added, 'finding')} more")


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
