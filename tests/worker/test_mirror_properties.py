"""After any pushes to a repository, a scan of its mirror finds what a scan of a fresh clone finds."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_api.worker.mirrors.mirror_directory import MirrorDirectory
from beca_api.worker.mirrors.mirror_update import bring_up_to_date
from beca_core import Engine, Limits
from beca_core.sources.git.remote.fetch import RemoteRepository
from beca_core.sources.git.remote.mirroring import is_shallow, make_mirror
from beca_core.sources.git.source import GitSource
from beca_core.sources.limits import Scope, UrlPolicy
from tests.core.scanning.incremental.worlds import KINDS, Step, World, registry_of
from tests.core.sources.git.stores import git

if TYPE_CHECKING:
    from beca_core.report import Report
    from beca_core.state.state import State

pytestmark = pytest.mark.slow

PUSHES = [kind for kind in KINDS if kind not in ("add_unreachable", "hurry")]
steps = st.builds(Step, st.sampled_from(PUSHES), st.tuples(*[st.integers(0, 40)] * 4))


def remote_of(world: World) -> RemoteRepository:
    return RemoteRepository(
        f"file://{world.path}", policy=UrlPolicy(frozenset({"file"})), limits=Limits(fetch_seconds=60)
    )


def scan(world: World, repository: Path, scope: Scope, since: State | None = None) -> Report:
    with GitSource(repository, scope) as source:
        return Engine(registry_of(world.rules)).scan(source, since=since)


def contents(repository: Path) -> set[str]:
    """The refs and the objects of a repository."""
    refs = git(repository, "for-each-ref", "--format=%(objectname) %(refname)").decode().splitlines()
    objects = git(repository, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").decode().split()
    return {(repository / "HEAD").read_text(), *refs, *objects}


def run(directory: Path, batches: list[list[Step]]) -> None:
    """After each batch of pushes, compare a scan of the updated mirror that resumes with a full scan of a new clone."""
    world, mirror = World(directory / "world"), MirrorDirectory(directory / "mirror")
    states: dict[Scope, State | None] = {Scope.HISTORY: None, Scope.HEAD: None}
    for number, batch in enumerate(batches):
        for step in batch:
            world.apply(step)
        fresh = directory / f"fresh-{number}.git"
        make_mirror(remote_of(world), fresh)
        with mirror.locked() as is_mine:
            assert is_mine
            updated = bring_up_to_date(mirror, remote_of(world))
            assert contents(updated) == contents(fresh)
            for scope, state in states.items():
                compare(scan(world, updated, scope, state), scan(world, fresh, scope))
                states[scope] = scan(world, updated, scope, state).state


def compare(resumed: Report, full: Report) -> None:
    assert [replace(found, change=None) for found in resumed.findings] == list(full.findings)
    assert set(resumed.skipped) == set(full.skipped)
    assert resumed.coverage.complete == full.coverage.complete


@settings(max_examples=12)
@given(st.lists(st.lists(steps, min_size=1, max_size=3), min_size=2, max_size=5))
def test_a_scan_of_the_mirror_finds_what_a_scan_of_a_fresh_clone_finds(batches: list[list[Step]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        run(Path(directory), batches)


def test_a_remote_that_is_no_longer_shallow_is_fetched_anew(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    for number in range(3):
        world.commit(0, number, number, 2 * number)
    git(world.path, "clone", "--quiet", "--bare", "--depth=1", f"file://{world.path}", str(tmp_path / "shallow.git"))
    url = f"file://{tmp_path}/shallow.git"
    mirror, policy = MirrorDirectory(tmp_path / "mirror"), UrlPolicy(frozenset({"file"}))
    with mirror.locked():
        for is_cut in (True, False):
            updated = bring_up_to_date(mirror, RemoteRepository(url, policy=policy, limits=Limits(fetch_seconds=60)))
            assert is_shallow(updated) is is_cut
            assert contents(updated) == contents(tmp_path / "shallow.git")
            if is_cut:
                git(tmp_path / "shallow.git", "fetch", "--quiet", "--unshallow", f"file://{world.path}")
