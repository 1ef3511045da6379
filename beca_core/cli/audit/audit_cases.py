"""`AuditCase`: one secret with all its places, about which one question is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beca_core.reports.table_rows import worst_first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from beca_core.findings import Finding


class AuditCase(NamedTuple):
    """One secret that a rule has found.

    Args:
        findings: Its findings, the first one to be shown.
        is_known: Whether the baseline knows it at each of its places.
    """

    findings: tuple[Finding, ...]
    is_known: bool = False

    @property
    def first(self) -> Finding:
        """The finding that is shown."""
        return self.findings[0]


def audit_cases(findings: Iterable[Finding], known: Collection[int] = frozenset()) -> list[AuditCase]:
    """Return the cases of some findings, the worst first.

    Args:
        findings: The findings.
        known: Numbers of those that the baseline knows.
    """
    of_secrets: dict[tuple[str, str], list[tuple[Finding, bool]]] = {}
    for number, finding in enumerate(findings):
        of_secrets.setdefault((finding.rule_id, finding.fingerprint), []).append((finding, number in known))
    cases = [
        AuditCase(
            tuple(sorted((finding for finding, _ in found), key=worst_first)), all(is_known for _, is_known in found)
        )
        for found in of_secrets.values()
    ]
    return sorted(cases, key=lambda case: worst_first(case.first))
