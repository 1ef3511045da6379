"""Counts of what was found and what was missed, and the figures that follow from them.

A finding on lines with a label counts for that label. Lines without a label are unknown: what is found there is not
counted. A range counts once, however many findings are on it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from judging.answers import Answer
    from judging.labelled import LabelledRange


@dataclass(frozen=True, slots=True)
class Score:
    """How many ranges were right and wrong.

    Args:
        hits: Credentials that were found.
        misses: Credentials that were not found.
        false_alarms: Ranges found that hold no credential.
        passed: Ranges without a credential that were not found.
    """

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    passed: int = 0

    @property
    def precision(self) -> float | None:
        """The share of what was found that is a credential; nothing if nothing was found."""
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float | None:
        """The share of credentials that were found; nothing if there are none."""
        return _share(self.hits, self.hits + self.misses)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; nothing if nothing is a credential and nothing was found."""
        return _share(2 * self.hits, 2 * self.hits + self.misses + self.false_alarms)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scanner made of labelled ranges.

    Args:
        total: Over all ranges.
        categories: For each category; a range with two categories counts in both.
        rules: For each rule that found something, hits and false alarms; what it should have found is not known.
        missed: Credentials that it did not find.
        wrong: What it found that is none, with the rules that did.
    """

    total: Score
    categories: dict[str, Score]
    rules: dict[str, Score]
    missed: list[LabelledRange] = field(default_factory=list)
    wrong: list[tuple[LabelledRange, tuple[str, ...]]] = field(default_factory=list)


def judge(ranges: Sequence[LabelledRange], answers: Iterable[Answer]) -> Outcome:
    """Hold what a scanner reported against the labels."""
    by_path: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_path[answer.path].append(answer)
    judged = [(one, _rules_on(one, by_path.get(one.path, ()))) for one in ranges]
    categories = {name for one in ranges for name in one.categories}
    rules = sorted({rule for _, found in judged for rule in found})
    return Outcome(
        total=_score((one.is_secret, bool(found)) for one, found in judged),
        categories={
            name: _score((one.is_secret, bool(found)) for one, found in judged if name in one.categories)
            for name in sorted(categories)
        },
        rules={rule: _score((one.is_secret, True) for one, found in judged if rule in found) for rule in rules},
        missed=[one for one, found in judged if one.is_secret and not found],
        wrong=[(one, found) for one, found in judged if not one.is_secret and found],
    )


def is_on(answer: Answer, labelled: LabelledRange) -> bool:
    """Say whether a finding of the same file is on the lines of a range.

    It also has to touch one of the values, where the range names values and the finding has a place in the line.
    """
    if answer.last < labelled.first or labelled.last < answer.first:
        return False
    if not labelled.columns or answer.columns is None or answer.first != labelled.first:
        return True
    begin, end = answer.columns
    return any(begin < last and first < end for first, last in labelled.columns)


def _rules_on(labelled: LabelledRange, answers: Iterable[Answer]) -> tuple[str, ...]:
    return tuple(sorted({answer.rule for answer in answers if is_on(answer, labelled)}))


def _score(pairs: Iterable[tuple[bool, bool]]) -> Score:
    counts = dict.fromkeys(((True, True), (True, False), (False, True), (False, False)), 0)
    for pair in pairs:
        counts[pair] += 1
    return Score(*counts.values())


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
