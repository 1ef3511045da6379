"""The run: each fault is seeded, and the kit is asked what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beca_core import PluginRegistry
from beca_core.errors import InvalidRule
from beca_core.testing import prove_rule
from tests.mutations.faults import Fault, faults

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beca_core import Rule


class Outcome(NamedTuple):
    """What the kit said of a fault.

    Args:
        fault: The fault.
        failures: What it said; nothing: the fault survived.
    """

    fault: Fault
    failures: list[str]


class Tally(NamedTuple):
    """How many faults of a kind there were.

    Args:
        seeded: How many.
        caught: How many of them the kit reported.
    """

    seeded: int
    caught: int


def outcomes(rules: Iterable[Rule]) -> list[Outcome]:
    """Return what the kit says of each fault of some rules; what cannot even be registered is left out."""
    found = []
    for rule in rules:
        for fault in faults(rule):
            try:
                registry = PluginRegistry(cache_dir=False).with_rules([fault.rule])
            except InvalidRule:
                continue
            found.append(Outcome(fault, prove_rule(fault.rule, registry)))
    return found


def by_kind(found: Iterable[Outcome]) -> dict[str, Tally]:
    """Return how many faults of each kind were caught."""
    tallies: dict[str, Tally] = {}
    for outcome in found:
        seeded, caught = tallies.get(outcome.fault.kind, Tally(0, 0))
        tallies[outcome.fault.kind] = Tally(seeded + 1, caught + bool(outcome.failures))
    return tallies


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of some tallies."""
    given = list(tallies)
    return Tally(sum(tally.seeded for tally in given), sum(tally.caught for tally in given))
