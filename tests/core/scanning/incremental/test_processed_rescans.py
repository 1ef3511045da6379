"""Processors see the same text in a rescan as in a scan of everything; decoders are a part of what a rule has seen."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core import Decoder, Dropped, Engine, Finding, FindingInText, Processor, hookimpl
from beca_core.sources.git.source import GitSource
from beca_core.state.state import State
from tests.conftest import PROFILE
from tests.core.scanning.incremental.worlds import World, registry_of, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core import PluginRegistry
    from beca_core.report import Report
    from tests.core.scanning.incremental.worlds import Step

SEQUENCES = int(os.environ.get("BECA_TEST_SEQUENCES") or {"nightly": 200}.get(PROFILE, 12))


class Judging:
    """A plugin whose answers depend on the text around a finding."""

    @hookimpl
    def beca_register_processors(self) -> list[Processor]:
        return [self.judge]

    def judge(self, found: FindingInText) -> Finding | Dropped:
        assert found.text[found.begin : found.end] == found.finding.secret
        if found.text.endswith(b"\xff"):
            return Dropped("its line is not text")
        around = found.text[: found.begin] + b"_" + found.text[found.end :]
        for word in (b"swordfish", b"marlin"):
            around = around.replace(word, b"FISH")
        return replace(found.finding, description=f"{found.finding.description} {around!r} {found.begin}")


def registry(world: World) -> PluginRegistry:
    built = registry_of(world.rules, world.distribution)
    built.register(Judging(), "judging")
    return built


def scan(world: World, since: State | None = None) -> Report:
    built = registry(world)
    chosen = None if world.chosen is None else [rule for rule in world.chosen if rule in built.rules]
    with GitSource(world.path) as source:
        return Engine(built, rules=chosen or None).scan(source, since=since, with_secrets=False)


def run(world: World, batches: list[list[Step]]) -> None:
    file = world.path / "beca-state"
    state = None
    for batch in batches:
        for step in batch:
            if step.kind != "hurry":
                world.apply(step)
        report, whole = scan(world, state), scan(world)
        assert [replace(found, change=None) for found in report.findings] == list(whole.findings)
        assert report.coverage.filtered == whole.coverage.filtered
        assert report.coverage.problems == ()
        assert report.state is not None
        report.state.save(file)
        assert b"FISH" not in file.read_bytes()
        state = State.load(file)


@pytest.mark.slow
@settings(max_examples=SEQUENCES)
@given(st.lists(st.lists(steps, min_size=1, max_size=3), min_size=2, max_size=5))
def test_a_rescan_processes_as_a_scan_of_everything_does(batches: list[list[Step]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        run(World(Path(directory) / "world"), batches)


def test_the_text_of_a_carried_finding_is_read_again(world: World) -> None:
    first = scan(world)
    again = scan(world, first.state)
    assert again.coverage.commits + again.coverage.blobs == 0
    assert [found.description for found in again.findings] == [found.description for found in first.findings]
    assert any("FISH" in found.description or "_" in found.description for found in first.findings)


def test_no_text_is_kept_in_a_state(world: World) -> None:
    report = scan(world)
    assert report.state is not None
    hits = [hit for of_object in report.state.hits.values() for hit in of_object]
    assert hits
    assert {hit.around for hit in hits} == {None}


class Reversing:
    """A plugin with a decoder."""

    @hookimpl
    def beca_register_decoders(self) -> list[Decoder]:
        return [Decoder("reversed", (b"hsif",), self.decode)]

    def decode(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        yield 0, len(data), data[::-1]


def test_a_new_decoder_is_run_over_what_was_scanned_before(world: World) -> None:
    def scan_with(decoder: bool, since: Report | None) -> Report:
        built = registry_of(world.rules)
        if decoder:
            built.register(Reversing(), "reversing")
        with GitSource(world.path) as source:
            return Engine(built).scan(source, since=since and since.state)

    before = scan_with(False, None)
    after = scan_with(True, before)
    assert after.coverage.blobs == before.coverage.blobs
    assert scan_with(True, after).coverage.blobs == 0
    assert scan_with(False, after).coverage.blobs == before.coverage.blobs
