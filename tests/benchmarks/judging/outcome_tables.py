"""Figures of accuracy as tables in Markdown, and lists of what was missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from measure.tables import ABSENT, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from judging.scores import Outcome, Score

_HEADS: Final = ("found", "missed", "false", "passed", "precision", "recall", "F1")


def table_of_scanners(outcomes: Mapping[str, Outcome]) -> str:
    """Return a row for each scanner."""
    return table(("scanner", *_HEADS), [(name, *_cells(outcome.total)) for name, outcome in outcomes.items()])


def table_of_categories(outcome: Outcome) -> str:
    """Return a row for each category."""
    return table(("category", *_HEADS), [(name, *_cells(score)) for name, score in outcome.categories.items()])


def table_of_rules(outcome: Outcome) -> str:
    """Return a row for each rule that found something, the most false alarms first."""
    rules = sorted(outcome.rules.items(), key=lambda rule: (-rule[1].false_alarms, -rule[1].hits, rule[0]))
    rows = [(name, str(score.hits), str(score.false_alarms), _percent(score.precision)) for name, score in rules]
    return table(("rule", "found", "false", "precision"), rows)


def table_of_f1(outcomes: Mapping[str, Outcome]) -> str:
    """Return the F1 of each scanner by category."""
    names = dict.fromkeys(name for outcome in outcomes.values() for name in outcome.categories)
    rows = [(name, *(_percent(outcome.categories[name].f1) for outcome in outcomes.values())) for name in names]
    return table(("category", *outcomes), rows)


def lines_of_misses(outcome: Outcome) -> Iterator[str]:
    """Yield a line for each place that was judged wrongly: what was missed first, then what is none."""
    for one in outcome.missed:
        yield f"missed {one.path}:{one.first} {':'.join(one.categories)}"
    for one, rules in outcome.wrong:
        yield f"false {one.path}:{one.first} {':'.join(one.categories)} {','.join(rules)}"


def _cells(score: Score) -> tuple[str, ...]:
    counts = (score.hits, score.misses, score.false_alarms, score.passed)
    return (*map(str, counts), *map(_percent, (score.precision, score.recall, score.f1)))


def _percent(share: float | None) -> str:
    return ABSENT if share is None else f"{share:.3f}"
