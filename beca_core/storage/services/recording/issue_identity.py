"""Which findings of a scan belong to which issues, and what is new; a function of keys, without a database.

A place is the fingerprint of a secret and the key of a path. A finding belongs to the issue of its place. If there is
none, and its secret has left a place at HEAD, it has moved: it belongs to the issue of the place that was left, which
keeps the place too. If less specific rules had found the same secret at this path, it belongs to their issue. Else it
begins an issue. The name of a rule is not part of a place, since a fingerprint is made with the oldest id of its rule.

What counts as new is the same as for a rescan on the command line (`beca_core.scanning.results.comparison`): a secret
that was nowhere, or is at HEAD at one more place.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from beca_core.findings import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Place: TypeAlias = tuple[str, str]
"""The fingerprint of a secret, and the key of a path."""


class KnownPlace(NamedTuple):
    """A place where the secret of an issue is or was.

    Args:
        issue_id: The issue.
        at_head: Whether the secret was at HEAD there, by the scan before.
    """

    issue_id: int
    at_head: bool


@dataclass(frozen=True, slots=True)
class ReportedPlaces:
    """The places of a scan's findings.

    Args:
        at_head: For each place whether the secret is at HEAD there.
        superseded: For some of them the places by which less specific rules know the whole secret, or more.
        present: After a rotation of the key, the fingerprints of secrets by those that the key before gives them.
    """

    at_head: dict[Place, bool] = field(default_factory=dict)
    superseded: dict[Place, tuple[Place, ...]] = field(default_factory=dict)
    present: dict[str, str] = field(default_factory=dict)

    def keys(self, place: Place) -> Iterator[Place]:
        """Yield a place, and those by which less specific rules know it."""
        yield place
        yield from self.superseded.get(place, ())


class PlaceComparison:
    """The places of one scan beside those that were known before.

    Args:
        known: The known places.
        reported: The places of the findings now.
    """

    def __init__(self, known: Mapping[Place, KnownPlace], reported: ReportedPlaces) -> None:
        self._known = known
        self._reported = reported
        self._now = dict(reported.at_head)
        for place, others in reported.superseded.items():
            for other in others:
                self._now[other] = reported.at_head[place] or self._now.get(other, False)
        self._origins, self._new = self._moved_and_new()

    def issue_of(self, place: Place) -> int | None:
        """Return the issue to which the findings at a place belong, or None if they begin one."""
        if place in self._known:
            return self._known[place].issue_id
        for key in self._reported.keys(place):
            if key in self._origins:
                return self._known[self._origins[key]].issue_id
            if key in self._known and key not in self._reported.at_head:
                return self._known[key].issue_id
        return None

    def change_of(self, place: Place, *, in_head: bool) -> Change:
        """Return what has become of a finding since the scan before."""
        keys = list(self._reported.keys(place))
        if all(key in self._new for key in keys):
            return Change.NEW
        was_at_head = any(key in self._known and self._known[key].at_head for key in keys)
        return Change.GONE if was_at_head and not in_head else Change.CARRIED

    def left_head(self) -> Iterator[Place]:
        """Yield the known places at HEAD at which the secret no longer is."""
        aliases: defaultdict[int, list[Place]] = defaultdict(list)
        left = [place for place, known in self._known.items() if known.at_head and not self._now.get(place)]
        issues = {self._known[place].issue_id for place in left}
        for place, known in self._known.items():
            if known.issue_id in issues:
                aliases[known.issue_id].append(place)
        seen: set[tuple[int, str]] = set()
        for place in left:
            issue_id = self._known[place].issue_id
            here = [other for other in aliases[issue_id] if other[1] == place[1]]
            if (issue_id, place[1]) not in seen and not any(self._now.get(other) for other in here):
                seen.add((issue_id, place[1]))
                yield place

    def _moved_and_new(self) -> tuple[dict[Place, Place], set[Place]]:
        """Return for each moved place the one that was left for it; and the places that are new."""
        places: defaultdict[str, list[Place]] = defaultdict(list)
        fresh: defaultdict[str, list[Place]] = defaultdict(list)
        secrets = {place[0] for place in self._now.keys() - self._known.keys()}
        for place in self._known:
            if place[0] in secrets:
                places[place[0]].append(place)
        for place in self._now.keys() - self._known.keys():
            if place[0] not in places or self._now[place]:
                fresh[place[0]].append(place)
        origins: dict[Place, Place] = {}
        new: set[Place] = set()
        for secret, arrived in fresh.items():
            arrived.sort()
            left = sorted(place for place in places[secret] if not self._now.get(place))
            if any(self._known[place].at_head for place in places[secret]):
                left = [place for place in left if self._known[place].at_head]
            else:
                left = left[:1]  # it had left HEAD, and comes back at another place
            origins |= dict(zip(arrived, left, strict=False))
            new.update(arrived[len(left) :])
        return origins, new
