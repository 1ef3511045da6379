"""From hits in blobs and the places of those blobs to findings.

Every place in the current version is a finding of its own. A secret that is no longer there is one finding per
(rule, secret, path), at the commit that introduced it. Versions in between are counted, not listed.
"""

from __future__ import annotations

import fnmatch
import re
import sys
from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from beca_core.findings import Finding, Location, Presence, fingerprint, redact
from beca_core.report import ProblemLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beca_core.rules.rule import RuleInfo
    from beca_core.sources.contracts import Place
    from beca_core.state.hit import Hit


_FIRST_OF_A_FILE: Final = 100

_PlacedHit: TypeAlias = "tuple[Place, Hit]"


def add_fingerprints(hits: Mapping[str, Sequence[Hit]], key: bytes) -> dict[str, list[Hit]]:
    """Return hits with fingerprint and preview, by blob id; hits that already have them stay as they are.

    Args:
        hits: Hits by blob id.
        key: Key of the fingerprints.
    """
    fingerprints: dict[tuple[str, bytes], str] = {}
    complete: dict[str, list[Hit]] = {}
    for blob_id, found in hits.items():
        complete[blob_id] = of_blob = []
        for hit in found:
            if hit.fingerprint:
                of_blob.append(hit)
                continue
            secret = hit.rule_id, hit.secret
            known = fingerprints.get(secret) or fingerprints.setdefault(secret, fingerprint(*secret, key))
            of_blob.append(hit._replace(fingerprint=known, redacted=redact(hit.secret)))
    return complete


def assemble(
    hits: Mapping[str, Sequence[Hit]],
    places: Iterable[Place],
    rules: Mapping[str, RuleInfo],
    *,
    most: int = sys.maxsize,
    log: ProblemLog | None = None,
) -> list[Finding]:
    """Join hits and places into findings, sorted by path, position and rule.

    Args:
        hits: Hits by blob id, as `add_fingerprints` returns them.
        places: Places of those blobs, oldest first.
        rules: The rules that took part, by id.
        most: How many pairs of a hit and a place are looked at; one content can have many hits, and many places.
        log: Counts the other pairs; None: nothing does.
    """
    innermost = {blob_id: _innermost(found) for blob_id, found in hits.items()}
    placed_hits: dict[tuple[str, str, bytes], list[_PlacedHit]] = defaultdict(list)
    for place, of_place in _bounded(list(places), innermost, most, log or ProblemLog()):
        for hit in of_place:
            path = _path(place, hit)
            if _applies(rules[hit.rule_id], path):
                placed_hits[hit.rule_id, hit.fingerprint, path].append((place, hit))
    findings = [
        finding
        for (rule_id, _, _), of_secret in placed_hits.items()
        for finding in _findings_of_one_secret(rules[rule_id], of_secret)
    ]
    return sorted(findings, key=_order)


def _bounded(
    places: list[Place], hits: Mapping[str, Sequence[Hit]], most: int, log: ProblemLog
) -> Iterator[tuple[Place, Sequence[Hit]]]:
    """Yield each place with its hits; if there are too many, contents with few hits come first."""
    sizes = [len(hits[place.blob_id]) for place in places]
    if sum(sizes) <= most:
        yield from ((place, hits[place.blob_id]) for place in places)
        return
    kept = dict.fromkeys(range(len(places)), 0)
    for number in sorted(kept, key=sizes.__getitem__):
        kept[number] = min(sizes[number], most)
        most -= kept[number]
    left_out: Counter[tuple[str, int]] = Counter()
    for number, place in enumerate(places):
        of_place = hits[place.blob_id]
        if kept[number] < len(of_place):
            left_out[place.blob_id, kept[number]] += 1
        if kept[number]:
            yield place, of_place[: kept[number]]
    for (blob_id, begin), times in left_out.items():
        for rule_id, count in Counter(hit.rule_id for hit in hits[blob_id][begin:]).items():
            log.add_unlisted(rule_id, times * count)


def worst(findings: Sequence[Finding], most: int, log: ProblemLog) -> tuple[Finding, ...]:
    """Return the worst findings in the order in which they were given, and count the others.

    Args:
        findings: Findings, as `assemble` returns them.
        most: How many are returned at most: by severity, then those at HEAD, then by confidence and order. What one
            rule finds in one file after its first 100 findings there comes last, so that no file hides the others.
        log: Counts the others.
    """
    if len(findings) <= most:
        return tuple(findings)
    of_file: Counter[tuple[str, str]] = Counter()
    order: list[tuple[bool, int, bool, int, int]] = []
    for number, finding in enumerate(findings):
        of_file[finding.rule_id, finding.location.path] += 1
        is_late = of_file[finding.rule_id, finding.location.path] > _FIRST_OF_A_FILE
        order.append((is_late, *_badness(finding), number))
    order.sort()
    for *_, number in order[most:]:
        log.add_unlisted(findings[number].rule_id, 1)
    return tuple(findings[number] for number in sorted(number for *_, number in order[:most]))


def _badness(finding: Finding) -> tuple[int, bool, int]:
    return -finding.severity.rank, not finding.in_head, -finding.confidence.rank


def _innermost(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Drop the hits in the bytes of an archive if the same secret was found in a member of it."""
    if not any(hit.member for hit in hits):
        return hits
    within = {(hit.rule_id, hit.fingerprint, outer) for hit in hits for outer in _archives(hit.member)}
    return [hit for hit in hits if (hit.rule_id, hit.fingerprint, hit.member) not in within]


def _archives(member: bytes) -> Iterator[bytes]:
    """Return the archives that hold a member, from the blob itself inwards."""
    names = member.split(b"!") if member else []
    return (b"!".join(names[:count]) for count in range(len(names)))


def _findings_of_one_secret(rule: RuleInfo, placed_hits: list[_PlacedHit]) -> Iterator[Finding]:
    introduced = placed_hits[0][0].commit
    versions = len({place.blob_id for place, _ in placed_hits})
    secret = next((hit.secret for _, hit in placed_hits if hit.secret), b"")
    for place, hit in _shown(placed_hits):
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
            presence=None if place.in_head else _presence(placed_hits),
            truncated=hit.truncated,
            uncommitted=place.uncommitted,
        )


def _presence(placed_hits: list[_PlacedHit]) -> Presence | None:
    """Return where a secret is that is not at HEAD; the first in the order of the members, if it is in several."""
    found = {place.presence for place, _ in placed_hits}
    return next((presence for presence in Presence if presence in found), None)


def _shown(placed_hits: list[_PlacedHit]) -> list[_PlacedHit]:
    """Return the places to list: those at HEAD, else those that are not committed, else the oldest.

    The content on disk comes after the content in the index, and is the one that the user sees.
    """
    current = [(place, hit) for place, hit in placed_hits if place.in_head]
    committed = [(place, hit) for place, hit in current if not place.uncommitted]
    uncommitted = [(place, hit) for place, hit in current if place.blob_id == current[-1][0].blob_id]
    return committed or uncommitted or placed_hits[:1]


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
