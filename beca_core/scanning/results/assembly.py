"""From hits in blobs and the places of those blobs to findings.

Where the places are known, it is decided which rules apply there, and which of them reports a secret that several have
found; see `Verdicts`. What a path says of the secrets in it is in `path_labels`. Every place in the current version is
a finding of its own. A secret that is no longer there is one finding per (rule, secret, path), at the commit that
introduced it. Versions in between are counted, not listed.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from beca_core.findings import Finding, Location, Presence, fingerprint, redact
from beca_core.report import ProblemLog, Suppressed
from beca_core.rules.candidate import Step
from beca_core.scanning.results.path_labels import labels_of, lowered
from beca_core.scanning.results.precedence import Precedence, merged
from beca_core.scanning.results.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beca_core.findings import SupersededRule
    from beca_core.rules.candidate import DropReason
    from beca_core.rules.rule import RuleInfo
    from beca_core.sources.contracts import Place
    from beca_core.state.hit import Hit


_FIRST_OF_A_FILE: Final = 100
_NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


class _PlacedHit(NamedTuple):
    place: Place
    hit: Hit
    superseded: tuple[SupersededRule, ...] = ()
    drop: DropReason | None = None

    @property
    def path(self) -> bytes:
        """The path of the blob, with that of the member of an archive."""
        return self.place.path + b"!" + self.hit.member if self.hit.member else self.place.path


_Secret: TypeAlias = tuple[str, str, bytes]
"""Rule, fingerprint and path."""


def add_fingerprints(
    hits: Mapping[str, Sequence[Hit]], key: bytes, names: Mapping[str, str] = _NO_NAMES
) -> dict[str, list[Hit]]:
    """Return hits with fingerprint and preview, by blob id; hits that already have them stay as they are.

    Args:
        hits: Hits by blob id.
        key: Key of the fingerprints.
        names: The ids with which the fingerprints of some rules are made, by rule id.
    """
    fingerprints: dict[tuple[str, bytes], str] = {}
    complete: dict[str, list[Hit]] = {}
    for blob_id, found in hits.items():
        complete[blob_id] = of_blob = []
        for hit in found:
            if hit.fingerprint:
                of_blob.append(hit)
                continue
            secret = names.get(hit.rule_id, hit.rule_id), hit.secret
            known = fingerprints.get(secret) or fingerprints.setdefault(secret, fingerprint(*secret, key))
            of_blob.append(hit._replace(fingerprint=known, redacted=redact(hit.secret)))
    return complete


def assemble(
    hits: Mapping[str, Sequence[Hit]],
    places: Iterable[Place],
    rules: Mapping[str, RuleInfo],
    *,
    precedence: Precedence | None = None,
    most: int = sys.maxsize,
    log: ProblemLog | None = None,
    suppressed: list[Suppressed] | None = None,
) -> list[Finding]:
    """Join hits and places into findings, sorted by path, position and rule.

    Args:
        hits: Hits by blob id, as `add_fingerprints` returns them.
        places: Places of those blobs, oldest first.
        rules: The rules that took part, by id.
        precedence: Decides between rules; None: these rules are all that there are.
        most: How many pairs of a hit and a place are looked at; one content can have many hits, and many places.
        log: Counts the other pairs, and what is dropped because of its path or of precedence; None: nothing does.
        suppressed: Takes what is dropped; None: nothing does.
    """
    log = log or ProblemLog()
    innermost = {blob_id: _innermost(found) for blob_id, found in hits.items()}
    verdicts = Verdicts(innermost, rules, precedence or Precedence(lambda: rules))
    left_out: Counter[str] = Counter()
    found: dict[_Secret, list[_PlacedHit]] = defaultdict(list)
    dropped: dict[_Secret, list[_PlacedHit]] = defaultdict(list)
    for place, of_place in _bounded(list(places), innermost, most, left_out):
        for hit, (superseded, drop) in zip(of_place, verdicts.at(place), strict=False):
            placed = _PlacedHit(place, hit, superseded, drop)
            (found if drop is None else dropped)[hit.rule_id, hit.fingerprint, placed.path].append(placed)
    for rule_id, count in left_out.items():
        log.add_unlisted(rule_id, count)
    _leave_to_current_winners(found, dropped)
    for of_secret in dropped.values():
        _suppress(rules, of_secret, log, suppressed)
    findings = [
        finding
        for (rule_id, _, _), of_secret in found.items()
        for finding in _findings_of_one_secret(rules[rule_id], of_secret)
    ]
    return sorted(findings, key=finding_order)


def place_dropped(
    hits: Mapping[str, Sequence[Hit]],
    drops: Mapping[str, Sequence[DropReason]],
    places: Iterable[Place],
    rules: Mapping[str, RuleInfo],
    *,
    most: int = sys.maxsize,
) -> tuple[list[Suppressed], int]:
    """Join what the matcher has dropped and places, as `assemble` does with what it has kept.

    Args:
        hits: Dropped hits by blob id, as `add_fingerprints` returns them.
        drops: The reason for each of them.
        places: Places of those blobs, oldest first.
        rules: The rules that took part, by id.
        most: How many pairs of a hit and a place are looked at.

    Returns:
        What is dropped, and the number of the other pairs.
    """
    left_out: Counter[str] = Counter()
    placed: dict[tuple[_Secret, DropReason], list[_PlacedHit]] = defaultdict(list)
    for place, of_place in _bounded(list(places), hits, most, left_out):
        for hit, drop in zip(of_place, drops[place.blob_id], strict=False):
            at = _PlacedHit(place, hit, drop=drop)
            placed[(hit.rule_id, hit.fingerprint, at.path), drop].append(at)
    found: list[Suppressed] = []
    for of_secret in placed.values():
        _suppress(rules, of_secret, ProblemLog(), found)
    return found, left_out.total()


def suppressed_order(item: Suppressed) -> tuple[object, ...]:
    """Sort key of what is dropped: that of the findings, then the step."""
    return *finding_order(item.finding), item.step.value, item.name, item.reason, item.value


def _leave_to_current_winners(
    found: dict[_Secret, list[_PlacedHit]], dropped: Mapping[_Secret, Sequence[_PlacedHit]]
) -> None:
    """Drop what is not at HEAD at a path where a more specific rule has the same secret at HEAD: it is not removed."""
    for key, of_secret in dropped.items():
        steps = {placed.drop.step for placed in of_secret if placed.drop is not None and placed.place.in_head}
        is_current = Step.PRECEDENCE in steps
        if is_current and key in found and not any(placed.place.in_head for placed in found[key]):
            del found[key]


def _suppress(
    rules: Mapping[str, RuleInfo], of_secret: list[_PlacedHit], log: ProblemLog, suppressed: list[Suppressed] | None
) -> None:
    """Count what is dropped of one secret at one path, as often as it would be a finding, and maybe list it."""
    shown = _shown(of_secret)
    for placed in shown:
        if placed.drop is not None:
            log.add_dropped(placed.drop.step)
    if suppressed is not None:
        findings = _findings_of_one_secret(rules[of_secret[0].hit.rule_id], of_secret)
        for placed, finding in zip(shown, findings, strict=True):
            if placed.drop is not None:
                suppressed.append(Suppressed(finding, *placed.drop))


def _bounded(
    places: list[Place], hits: Mapping[str, Sequence[Hit]], most: int, left_out: Counter[str]
) -> Iterator[tuple[Place, Sequence[Hit]]]:
    """Yield each place with its hits; if there are too many, contents with few hits come first, and others count."""
    sizes = [len(hits[place.blob_id]) for place in places]
    if sum(sizes) <= most:
        yield from ((place, hits[place.blob_id]) for place in places)
        return
    kept = dict.fromkeys(range(len(places)), 0)
    for number in sorted(kept, key=sizes.__getitem__):
        kept[number] = min(sizes[number], most)
        most -= kept[number]
    cut: Counter[tuple[str, int]] = Counter()
    for number, place in enumerate(places):
        of_place = hits[place.blob_id]
        if kept[number] < len(of_place):
            cut[place.blob_id, kept[number]] += 1
        if kept[number]:
            yield place, of_place[: kept[number]]
    for (blob_id, begin), times in cut.items():
        for hit in hits[blob_id][begin:]:
            left_out[hit.rule_id] += times


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
    introduced = placed_hits[0].place.commit
    versions = len({placed.place.blob_id for placed in placed_hits})
    secret = next((placed.hit.secret for placed in placed_hits if placed.hit.secret), b"")
    superseded = {each for placed in placed_hits for each in placed.superseded}
    for placed in _shown(placed_hits):
        place, hit = placed.place, placed.hit
        path, raw_path = readable(placed.path)
        labels = labels_of(place.path, hit.member)
        confidence = lowered(rule, hit.confidence, labels)
        yield Finding(
            rule_id=rule.id,
            location=Location(path, hit.begin, hit.end, raw_path),
            description=_description(rule, hit.variant),
            severity=hit.severity or rule.severity,
            confidence=confidence,
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
            variant=hit.variant,
            provider=rule.provider,
            category=rule.category,
            tags=rule.tags,
            parts=hit.parts,
            attributes=hit.attributes,
            superseded=merged(superseded) if superseded else (),
            labels=tuple(label.name for label in labels),
            lowered_from=None if confidence is hit.confidence else hit.confidence,
        )


def _description(rule: RuleInfo, variant: str) -> str:
    of_variants = (each.description for each in getattr(rule, "variants", ()) if each.name == variant)
    return (next(of_variants, "") if variant else "") or rule.description


def _presence(placed_hits: list[_PlacedHit]) -> Presence | None:
    """Return where a secret is that is not at HEAD; the first in the order of the members, if it is in several."""
    found = {placed.place.presence for placed in placed_hits}
    return next((presence for presence in Presence if presence in found), None)


def _shown(placed_hits: list[_PlacedHit]) -> list[_PlacedHit]:
    """Return the places to list: those at HEAD, else those that are not committed, else the oldest.

    The content on disk comes after the content in the index, and is the one that the user sees.
    """
    current = [placed for placed in placed_hits if placed.place.in_head]
    committed = [placed for placed in current if not placed.place.uncommitted]
    uncommitted = [placed for placed in current if placed.place.blob_id == current[-1].place.blob_id]
    return committed or uncommitted or placed_hits[:1]


def finding_order(finding: Finding) -> tuple[object, ...]:
    """Sort key of findings: path, position, rule."""
    at = finding.location
    return at.path, at.raw_path or b"", at.begin, at.end, finding.rule_id, finding.fingerprint


def readable(path: bytes) -> tuple[str, bytes | None]:
    """Return a path as valid Unicode, and its bytes if they are not valid UTF-8."""
    try:
        return path.decode(), None
    except UnicodeDecodeError:
        return path.decode(errors="backslashreplace"), path
