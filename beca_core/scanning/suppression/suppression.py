"""`Suppression`: which findings of a scan are hidden because somebody has accepted them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from beca_core.report import Suppressed
from beca_core.rules.candidate import Step
from beca_core.scanning.suppression.inline_comments import OWN_MARKER, allows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from beca_core.findings import Finding, Position
    from beca_core.rules.allow_entry import AllowEntry
    from beca_core.rules.rule import RuleInfo
    from beca_core.sources.contracts import Place
    from beca_core.state.hit import Hit, InlineComment

    _Key: TypeAlias = tuple[str, str, bytes, Position, bool]
    Comments: TypeAlias = Mapping[_Key, InlineComment]


ALLOWED: Final = "allowed"
"""The label of a finding that is accepted and not hidden."""


class KnownFindings(Protocol):
    """Something that knows findings, such as a `Baseline`."""

    @property
    def name(self) -> str:
        """What reports call it."""

    def known(self, findings: Sequence[Finding]) -> frozenset[int]:
        """Return the numbers of the findings that are known."""


@dataclass(frozen=True)
class Suppression:
    """What is accepted. A finding is hidden by its inline comment, else by the first entry that matches, else as known.

    Args:
        entries: The allow-list.
        markers: How inline comments begin that hold; see `inline_comments`.
        baselines: What is known, each asked in this order.
        today: The day for which expiry is decided; None: today, in UTC.
        hides: Whether what is accepted is hidden. Otherwise it is reported all the same, and has the label `allowed`:
            on a server nobody who can commit to a repository decides what others see.
    """

    entries: tuple[AllowEntry, ...] = ()
    markers: frozenset[str] = frozenset({OWN_MARKER})
    baselines: tuple[KnownFindings, ...] = ()
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    hides: bool = True

    @property
    def needs_secrets(self) -> bool:
        """Whether it can only decide with the secrets of the findings."""
        return any(entry.needs_secret for entry in self.entries)

    def split(self, findings: Sequence[Finding], comments: Comments, rules: Mapping[str, RuleInfo]) -> Split:
        """Divide the findings of a scan into those that are reported and those that are hidden.

        Args:
            findings: All findings.
            comments: The inline comments, as `comments_at` returns them.
            rules: The rules that took part, by id.
        """
        known = {n: baseline.name for baseline in reversed(self.baselines) for n in baseline.known(findings)}
        kept: list[Finding] = []
        hidden: list[Suppressed] = []
        used = Counter[int]()
        for number, finding in enumerate(findings):
            former = rules[finding.rule_id].former_ids if finding.rule_id in rules else ()
            matching = [n for n, entry in enumerate(self.entries) if entry.matches(finding, former)]
            used.update(matching)
            why = self._inline(comments.get(_key_of(finding)), (finding.rule_id, *former)) or self._listed(matching)
            if why is None and number in known:
                why = _Why(Step.BASELINE, known[number], "it is known")
            if why is None:
                kept.append(finding)
            elif not self.hides:
                kept.append(replace(finding, labels=(*finding.labels, ALLOWED)))
            else:
                hidden.append(Suppressed(finding, *why))
        expired = tuple(e for n, e in enumerate(self.entries) if used[n] and e.is_expired(self.today))
        unused = tuple(entry for n, entry in enumerate(self.entries) if not used[n] and not entry.standing)
        return Split(kept, hidden, expired, unused)

    def _inline(self, comment: InlineComment | None, rule_ids: tuple[str, ...]) -> _Why | None:
        if comment is None or comment.marker not in self.markers or not allows(comment, rule_ids):
            return None
        said = f": {comment.reason}" if comment.reason else ""
        return _Why(Step.INLINE, comment.marker, f"a comment in its line allows it{said}")

    def _listed(self, matching: Iterable[int]) -> _Why | None:
        for number in matching:
            entry = self.entries[number]
            if not entry.is_expired(self.today):
                until = "" if entry.expires is None else f"until {entry.expires}"
                by = f"by {entry.owner}" if entry.owner else ""
                return _Why(Step.ALLOW_LIST, entry.origin, entry.reason, " ".join(filter(None, (by, until))))
        return None


class Split(NamedTuple):
    """The findings of a scan, divided.

    Args:
        kept: Those that are reported.
        hidden: The others, with the reasons.
        expired: Entries that match findings and have expired.
        unused: Entries that match none.
    """

    kept: list[Finding]
    hidden: list[Suppressed]
    expired: tuple[AllowEntry, ...]
    unused: tuple[AllowEntry, ...]


class _Why(NamedTuple):
    step: Step
    name: str
    reason: str
    value: str = ""


def comments_at(hits: Mapping[str, Sequence[Hit]], places: Iterable[Place]) -> Comments:
    """Return the inline comments of hits at their places, for `Suppression.split`.

    Args:
        hits: Hits by blob id, with fingerprints.
        places: The places of those blobs.
    """
    commented = {blob_id: [hit for hit in of_blob if hit.comment] for blob_id, of_blob in hits.items()}
    return dict(_commented({blob_id: found for blob_id, found in commented.items() if found}, places))


def _commented(hits: Mapping[str, Sequence[Hit]], places: Iterable[Place]) -> Iterator[tuple[_Key, InlineComment]]:
    for place in places if hits else ():
        for hit in hits.get(place.blob_id, ()):
            path = place.path + b"!" + hit.member if hit.member else place.path
            key = (hit.rule_id, hit.fingerprint, path, hit.begin, place.in_head)
            if hit.comment is not None:
                yield key, hit.comment


def _key_of(finding: Finding) -> _Key:
    at = finding.location
    path = at.path.encode("utf-8", "surrogatepass") if at.raw_path is None else at.raw_path
    return finding.rule_id, finding.fingerprint, path, at.begin, finding.in_head
