"""From hits in blobs and the places of those blobs to findings.

Every place in the current version is a finding of its own. A secret that is no longer there is one finding per
(rule, secret, path), at the commit that introduced it. Versions in between are counted, not as_list.
"""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from beca_core.findings import Finding, Location, fingerprint, redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beca_core.rules.rule import RuleInfo
    from beca_core.sources.contracts import Place
    from beca_core.state.hits import Hit


_Sighting: TypeAlias = "tuple[Place, Hit]"


def name_secrets(hits: Mapping[str, Sequence[Hit]], key: bytes) -> dict[str, list[Hit]]:
    """Return hits with fingerprint and preview, by blob id; those that have them keep them.

    Args:
        hits: Hits by blob id.
        key: Key of the fingerprints.
    """
    marks: dict[tuple[str, bytes], str] = {}
    named: dict[str, list[Hit]] = {}
    for blob_id, found in hits.items():
        named[blob_id] = of_blob = []
        for hit in found:
            if hit.fingerprint:
                of_blob.append(hit)
                continue
            secret = hit.rule_id, hit.secret
            mark = marks.get(secret) or marks.setdefault(secret, fingerprint(*secret, key))
            of_blob.append(hit._replace(fingerprint=mark, redacted=redact(hit.secret)))
    return named


def assemble(
    hits: Mapping[str, Sequence[Hit]], places: Iterable[Place], rules: Mapping[str, RuleInfo]
) -> list[Finding]:
    """Join hits and places into findings, sorted by path, position and rule.

    Args:
        hits: Hits by blob id, as `name_secrets` returns them.
        places: Places of those blobs, oldest first.
        rules: The rules that took part, by id.
    """
    named = {blob_id: _innermost(found) for blob_id, found in hits.items()}
    sightings: dict[tuple[str, str, bytes], list[_Sighting]] = defaultdict(list)
    for place in places:
        for hit in named[place.blob_id]:
            path = _path(place, hit)
            if _applies(rules[hit.rule_id], path):
                sightings[hit.rule_id, hit.fingerprint, path].append((place, hit))
    findings = [
        finding
        for (rule_id, _, _), seen in sightings.items()
        for finding in _findings_of_one_secret(rules[rule_id], seen)
    ]
    return sorted(findings, key=_order)


def _innermost(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Leave out what was seen in an archive as it lies there, if it was found in a member of it too."""
    if not any(hit.member for hit in hits):
        return hits
    within = {(hit.rule_id, hit.fingerprint, outer) for hit in hits for outer in _archives(hit.member)}
    return [hit for hit in hits if (hit.rule_id, hit.fingerprint, hit.member) not in within]


def _archives(member: bytes) -> Iterator[bytes]:
    """The archives in which a member lies, from the blob itself on."""
    names = member.split(b"!") if member else []
    return (b"!".join(names[:count]) for count in range(len(names)))


def _findings_of_one_secret(rule: RuleInfo, seen: list[_Sighting]) -> Iterator[Finding]:
    introduced = seen[0][0].commit
    versions = len({place.blob_id for place, _ in seen})
    secret = next((hit.secret for _, hit in seen if hit.secret), b"")
    current = [(place, hit) for place, hit in seen if place.in_head]
    for place, hit in current or seen[:1]:
        path, raw_path = _readable(_path(place, hit))
        yield Finding(
            rule_id=rule.id,
            location=Location(path, hit.begin, hit.end, raw_path),
            description=rule.description,
            severity=rule.severity,
            confidence=hit.confidence,
            fingerprint=hit.fingerprint,
            redacted=hit.redacted,
            secret=secret,
            in_head=place.in_head,
            commit=introduced,
            occurrences=versions,
            decodings=hit.decodings,
        )


def _path(place: Place, hit: Hit) -> bytes:
    return place.path + b"!" + hit.member if hit.member else place.path


def _order(finding: Finding) -> tuple[object, ...]:
    at = finding.location
    return at.path, at.raw_path or b"", at.begin, at.end, finding.rule_id, finding.fingerprint


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
