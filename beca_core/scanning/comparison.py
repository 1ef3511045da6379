"""`compare`: what has become of findings since an earlier scan.

A finding is `new` if the earlier scan had its secret nowhere, or if HEAD has it at more places than before: a copy is
worth a look. A secret that only moved is not new: as many fresh places at HEAD as old ones have been left are its
moves. Nor is a secret new that had left HEAD and came back, or that history now has at another place, since whoever has
the repository had it all the time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from beca_core.findings import Change
from beca_core.report import ChangeCounts

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from beca_core.findings import Finding
    from beca_core.state.state import FindingKey


def compare(
    before: Mapping[FindingKey, bool], findings: Sequence[Finding], rule_ids: Container[str]
) -> tuple[tuple[Finding, ...], ChangeCounts]:
    """Return the findings, each with its change since the earlier scan, and the number of each change.

    Args:
        before: The findings of the earlier scan, and whether each was at HEAD.
        findings: The findings now.
        rule_ids: The rules that took part now; findings of other rules are not gone, they were not looked for.
    """
    now = presence_at_head(findings)
    new = _new_keys(before, now)
    compared = tuple(replace(found, change=_change(found, before, new)) for found in findings)
    counts = Counter(found.change for found in compared)
    gone = (key for key, was_in_head in before.items() if was_in_head and key[0] in rule_ids and not now.get(key))
    return compared, ChangeCounts(counts[Change.NEW], counts[Change.CARRIED], sum(1 for _ in gone))


def presence_at_head(findings: Iterable[Finding]) -> dict[FindingKey, bool]:
    """Return for the key of each finding whether it is at HEAD."""
    found: dict[FindingKey, bool] = {}
    for finding in findings:
        found[key_of(finding)] = finding.in_head or found.get(key_of(finding), False)
    return found


def key_of(finding: Finding) -> FindingKey:
    """Return the key that identifies a finding across scans."""
    at = finding.location
    return finding.rule_id, finding.fingerprint, at.path.encode() if at.raw_path is None else at.raw_path


def _new_keys(before: Mapping[FindingKey, bool], now: Mapping[FindingKey, bool]) -> set[FindingKey]:
    """Return the keys whose secret is new, or is at one more place at HEAD."""
    known = {key[:2] for key in before}
    left: Counter[tuple[str, str]] = Counter()
    stood: set[tuple[str, str]] = set()
    for key, was_in_head in before.items():
        if was_in_head:
            stood.add(key[:2])
            left[key[:2]] += not now.get(key, False)
    fresh: dict[tuple[str, str], list[FindingKey]] = defaultdict(list)
    for key in sorted(now.keys() - before.keys()):
        if key[:2] not in known or now[key]:
            fresh[key[:2]].append(key)
    found: set[FindingKey] = set()
    for secret, keys in fresh.items():
        moves = 0 if secret not in known else left[secret] if secret in stood else 1
        found.update(keys[moves:])
    return found


def _change(finding: Finding, before: Mapping[FindingKey, bool], new: Container[FindingKey]) -> Change:
    key = key_of(finding)
    if key in new:
        return Change.NEW
    return Change.GONE if before.get(key) and not finding.in_head else Change.CARRIED
