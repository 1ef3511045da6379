"""`Precedence`: one secret is one finding, that of the most specific rule.

Hits of different rules are hits of one secret if they are in the same content, member and decodings, and the span of
one is or contains that of the other. Where several rules have found a secret, a hit wins in this order:

1. It wins over the hits of the rules that its own rule supersedes, transitively. Rules that supersede each other, in a
   cycle of any length, count as rules that do not.
2. The one of a rule that is not of the category `generic`; with the higher confidence; of a rule with a provider; with
   the higher severity; with the longer span; of the rule whose id comes first in the alphabet.

A hit in encoded text also wins over one that has the encoded text itself, if its rule supersedes the other: what is
encoded in the value of `private_key` is a key in PEM, and not another secret.

Winners are chosen one after the other, and one that is a hit of the same secret as an earlier winner loses. So each hit
that loses is of the same secret as a winner, and what has two secrets in it hides neither of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.findings import MAX_SUPERSEDED, SupersededRule
from beca_core.scanning.results.path_labels import GENERIC
from beca_core.scanning.results.superiors import superiors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from beca_core.findings import Position
    from beca_core.rules.rule import RuleInfo
    from beca_core.state.hit import Hit

_MOST_NEIGHBOURS: Final = 10
"""How many winners on each side are compared with a hit that has lost, to list it in each of the same secret."""


class Decision(NamedTuple):
    """What has become of a hit.

    Args:
        winner: The hit of a more specific rule to which it has lost; None: it has won.
        superseded: What less specific rules have found of its secret, if it has won.
    """

    winner: Hit | None = None
    superseded: tuple[SupersededRule, ...] = ()


WON: Final = Decision()


class Precedence:
    """Decides which hits of a content are findings.

    Args:
        rules: Returns all rules, by id, those that take no part included; asked for when several rules have found one
            secret.
    """

    def __init__(self, rules: Callable[[], Mapping[str, RuleInfo]]) -> None:
        self._get_rules = rules

    def decide(self, hits: Sequence[Hit]) -> list[Decision]:
        """Return a decision for each hit.

        Args:
            hits: All hits in one content of rules that apply where it is, with their fingerprints.
        """
        decisions = [WON] * len(hits)
        if len({hit.rule_id for hit in hits}) > 1:
            for cluster in _clusters(hits):
                for number, decision in self._decisions(hits, cluster):
                    decisions[number] = decision
            if any(hit.decodings for hit in hits):
                self._decide_across(hits, decisions)
        return decisions

    def _decide_across(self, hits: Sequence[Hit], decisions: list[Decision]) -> None:
        """Let the winners in encoded text win over those that have the encoded text itself."""
        of_member: dict[bytes, list[int]] = defaultdict(list)
        for number, hit in enumerate(hits):
            if decisions[number].winner is None:
                of_member[hit.member].append(number)
        for numbers in of_member.values():
            spans = _Spans([hits[number] for number in numbers])
            gained: dict[int, list[SupersededRule]] = defaultdict(list)
            for at, winner, others in self._lost_across(spans):
                number, found = numbers[at], spans.hits[at]
                for other in others:
                    itself = SupersededRule(found.rule_id, found.fingerprint, not spans.contains(at, other))
                    gained[numbers[other]] += itself, *decisions[number].superseded
                gained.pop(number, None)
                decisions[number] = Decision(spans.hits[winner])
            for number, superseded in gained.items():
                decisions[number] = Decision(superseded=merged((*decisions[number].superseded, *superseded)))

    def _lost_across(self, spans: _Spans) -> Iterator[tuple[int, int, set[int]]]:
        """Yield hits that have encoded text itself, each with a winner in what is encoded there, and with all of them.

        What is encoded most often comes first, and what has lost wins over nothing.
        """
        readings: dict[tuple[tuple[str, ...], str], list[int]] = defaultdict(list)
        for at, hit in enumerate(spans.hits):
            readings[hit.decodings, hit.rule_id].append(at)
        for decodings, rule_id in sorted(readings, key=lambda reading: -len(reading[0])):
            above = self._superiors.get(rule_id, frozenset())
            rivals = _Winners(spans)
            for (others, superior), within in readings.items():
                if superior in above and len(others) > len(decodings) and others[: len(decodings)] == decodings:
                    for at in within:
                        rivals.add(at)
            lost = {at: found for at in readings[decodings, rule_id] if (found := rivals.rival(at)) is not None}
            for at, winner in lost.items():
                yield at, winner, {winner, *rivals.neighbours(at)}
            readings[decodings, rule_id] = [at for at in readings[decodings, rule_id] if at not in lost]

    def are_rivals(self, hit: Hit, other: Hit) -> bool:
        """Return whether two hits of different rules in one content are of one secret."""
        is_within = other.begin <= hit.begin and hit.end <= other.end
        if hit.member != other.member or not (is_within or (hit.begin <= other.begin and other.end <= hit.end)):
            return False
        if hit.decodings == other.decodings:
            return True
        outer, inner = sorted((hit, other), key=lambda each: len(each.decodings))
        is_inside = inner.decodings[: len(outer.decodings)] == outer.decodings
        return is_inside and inner.rule_id in self._superiors.get(outer.rule_id, ())

    def reason(self, winner: Hit, loser: Hit) -> str:
        """Return why one hit wins over another of the same secret, in words that continue "because".

        Args:
            winner: The hit of the more specific rule.
            loser: The other one.
        """
        if winner.rule_id in self._superiors.get(loser.rule_id, ()):
            return f"{winner.rule_id} supersedes {loser.rule_id}"
        rule, other = self._rules[winner.rule_id], self._rules[loser.rule_id]
        if rule.category != other.category == GENERIC:
            return f"{loser.rule_id} is generic"
        if winner.confidence is not loser.confidence:
            return f"its confidence is {winner.confidence}, not {loser.confidence}"
        if bool(rule.provider) is not bool(other.provider):
            return f"it has a provider, and {loser.rule_id} has none"
        severity, of_other = winner.severity or rule.severity, loser.severity or other.severity
        if severity is not of_other:
            return f"its severity is {severity}, not {of_other}"
        if (winner.begin, winner.end) != (loser.begin, loser.end):
            return "it has found more of the secret"
        return "its id comes first in the alphabet"

    @cached_property
    def _rules(self) -> Mapping[str, RuleInfo]:
        return self._get_rules()

    @cached_property
    def _superiors(self) -> dict[str, frozenset[str]]:
        return superiors(self._rules.values())

    @cached_property
    def _depths(self) -> dict[str, int]:
        """For each rule how many rules are above it, so that a rule has more of them than each of those has."""
        return {rule_id: len(above) for rule_id, above in self._superiors.items()}

    def _decisions(self, hits: Sequence[Hit], cluster: list[int]) -> Iterator[tuple[int, Decision]]:
        """Yield the decisions that are not `WON`."""
        if len(cluster) == 2:
            yield from self._decisions_of_two(hits, *cluster)
            return
        spans = _Spans([hits[number] for number in cluster])
        winners = _Winners(spans)
        lost: list[tuple[int, int]] = []
        for at in sorted(range(len(cluster)), key=self._order(spans)):
            winner = winners.rival(at)
            if winner is None:
                winners.add(at)
            else:
                lost.append((at, winner))
        lists: dict[int, set[SupersededRule]] = defaultdict(set)
        for at, winner in lost:
            found = spans.hits[at]
            yield cluster[at], Decision(spans.hits[winner])
            for neighbour in {winner, *winners.neighbours(at)}:
                of_winner = lists[neighbour]
                if len(of_winner) < MAX_SUPERSEDED:
                    is_partial = not spans.contains(at, neighbour)
                    of_winner.add(SupersededRule(found.rule_id, found.fingerprint, is_partial))
        for winner, superseded in lists.items():
            yield cluster[winner], Decision(superseded=merged(superseded))

    def _decisions_of_two(self, hits: Sequence[Hit], one: int, other: int) -> Iterator[tuple[int, Decision]]:
        """Yield the decisions about two hits of two rules, one of which may be within the other, as most are."""
        first, second = hits[one], hits[other]
        is_within = first.begin <= second.begin and second.end <= first.end
        if not is_within and not (second.begin <= first.begin and first.end <= second.end):
            return
        keys = [
            (rival.rule_id in self._superiors.get(hit.rule_id, ()), *self._rank(hit))
            for hit, rival in ((first, second), (second, first))
        ]
        winner, loser = (one, other) if keys[0] < keys[1] else (other, one)
        lost, won = hits[loser], hits[winner]
        is_partial = not (lost.begin <= won.begin and won.end <= lost.end)
        yield loser, Decision(won)
        yield winner, Decision(superseded=(SupersededRule(lost.rule_id, lost.fingerprint, is_partial),))

    def _rank(self, hit: Hit) -> tuple[object, ...]:
        """Return a sort key of hits: those come first that win over others."""
        rule = self._rules[hit.rule_id]
        severity = hit.severity or rule.severity
        longer = hit.begin.line - hit.end.line, hit.begin.column - hit.end.column  # within another span, it is exact
        is_generic = rule.category == GENERIC
        rank = is_generic, -hit.confidence.rank, not rule.provider, -severity.rank, longer, hit.rule_id
        return *rank, hit.begin, hit.fingerprint

    def _order(self, spans: _Spans) -> Callable[[int], tuple[object, ...]]:
        """Return a sort key of hits; those of one secret that a superior rule has found too come after all others."""
        present = spans.by_rule
        blocked: dict[int, int] = {}
        for rule_id, numbers in present.items():
            above = self._superiors.get(rule_id, frozenset()).intersection(present)
            if above:
                rivals = _Winners(spans)
                for superior in above:
                    for at in present[superior]:
                        rivals.add(at)
                blocked.update({at: self._depths[rule_id] for at in numbers if rivals.rival(at) is not None})

        def key(at: int) -> tuple[object, ...]:
            return blocked.get(at, 0), *self._rank(spans.hits[at])

        return key


def merged(superseded: Iterable[SupersededRule]) -> tuple[SupersededRule, ...]:
    """Return what is superseded once, sorted, at most `MAX_SUPERSEDED`; what is more than a part comes first."""
    whole = {(each.rule_id, each.fingerprint) for each in superseded if not each.partial}
    kept = {each for each in superseded if not each.partial or (each.rule_id, each.fingerprint) not in whole}
    chosen = sorted(kept, key=lambda each: (each.partial, each))[:MAX_SUPERSEDED]
    return tuple(sorted(chosen))


def _clusters(hits: Sequence[Hit]) -> Iterator[list[int]]:
    """Yield the numbers of hits of several rules that overlap, one with the next."""
    readings: dict[tuple[bytes, tuple[str, ...]], list[int]] = defaultdict(list)
    for number, hit in enumerate(hits):
        readings[hit.member, hit.decodings].append(number)
    for numbers in readings.values():
        numbers.sort(key=lambda number: hits[number].begin)
        cluster: list[int] = []
        end: Position | None = None
        for number in numbers:
            hit = hits[number]
            if end is not None and hit.begin >= end:
                if len({hits[each].rule_id for each in cluster}) > 1:
                    yield cluster
                cluster, end = [], None
            cluster.append(number)
            end = hit.end if end is None else max(end, hit.end)
        if len({hits[each].rule_id for each in cluster}) > 1:
            yield cluster


class _Spans:
    """The spans of some hits, as small numbers.

    Args:
        hits: The hits.
    """

    def __init__(self, hits: list[Hit]) -> None:
        self.hits = hits
        begins = {begin: number for number, begin in enumerate(sorted({hit.begin for hit in hits}))}
        ends = {end: number for number, end in enumerate(sorted({hit.end for hit in hits}))}
        self.begins = [begins[hit.begin] for hit in hits]
        self.ends = [ends[hit.end] for hit in hits]
        self.by_rule: dict[str, list[int]] = defaultdict(list)
        for at, hit in enumerate(hits):
            self.by_rule[hit.rule_id].append(at)

    def contains(self, at: int, other: int) -> bool:
        """Return whether the span of a hit is or contains that of another."""
        return self.begins[at] <= self.begins[other] and self.ends[other] <= self.ends[at]


class _Winners:
    """Some hits, among which those of other rules are found that contain a span or are in it.

    Args:
        spans: The spans of all hits.
    """

    def __init__(self, spans: _Spans) -> None:
        self._spans = spans
        self._last = max(spans.begins)
        self._around = _Greatest(self._last + 1)
        self._within = _Greatest(self._last + 1)
        self._sorted: list[tuple[int, int]] | None = None
        self._added: list[int] = []

    def add(self, at: int) -> None:
        """Add a hit."""
        begin, end, rule_id = self._spans.begins[at], self._spans.ends[at], self._spans.hits[at].rule_id
        self._around.add(begin, (end, rule_id, at))
        self._within.add(self._last - begin, (-end, rule_id, at))
        self._added.append(at)

    def rival(self, at: int) -> int | None:
        """Return a hit of another rule whose span contains that of a hit or is in it; None: there is none."""
        begin, end, rule_id = self._spans.begins[at], self._spans.ends[at], self._spans.hits[at].rule_id
        around = self._around.greatest(begin, rule_id)
        if around is not None and around[0] >= end:
            return around[2]
        within = self._within.greatest(self._last - begin, rule_id)
        return within[2] if within is not None and -within[0] <= end else None

    def neighbours(self, at: int) -> Iterator[int]:
        """Yield the hits of other rules that contain a hit or are in it; nothing may be added any more."""
        spans, rule_id = self._spans, self._spans.hits[at].rule_id
        if self._sorted is None:
            self._sorted = sorted((spans.begins[added], added) for added in self._added)
        after = bisect_left(self._sorted, (spans.begins[at], -1))
        before = bisect_right(self._sorted, (spans.begins[at], len(spans.hits)))
        for _, other in self._sorted[max(0, before - _MOST_NEIGHBOURS) : after + _MOST_NEIGHBOURS]:
            if (spans.contains(at, other) or spans.contains(other, at)) and spans.hits[other].rule_id != rule_id:
                yield other


_Entry = tuple[int, str, int]
"""A value, the rule that it is of, and the number of the hit."""


class _Greatest:
    """The greatest value up to an index that is not of some rule: a Fenwick tree of the two greatest of two rules.

    Args:
        size: Number of indexes.
    """

    def __init__(self, size: int) -> None:
        self._nodes: list[tuple[_Entry, ...]] = [()] * size

    def add(self, index: int, entry: _Entry) -> None:
        """Add a value at an index."""
        while index < len(self._nodes):
            self._nodes[index] = _two_greatest((*self._nodes[index], entry))
            index |= index + 1

    def greatest(self, index: int, but: str) -> _Entry | None:
        """Return the entry with the greatest value at an index or before it that is of another rule."""
        found: _Entry | None = None
        while index >= 0:
            for entry in self._nodes[index]:
                if entry[1] != but:
                    found = entry if found is None else max(found, entry)
                    break
            index = (index & (index + 1)) - 1
        return found


def _two_greatest(entries: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
    first = max(entries)
    others = [entry for entry in entries if entry[1] != first[1]]
    return (first, max(others)) if others else (first,)
