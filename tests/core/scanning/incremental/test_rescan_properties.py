"""After any change of a repository or of the rules, a rescan says what a full scan says, and what is new is new.

The rules also change in what decides between them, in what has to be near a secret, in the paths that they are for,
and in their names. What is dropped is the same too.

BECA_TEST_SEQUENCES sets how many random sequences are tried; the nightly profile tries 300.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core import Confidence, Engine, Limits, Step
from beca_core.sources.git.source import GitSource
from beca_core.state.state import State
from tests.conftest import PROFILE
from tests.core.scanning.incremental.known_places import Known, Places
from tests.core.scanning.incremental.worlds import CONTENTS as WRITTEN
from tests.core.scanning.incremental.worlds import RULESETS, World, registry_of, steps

if TYPE_CHECKING:
    from beca_core.report import Report
    from tests.core.scanning.incremental.worlds import Step as Change

SEQUENCES = int(os.environ.get("BECA_TEST_SEQUENCES") or {"nightly": 300}.get(PROFILE, 12))

FILES: dict[str, dict[str, str]] = {}
CONTENTS: dict[str, bytes] = {}
AT_PLACES = (Step.PATH, Step.PRECEDENCE, Step.THRESHOLD, Step.FILTER)
"""The steps that are counted at each place, also in contents that are not read again."""


def scan(world: World, since: State | None = None, *, with_suppressed: bool = False) -> Report:
    limits = Limits() if world.has_time else Limits(scan_seconds=0)
    registry = registry_of(world.rules, world.distribution)
    chosen = None if world.chosen is None else [rule for rule in world.chosen if rule in registry.rules]
    with GitSource(world.path) as source:
        return Engine(registry, rules=chosen or None, limits=limits).scan(
            source, since=since, with_suppressed=with_suppressed
        )


def names_of(world: World) -> dict[str, str]:
    """The names of rules by those that they had before."""
    rules = registry_of(world.rules).rules
    return {former: rule.id for rule in rules.values() for former in rule.former_ids}


def dropped_at_places(report: Report) -> dict[str, int]:
    """How much was dropped after the matcher, by step."""
    return {step: count for step, count in report.coverage.suppressed.items() if step in AT_PLACES}


def compare_suppressed(world: World, state: State | None, whole: Report) -> None:
    """Ask for what was dropped, from a state and without one: it is the same, and changes no finding."""
    again, listed = scan(world, state, with_suppressed=True), scan(world, with_suppressed=True)
    assert again.suppressed is not None
    assert listed.suppressed is not None
    assert [replace(each, finding=replace(each.finding, change=None)) for each in again.suppressed] == [
        *listed.suppressed
    ]
    assert again.coverage.suppressed == listed.coverage.suppressed == whole.coverage.suppressed
    assert [replace(found, change=None) for found in again.findings] == list(listed.findings) == list(whole.findings)


def run(world: World, batches: list[list[Change]]) -> None:
    """Scan after each batch of steps, twice: from the state of the scan before, which was saved, and as a whole.

    A scan in a hurry is not compared: it only leaves a state of which others have to make the best.
    """
    file = world.path / "beca-state"
    state, known = None, Known()
    for batch in batches:
        for step in batch:
            world.apply(step)
        report = scan(world, state)
        known.rename(names_of(world))
        if world.has_time:
            whole = scan(world)
            assert [replace(found, change=None) for found in report.findings] == list(whole.findings)
            assert set(report.skipped) == set(whole.skipped)
            assert report.coverage.complete == whole.coverage.complete
            assert dropped_at_places(report) == dropped_at_places(whole)
            places = Places(world.path, FILES, CONTENTS)
            assert [found.presence for found in whole.findings] == [*map(places.where, whole.findings)]
            if state is not None:
                assert [found.change for found in report.findings] == known.expected(report.findings)
            compare_suppressed(world, state, whole)
        known.learn(report.findings, set(report.ruleset), is_complete=world.has_time)
        world.has_time = True
        assert report.state is not None
        report.state.save(file)
        state = State.load(file)


@pytest.mark.slow
@settings(max_examples=SEQUENCES)
@given(st.lists(st.lists(steps, min_size=1, max_size=3), min_size=2, max_size=6))
def test_a_rescan_says_what_a_scan_of_everything_says(batches: list[list[Change]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        run(World(Path(directory) / "world"), batches)


@pytest.mark.slow
def test_the_worlds_have_what_a_rescan_has_to_get_right(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    for number in range(len(WRITTEN)):
        world.commit(0, number, number, number)
        world.commit(0, 1, number + len(WRITTEN), number)
    steps_seen, findings = set[str](), []
    for rules in RULESETS:
        world.rules = rules
        report = scan(world)
        steps_seen |= report.coverage.suppressed.keys()
        findings += report.findings
    assert steps_seen >= {"boundary", "near", "check", "allow", "parts", "path", "precedence"}
    assert {found.variant for found in findings} >= {"", "first", "even"}
    assert {part.name for found in findings for part in found.parts} == {"number", "word", "crew"}
    assert {other.partial for found in findings for other in found.superseded} == {True, False}
    assert any(found.attributes for found in findings)
    assert {found.labels for found in findings} == {(), ("test",)}
    assert {found.lowered_from for found in findings} == {None, Confidence.HIGH}
