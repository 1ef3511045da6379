"""An updated mirror is equal to a fresh fetch: the same refs, and the same objects."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from beca_core import Engine
from beca_core.errors import DeadlineExceeded, FetchFailed
from beca_core.sources.git.remote import mirroring as mirror_module
from beca_core.sources.git.remote.fetch import RemoteRepository
from beca_core.sources.git.remote.mirroring import is_current, is_shallow, make_mirror, update_mirror
from beca_core.sources.git.source import GitSource
from beca_core.sources.limits import Limits, UrlPolicy
from tests.core.scanning.incremental.worlds import World
from tests.core.sources.git.stores import git, packs

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(fetch_seconds=30)


def remote_of(world: World, limits: Limits = LIMITS) -> RemoteRepository:
    return RemoteRepository(f"file://{world.path}", policy=UrlPolicy(frozenset({"file"})), limits=limits)


def facts(repository: Path) -> tuple[str, set[str], set[str]]:
    """HEAD, the refs and the objects of a repository."""
    refs = git(repository, "for-each-ref", "--format=%(objectname) %(refname)").decode().splitlines()
    objects = git(repository, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").decode().split()
    return (repository / "HEAD").read_text(), set(refs), set(objects)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A remote with three commits on `main`, and one on `side`."""
    world = World(tmp_path / "world")
    for number in range(3):
        world.commit(0, number, number, 2 * number)
    world.commit(1, 0, 3, 1)
    return world


@pytest.fixture
def mirror(world: World, tmp_path: Path) -> Path:
    """A mirror of the remote."""
    make_mirror(remote_of(world), tmp_path / "mirror.git")
    return tmp_path / "mirror.git"


def refetched(world: World) -> tuple[str, set[str], set[str]]:
    """The facts of a fresh fetch."""
    target = world.path.parent / "fresh.git"
    shutil.rmtree(target, ignore_errors=True)
    make_mirror(remote_of(world), target)
    return facts(target)


def update(world: World, mirror: Path) -> None:
    """Update the mirror, and check that it is current."""
    assert not is_current(remote_of(world), mirror)
    update_mirror(remote_of(world), mirror)
    assert facts(mirror) == refetched(world)


class TestUpToDate:
    @pytest.mark.slow
    def test_a_new_mirror_is_current(self, world: World, mirror: Path):
        assert is_current(remote_of(world), mirror)
        assert facts(mirror) == refetched(world)

    @pytest.mark.slow
    def test_new_commits_arrive_in_a_pack_of_their_own(self, world: World, mirror: Path):
        before = packs(mirror)
        world.commit(0, 0, 4, 9)
        update(world, mirror)
        assert set(before) < set(packs(mirror))
        assert is_current(remote_of(world), mirror)

    @pytest.mark.slow
    def test_another_head_alone(self, world: World, mirror: Path):
        world.head(1, 0)
        update(world, mirror)

    @pytest.mark.slow
    def test_a_head_that_names_a_missing_branch(self, world: World, mirror: Path):
        world.head(2, 0)
        update(world, mirror)

    @pytest.mark.slow
    def test_a_head_that_is_detached_and_attached_again(self, world: World, mirror: Path):
        world.commit(2, 1, 5, 3)
        aside = world.commits[-1]
        world.delete(2)
        git(world.path, "update-ref", "--no-deref", "HEAD", aside)
        update(world, mirror)
        assert aside in facts(mirror)[2]
        world.head(0, 0)
        update(world, mirror)
        assert aside not in facts(mirror)[2]

    @pytest.mark.slow
    def test_refs_do_not_accumulate_as_files(self, world: World, mirror: Path):
        for number in range(20):
            git(world.path, "update-ref", f"refs/pull/{number}/head", world.commits[0])
        update(world, mirror)
        assert not [path for path in (mirror / "refs").rglob("*") if path.is_file()]

    @pytest.mark.slow
    def test_a_branch_whose_name_becomes_a_directory(self, world: World, mirror: Path):
        git(world.path, "update-ref", "-d", "refs/heads/side")
        git(world.path, "update-ref", "refs/heads/side/way", world.commits[-1])
        update(world, mirror)

    @pytest.mark.slow
    def test_sha256(self, tmp_path: Path):
        world = World(tmp_path / "other", "sha256")
        world.commit(0, 0, 0, 0)
        make_mirror(remote_of(world), tmp_path / "mirror.git")
        world.commit(0, 0, 2, 1)
        update(world, tmp_path / "mirror.git")


