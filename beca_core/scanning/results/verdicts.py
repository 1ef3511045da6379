"""`Verdicts`: which hits of a content are findings at a place, after paths and precedence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from beca_core.rules.candidate import DropReason, Step
from beca_core.rules.path_patterns import verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from beca_core.findings import SupersededRule
    from beca_core.rules.rule import RuleInfo
    from beca_core.scanning.results.precedence import Precedence
    from beca_core.sources.contracts import Place
    from beca_core.state.hit import Hit


class DroppedHit(NamedTuple):
    """A match that a step of its rule has dropped.

    Args:
        hit: The match.
        drop: Why.
    """

    hit: Hit
    drop: DropReason


class HitVerdict(NamedTuple):
    """What a hit is at a place.

    Args:
        superseded: What less specific rules have found of its secret there.
        drop: Why it is not a finding; None: it is one.
    """

    superseded: tuple[SupersededRule, ...] = ()
    drop: DropReason | None = None


KEPT: Final = HitVerdict()
_Excluded: TypeAlias = "frozenset[tuple[str, bytes, str]]"
"""Rule, member and deciding pattern, for each rule that does not apply."""


class Verdicts:
    """The verdicts on the hits of some contents, each made once for all places at which the same rules apply.

    Args:
        hits: Hits by blob id, with fingerprints.
        rules: The rules that took part, by id.
        precedence: Decides between rules.
    """

    def __init__(
        self, hits: Mapping[str, Sequence[Hit]], rules: Mapping[str, RuleInfo], precedence: Precedence
    ) -> None:
        self._hits = hits
        self._rules = rules
        self._precedence = precedence
        self._with_paths: dict[str, list[tuple[str, bytes]]] = {}
        self._known: dict[tuple[str, _Excluded], list[HitVerdict]] = {}

    def at(self, place: Place) -> Sequence[HitVerdict]:
        """Return the verdict on each hit of the blob that is at a place."""
        key = place.blob_id, self._excluded(place)
        verdicts = self._known.get(key)
        if verdicts is None:
            verdicts = self._known[key] = self._made(*key)
        return verdicts

    def _excluded(self, place: Place) -> _Excluded:
        limited = self._with_paths.get(place.blob_id)
        if limited is None:
            found = {(hit.rule_id, hit.member) for hit in self._hits[place.blob_id] if self._rules[hit.rule_id].paths}
            limited = self._with_paths[place.blob_id] = sorted(found)
        if not limited:
            return frozenset()
        excluded: set[tuple[str, bytes, str]] = set()
        for rule_id, member in limited:
            applies, pattern = verdict(self._rules[rule_id].paths, place.path, member)
            if not applies:
                excluded.add((rule_id, member, pattern))
        return frozenset(excluded)

    def _made(self, blob_id: str, excluded: _Excluded) -> list[HitVerdict]:
        hits = self._hits[blob_id]
        drops = {(rule_id, member): _path_drop(pattern) for rule_id, member, pattern in excluded}
        verdicts = (
            [HitVerdict(drop=drops.get((hit.rule_id, hit.member))) for hit in hits] if drops else [KEPT] * len(hits)
        )
        applying = [number for number, of_hit in enumerate(verdicts) if of_hit.drop is None]
        decisions = self._precedence.decide([hits[number] for number in applying])
        for number, decision in zip(applying, decisions, strict=True):
            if decision.winner is not None:
                verdicts[number] = HitVerdict(drop=_precedence_drop(decision.winner))
            elif decision.superseded:
                verdicts[number] = HitVerdict(decision.superseded)
        return verdicts


def _path_drop(pattern: str) -> DropReason:
    why = "the pattern excludes its path" if pattern else "no pattern of the rule's paths selects its path"
    return DropReason(Step.PATH, pattern, why)


def _precedence_drop(winner: Hit) -> DropReason:
    return DropReason(Step.PRECEDENCE, winner.rule_id, "a more specific rule has found the same secret")
