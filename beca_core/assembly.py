"""From hits in blobs and the places of those blobs to findings.

Every place in the current version is a finding of its own. A secret that is no longer there is one finding per
(rule, secret, path), at the commit that introduced it. Versions in between are counted, not listed.
"""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from beca_core.findings import Confidence, Finding, Location, Position, fingerprint, redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beca_core.rules import RuleInfo
    from beca_core.sources import Place


@dataclass(frozen=True, slots=True)
class Hit:
    """A match, told apart from the bytes in which it was found.

    Args:
        rule_id: The rule that matched.
        begin: Where the secret begins.
        end: Where it ends, exclusive.
        secret: The secret.
        confidence: How sure the match is.
    """

    rule_id: str
    begin: Position
    end: Position
    secret: bytes
    confidence: Confidence


_Sighting: TypeAlias = "tuple[Place, Hit]"


def assemble(
    hits: Mapping[str, Sequence[Hit]], places: Iterable[Place], rules: Mapping[str, RuleInfo], key: bytes
) -> list[Finding]:
    """Join hits and places into findings, sorted by path, position and rule.

    Args:
        hits: Hits by blob id.
        places: Places of those blobs, oldest first.
        rules: The rules that took part, by id.
        key: Key of the fingerprints.
    """
    sightings: dict[tuple[str, bytes, bytes], list[_Sighting]] = defaultdict(list)
    for place in places:
        for hit in hits[place.blob_id]:
            if _applies(rules[hit.rule_id], place.path):
                sightings[hit.rule_id, hit.secret, place.path].append((place, hit))
    findings = [
        finding
        for (rule_id, _, _), seen in sightings.items()
        for finding in _findings_of_one_secret(rules[rule_id], seen, key)
    ]
    return sorted(findings, key=_order)


def _findings_of_one_secret(rule: RuleInfo, seen: list[_Sighting], key: bytes) -> Iterator[Finding]:
    introduced = seen[0][0].commit
    versions = len({place.blob_id for place, _ in seen})
    current = [(place, hit) for place, hit in seen if place.in_head]
    for place, hit in current or seen[:1]:
        path, raw_path = _readable(place.path)
        yield Finding(
            rule_id=rule.id,
            location=Location(path, hit.begin, hit.end, raw_path),
            description=rule.description,
            severity=rule.severity,
            confidence=hit.confidence,
            fingerprint=fingerprint(rule.id, hit.secret, key),
            redacted=redact(hit.secret),
            secret=hit.secret,
            in_head=place.in_head,
            commit=introduced,
            occurrences=versions,
        )


def _order(finding: Finding) -> tuple[object, ...]:
    at = finding.location
    return at.path, at.raw_path or b"", at.begin, at.end, finding.rule_id, finding.secret


def _readable(path: bytes) -> tuple[str, bytes | None]:
    try:
        return path.decode(), None
    except UnicodeDecodeError:
        return path.decode(errors="backslashreplace"), path


def _applies(rule: RuleInfo, path: bytes) -> bool:
    if not rule.include_paths and not rule.exclude_paths:
        return True
    name, _ = _readable(path)
    if rule.include_paths and not _glob(rule.include_paths).match(name):
        return False
    return not (rule.exclude_paths and _glob(rule.exclude_paths).match(name))


@cache
def _glob(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))
