"""After any change of a repository or of the rules, a rescan says what a full scan says, and what is new is new.

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

from beca_core import Engine, Limits
from beca_core.sources.git.source import GitSource
from beca_core.state.state import State
from tests.conftest import PROFILE
from tests.core.scanning.incremental.known_places import Known, Places
from tests.core.scanning.incremental.worlds import World, registry_of, steps

if TYPE_CHECKING:
    from beca_core.report import Report
    from tests.core.scanning.incremental.worlds import Step

SEQUENCES = int(os.environ.get("BECA_TEST_SEQUENCES") or {"nightly": 300}.get(PROFILE, 12))

FILES: dict[str, dict[str, str]] = {}
CONTENTS: dict[str, bytes] = {}


def scan(world: World, since: State | None = None) -> Report:
    limits = Limits() if world.has_time else Limits(scan_seconds=0)
    registry = registry_of(world.rules, world.distribution)
    chosen = None if world.chosen is None else [rule for rule in world.chosen if rule in registry.rules]
    with GitSource(world.path) as source:
        return Engine(registry, rules=chosen or None, limits=limits).scan(source, since=since)


def run(world: World, batches: list[list[Step]]) -> None:
    """Scan after each batch of steps, twice: from the state of the scan before, which was saved, and as a whole.

    A scan in a hurry is not compared: it only leaves a state of which others have to make the best.
    """
    file = world.path / "beca-state"
    state, known = None, Known()
    for batch in batches:
        for step in batch:
            world.apply(step)
        report = scan(world, state)
        if world.has_time:
            whole = scan(world)
            assert [replace(found, change=None) for found in report.findings] == list(whole.findings)
            assert set(report.skipped) == set(whole.skipped)
            assert report.coverage.complete == whole.coverage.complete
            places = Places(world.path, FILES, CONTENTS)
            assert [found.presence for found in whole.findings] == [*map(places.where, whole.findings)]
            if state is not None:
                assert [found.change for found in report.findings] == known.expected(report.findings)
        known.learn(report.findings, set(report.ruleset), is_complete=world.has_time)
        world.has_time = True
        assert report.state is not None
        report.state.save(file)
        state = State.load(file)


@pytest.mark.slow
@settings(max_examples=SEQUENCES)
@given(st.lists(st.lists(steps, min_size=1, max_size=3), min_size=2, max_size=6))
def test_a_rescan_says_what_a_scan_of_everything_says(batches: list[list[Step]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        run(World(Path(directory) / "world"), batches)
