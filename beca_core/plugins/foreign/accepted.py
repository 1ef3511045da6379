"""`AcceptedFinding`: a finding that another scanner's file lists as known, and which findings of BECA it is about.

Other scanners have rules of other names, and some number lines in the version of one commit. So a finding is found
again by its secret where the file has a hash of it, else by its place.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from beca_core.plugins.foreign.remarks import Effect, Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from beca_core.findings import Finding


class ForeignVerdict(StrEnum):
    """What somebody has said about a finding."""

    KNOWN = "known"
    """Nothing, but that it is known."""
    REAL = "real"
    """It is a secret."""
    FALSE = "false"
    """It is none."""
    ACCEPTED = "accepted"
    """It is to be ignored, for whatever reason."""


class AcceptedFinding(NamedTuple):
    """A finding that another scanner's file lists.

    Args:
        line: Its line in that file, 1-based.
        verdict: What the file says about it.
        path: Its path; empty: it is about a secret, wherever it is.
        place: Its line in the file that was scanned, 1-based; 0: it is not known.
        rule: The rule, as the other scanner calls it.
        commit: Id of the commit; empty: it is about the current version, or about all.
        digest: SHA-1 or SHA-256 of the secret, in hexadecimal digits; empty: it is not known.
    """

    line: int
    verdict: ForeignVerdict
    path: str = ""
    place: int = 0
    rule: str = ""
    commit: str = ""
    digest: str = ""

    @property
    def subject(self) -> str:
        """What a remark about it is about: its place, never its secret."""
        return f"{self.path}:{self.place}" if self.path else "a digest of a secret"


class MatchedFindings(NamedTuple):
    """Findings of BECA that another scanner's file lists.

    Args:
        findings: The findings, by verdict, without duplicates.
        remarks: What the file lists and BECA does not find.
    """

    findings: dict[ForeignVerdict, list[Finding]]
    remarks: list[Remark]


def match_findings(accepted: Iterable[AcceptedFinding], findings: Sequence[Finding], file: str) -> MatchedFindings:
    """Return which findings other scanners' files are about.

    Args:
        accepted: What such a file lists.
        findings: The findings of a scan, with their secrets.
        file: The file, as it was named; for the remarks.
    """
    search = _Search(findings)
    matched: dict[ForeignVerdict, dict[int, Finding]] = defaultdict(dict)
    remarks = []
    for each in accepted:
        found = search.find(each)
        if found:
            matched[each.verdict].update({id(finding): finding for finding in found})
        else:
            reason = search.why_not(each)
            remarks.append(Remark(each.line, each.subject, reason, Effect.NONE, file, each.rule))
    return MatchedFindings({verdict: list(items.values()) for verdict, items in matched.items()}, remarks)


class _Search:
    def __init__(self, findings: Sequence[Finding]) -> None:
        self._of_path: dict[str, list[Finding]] = defaultdict(list)
        self._of_digest: dict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            self._of_path[finding.location.path].append(finding)
            for digest in _digests(finding.secret):
                self._of_digest[digest].append(finding)

    def find(self, accepted: AcceptedFinding) -> list[Finding]:
        same_secret = self._of_digest.get(accepted.digest, []) if accepted.digest else []
        if not accepted.path:
            return same_secret
        if found := [finding for finding in same_secret if finding.location.path == accepted.path]:
            return found
        in_path = self._of_path.get(accepted.path, [])
        if accepted.commit:
            in_commit = [each for each in in_path if each.commit and each.commit.id.startswith(accepted.commit)]
            at_line = [each for each in in_commit if _is_at(each, accepted.place)]
            if at_line or len(in_commit) == 1:
                return at_line or in_commit
        return [each for each in in_path if _is_at(each, accepted.place) and (each.in_head or accepted.commit)]

    def why_not(self, accepted: AcceptedFinding) -> str:
        if not accepted.path:
            return "BECA finds no such secret"
        if accepted.path not in self._of_path:
            return "BECA finds nothing in this file"
        return "BECA finds nothing at this place"


def _is_at(finding: Finding, line: int) -> bool:
    return finding.location.begin.line <= line <= finding.location.end.line


def _digests(secret: bytes) -> tuple[str, ...]:
    """Return the hashes by which detect-secrets (SHA-1) and betterleaks (SHA-256) name a secret."""
    if not secret:
        return ()
    return hashlib.sha1(secret, usedforsecurity=False).hexdigest(), hashlib.sha256(secret).hexdigest()
