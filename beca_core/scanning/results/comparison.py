"""`compare`: what has become of findings since an earlier scan.

A finding is `new` if the earlier scan had its secret nowhere, or if HEAD has it at more places than before: a copy is
worth a look. A secret that only moved is not new: as many fresh places at HEAD as old ones have been left are its
moves. Nor is a secret new that had left HEAD and came back, or that history now has at another place, since whoever has
the repository had it all the time.

What less specific rules have found of a secret is compared as if it were findings too. A finding is new only if all of
that is new that is the whole secret, or more: so no secret is new because another rule reports it now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from beca_core.findings import Change
from beca_core.report import ChangeCounts

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from beca_core.findings import Finding
    from beca_core.state.state import FindingKey, Secrets

_NOTHING: Final[Mapping[FindingKey, Secrets]] = MappingProxyType({})


def compare(
    before: Mapping[FindingKey, bool],
    findings: Sequence[Finding],
    rule_ids: Container[str],
    superseded: Mapping[FindingKey, Secrets] = _NOTHING,
) -> tuple[tuple[Finding, ...], ChangeCounts]:
    """Return the findings, each with its change since the earlier scan, and the number of each change.

    Args:
        before: The findings of the earlier scan, and whether each was at HEAD.
        findings: The findings now.
        rule_ids: The rules that took part now; findings of other rules are not gone, they were not looked for.
        superseded: What less specific rules had found of the secrets of the earlier scan's findings.
    """
    was = _with_superseded(before, superseded)
    now = _with_superseded(presence_at_head(findings), superseded_by(findings))
    new = _new_keys(was, now)
    compared = tuple(replace(found, change=_change(found, was, new)) for found in findings)
    counts = Counter(found.change for found in compared)
    gone = (
        key
        for key, was_in_head in before.items()
        if was_in_head and key[0] in rule_ids and not any(map(now.get, _keys(key, superseded.get(key, ()))))
    )
    return compared, ChangeCounts(counts[Change.NEW], counts[Change.CARRIED], sum(1 for _ in gone))


def presence_at_head(findings: Iterable[Finding]) -> dict[FindingKey, bool]:
    """Return for the key of each finding whether it is at HEAD."""
    found: dict[FindingKey, bool] = {}
    for finding in findings:
        found[key_of(finding)] = finding.in_head or found.get(key_of(finding), False)
    return found


def superseded_by(findings: Iterable[Finding]) -> dict[FindingKey, Secrets]:
    """Return for the keys of some findings what less specific rules have found of the whole secret, or more."""
    found: dict[FindingKey, Secrets] = {}
    for finding in findings:
        if secrets := _whole(finding):
            found[key_of(finding)] = secrets
    return found


def key_of(finding: Finding) -> FindingKey:
    """Return the key that identifies a finding across scans."""
    at = finding.location
    return finding.rule_id, finding.fingerprint, at.path.encode() if at.raw_path is None else at.raw_path


def _whole(finding: Finding) -> Secrets:
    return tuple((each.rule_id, each.fingerprint) for each in finding.superseded if not each.partial)


def _keys(key: FindingKey, secrets: Secrets) -> Iterator[FindingKey]:
    """Yield a key, and those of what is superseded."""
    yield key
    yield from ((*secret, key[2]) for secret in secrets)


def _with_superseded(
    findings: Mapping[FindingKey, bool], superseded: Mapping[FindingKey, Secrets]
) -> Mapping[FindingKey, bool]:
    if not superseded:
        return findings
    found = dict(findings)
    for key, secrets in superseded.items():
        for other in _keys(key, secrets):
            found[other] = findings.get(key, False) or found.get(other, False)
    return found


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
    keys = list(_keys(key_of(finding), _whole(finding)))
    if all(key in new for key in keys):
        return Change.NEW
    return Change.GONE if any(map(before.get, keys)) and not finding.in_head else Change.CARRIED
