"""Where the decisions of an audit are kept: in the allow-list of the configuration, and in a list of what is real.

Each decision is written at once, so that nothing is lost when the walk ends in any way. No secret is in either file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.cli.audit.audit_session import Judgement
from beca_core.cli.configuration.config_additions import ConfigAdditions, read_config_text, write_config_text
from beca_core.cli.configuration.config_files import CONFIG_FILE, config_paths
from beca_core.errors import InvalidInput, quoted_path
from beca_core.rules.allow_entry import LEAST_FINGERPRINT, AllowEntry
from beca_core.scanning.suppression.baseline import Baseline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from beca_core.cli.audit.audit_session import AuditDecision
    from beca_core.findings import Finding

AUDIT_FILE: Final = ".beca.audit"
"""The findings that were judged real, in the form of a baseline, beside the configuration."""
_HEAD: Final = "# Findings that `beca audit` was told are real. It does not ask again; scans go on reporting them.\n"


class AuditRecord:
    """The files in which decisions are kept.

    Args:
        target: The directory that is scanned.
        fingerprint_key: The key of the fingerprints.
        owner: The owner of the entries of the allow-list.
        expires: The last day on which they hold; None: they have no end.

    Raises:
        InvalidInput: If one of the files is there and cannot be used.
    """

    def __init__(self, target: str, fingerprint_key: bytes, owner: str = "", expires: date | None = None) -> None:
        self.config: Final = next(config_paths(target), Path(target) / CONFIG_FILE)
        self.real: Final = self.config.parent / AUDIT_FILE
        self._key = fingerprint_key
        self._owner, self._expires = owner, expires
        self._before = self._written = read_config_text(self.config)
        self._real_before = Baseline.load(self.real, fingerprint_key) if self.real.exists() else None

    @property
    def files(self) -> list[Path]:
        """The files that there are now."""
        return [path for path in (self.config, self.real) if path.exists()]

    def judged_real(self, findings: Sequence[Finding]) -> frozenset[int]:
        """Return the numbers of the findings that were judged real before."""
        return frozenset() if self._real_before is None else self._real_before.known(findings)

    def save(self, decisions: Sequence[AuditDecision]) -> None:
        """Write what has been decided since the beginning of the walk, in the place of what was written before.

        Raises:
            InvalidInput: If a file cannot be written, or somebody else has changed the configuration meanwhile.
        """
        self._save_entries(self._entries(decisions))
        real = [
            each for decision in decisions if decision.judgement is Judgement.REAL for each in decision.case.findings
        ]
        self._save_real(real)

    def _entries(self, decisions: Sequence[AuditDecision]) -> tuple[AllowEntry, ...]:
        """Return an entry for each rule and reason, in the order in which they were first used."""
        fingerprints: dict[tuple[str, str], list[str]] = {}
        for case, judgement, reason in decisions:
            if judgement is not Judgement.REAL:
                of_reason = fingerprints.setdefault((case.first.rule_id, reason), [])
                of_reason.append(case.first.fingerprint[:LEAST_FINGERPRINT])
        return tuple(
            AllowEntry(reason, rules=(rule_id,), fingerprints=tuple(found), owner=self._owner, expires=self._expires)
            for (rule_id, reason), found in fingerprints.items()
        )

    def _save_entries(self, entries: tuple[AllowEntry, ...]) -> None:
        text = ConfigAdditions(entries=entries).added_to(self._before, self.config) if entries else self._before
        if text == self._written:
            return
        if read_config_text(self.config) != self._written:
            raise InvalidInput(
                f"{quoted_path(self.config)} has been changed meanwhile, so this decision is not written.",
                hint="Begin again; what was decided before is kept.",
            )
        if text:
            write_config_text(self.config, text)
        else:
            self.config.unlink(missing_ok=True)
        self._written = text

    def _save_real(self, real: Sequence[Finding]) -> None:
        before = self._real_before
        if not real and before is None:
            self.real.unlink(missing_ok=True)
            return
        if before is None:
            before = Baseline.of([], self._key)
        baseline = before.with_findings(real, self._key)
        _, _, lines = baseline.text().partition("\n")
        write_config_text(self.real, _HEAD + lines)
