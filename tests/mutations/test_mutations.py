"""Most faults that are seeded into sound rules are caught by the conformance kit, and those of most kinds always."""

from __future__ import annotations

from typing import Final

import pytest

from tests.mutations.faults import KINDS, faults, secret_span
from tests.mutations.run import by_kind, outcomes, total
from tests.shapes.thirty import SHAPES

LEAST_OF_ALL: Final = 0.95
ALWAYS: Final = frozenset(KINDS) - {"boundary dropped", "characters widened", "length changed"}
"""Of the other kinds, a checksum or another check makes up for a few: what it refuses is refused all the same."""
LEAST_OF_THE_OTHERS: Final = 0.88


@pytest.mark.slow
def test_the_kit_catches_the_faults_that_are_seeded() -> None:
    tallies = by_kind(outcomes(SHAPES))
    assert tallies.keys() == KINDS.keys()
    everything = total(tallies.values())
    assert everything.seeded > 300
    assert everything.caught / everything.seeded >= LEAST_OF_ALL, tallies
    for kind, tally in tallies.items():
        assert tally.caught / tally.seeded >= (1 if kind in ALWAYS else LEAST_OF_THE_OTHERS), (kind, tally)


def test_a_fault_changes_a_rule() -> None:
    for rule in SHAPES:
        for fault in faults(rule):
            assert fault.rule != rule
            assert fault.rule.id == rule.id


@pytest.mark.parametrize(
    ("pattern", "inside"),
    [
        ("(?P<secret>a)", "a"),
        (r"x(?P<secret>(?:a|[)(]\)){2})y", r"(?:a|[)(]\)){2}"),
        (r"(?P<secret>[]a]{2})", "[]a]{2}"),
    ],
)
def test_what_is_in_the_group_of_the_secret(pattern: str, inside: str) -> None:
    begin, end = secret_span(pattern)
    assert pattern[begin:end] == inside
