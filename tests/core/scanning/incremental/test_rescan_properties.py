"""After any change of a repository, a rescan finds what a full scan finds."""

from __future__ import annotations

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
from tests.core.scanning.incremental.worlds import World, registry_of, steps

if TYPE_CHECKING:
    from beca_core.report import Report
    from tests.core.scanning.incremental.worlds import Step


def scan(world: World, since: State | None = None) -> Report:
    limits = Limits() if world.has_time else Limits(scan_seconds=0)
    with GitSource(world.path) as source:
        return Engine(registry_of(world.rules), limits=limits).scan(source, since=since)


def run(world: World, batches: list[list[Step]]) -> None:
    """Scan after each batch of steps, twice: from the state of the scan before, which was saved, and as a whole.

    A scan in a hurry is not compared: it only leaves a state of which others have to make the best.
    """
    file = world.path / "beca-state"
    state = None
    for batch in batches:
        for step in batch:
            world.apply(step)
        report = scan(world, state)
        if world.has_time:
            whole = scan(world)
            assert [replace(found, change=None) for found in report.findings] == list(whole.findings)
            assert set(report.skipped) == set(whole.skipped)
        world.has_time = True
        assert report.state is not None
        report.state.save(file)
        state = State.load(file)


@pytest.mark.slow
@settings(max_examples=12)
@given(st.lists(st.lists(steps, min_size=1, max_size=3), min_size=2, max_size=6))
def test_a_rescan_finds_what_a_scan_of_everything_finds(batches: list[list[Step]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        run(World(Path(directory) / "world"), batches)