class TestUnreachable:
    @pytest.mark.slow
    def test_a_commit_replaced_by_a_force_push_is_removed(self, world: World, mirror: Path):
        lost = world.commits[2]
        git(world.path, "update-ref", "refs/heads/main", world.commits[0])
        update(world, mirror)
        assert lost not in facts(mirror)[2]

    @pytest.mark.slow
    def test_a_deleted_branch_is_removed(self, world: World, mirror: Path):
        world.delete(1)
        update(world, mirror)
        assert world.commits[3] not in facts(mirror)[2]

    @pytest.mark.slow
    def test_a_tag_that_moved_is_removed_although_its_commit_remains(self, world: World, mirror: Path):
        world.tag(0, 1)
        update(world, mirror)
        first = git(mirror, "rev-parse", "refs/tags/t1").decode().strip()
        world.tag(1, 1)
        update(world, mirror)
        assert first not in facts(mirror)[2]

    @pytest.mark.slow
    def test_nothing_is_repacked_if_nothing_became_unreachable(self, world: World, mirror: Path):
        before = packs(mirror)
        git(world.path, "update-ref", "refs/heads/side", world.commits[2])
        git(world.path, "update-ref", "refs/heads/kept", world.commits[3])
        update(world, mirror)
        assert packs(mirror) == before


class TestBounds:
    @pytest.mark.slow
    def test_many_packs_become_one(self, world: World, mirror: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(mirror_module, "MAX_PACKS", 3)
        counts = []
        for number in range(4):
            world.commit(0, number, number + 2, number)
            update(world, mirror)
            counts.append(len(packs(mirror)))
        assert counts == [2, 3, 1, 2]

    @pytest.mark.slow
    def test_a_mirror_that_is_too_large_is_refused(self, world: World, mirror: Path):
        git(world.path, "update-ref", "refs/heads/blob", make_large_commit(world))
        tight = replace(LIMITS, fetch_bytes=1_000_000)
        with pytest.raises(FetchFailed, match="1,000,000 bytes"):
            update_mirror(remote_of(world, tight), mirror)

    def test_all_steps_share_the_time(self, world: World, mirror: Path):
        world.commit(0, 0, 4, 9)
        remote = remote_of(world, replace(LIMITS, fetch_seconds=0.5))
        time.sleep(0.6)
        with pytest.raises(DeadlineExceeded, match=r"0\.5 seconds"):
            update_mirror(remote, mirror)

    def test_the_mirror_is_unchanged_if_the_remote_was_removed(self, world: World, mirror: Path):
        before = facts(mirror)
        world.path.rename(world.path.with_name("moved"))
        with pytest.raises(FetchFailed):
            remote_of(world)
        assert facts(mirror) == before


class TestDamage:
    def test_a_mirror_that_lost_a_pack_is_refused(self, world: World, mirror: Path):
        for path in (mirror / "objects" / "pack").iterdir():
            path.unlink()
        world.commit(0, 0, 4, 9)
        with pytest.raises(FetchFailed):
            update_mirror(remote_of(world), mirror)

    def test_a_mirror_without_head_is_refused(self, world: World, mirror: Path):
        (mirror / "HEAD").unlink()
        assert not is_current(remote_of(world), mirror)
        with pytest.raises(FetchFailed):
            update_mirror(remote_of(world), mirror)

    def test_a_head_that_is_a_link_is_not_current(self, world: World, mirror: Path):
        (mirror / "HEAD").rename(mirror / "other")
        (mirror / "HEAD").symlink_to("other")
        assert not is_current(remote_of(world), mirror)


def make_large_commit(world: World) -> str:
    """A commit whose file cannot be compressed."""
    blob = git(world.path, "hash-object", "-w", "--stdin", data=os.urandom(2_000_000)).decode().strip()
    tree = git(world.path, "mktree", data=f"100644 blob {blob}\tlarge\n".encode()).decode().strip()
    return git(world.path, "commit-tree", "-m", "large", tree).decode().strip()


def test_a_shallow_remote_is_fetched_as_far_as_it_goes(world: World, tmp_path: Path) -> None:
    """git leaves out the refs that need the cut, and reports success, unless it is told to update the cut."""
    git(world.path, "clone", "--quiet", "--bare", "--depth=1", f"file://{world.path}", str(tmp_path / "shallow.git"))
    remote = RemoteRepository(
        f"file://{tmp_path}/shallow.git", policy=UrlPolicy(frozenset({"file"})), limits=Limits(fetch_seconds=60)
    )
    make_mirror(remote, tmp_path / "mirror.git")
    assert facts(tmp_path / "mirror.git") == facts(tmp_path / "shallow.git")
    assert is_shallow(tmp_path / "mirror.git")
    with GitSource(tmp_path / "mirror.git") as source:
        assert Engine(cache_dir=False).scan(source).coverage.skipped == {"shallow": 1}


def test_a_remote_with_its_whole_history_is_not_shallow(mirror: Path) -> None:
    assert not is_shallow(mirror)
