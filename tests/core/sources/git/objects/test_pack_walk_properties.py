"""However a history is stored, all of it is read, each object once, as `git cat-file` gives it."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beca_core.report import Skipped
from beca_core.sources.contracts import Blob
from beca_core.sources.git.source import GitSource
from beca_core.sources.limits import Limits, Stop
from tests.core.sources.git import storage
from tests.core.sources.git.histories import Edit, TreeChange, histories, write_history
from tests.core.sources.git.stores import according_to_git, git, make_bare, packs, read_store, within

if TYPE_CHECKING:
    from tests.core.sources.git.storage import Way

ALGORITHMS = ["sha1", "sha1", "sha256"]
VERSIONS = [
    TreeChange(edits=(Edit(b"a", "text", n), Edit(b"b", "binary", n)), parents=(n - 2,), tag=n % 9 == 0, branch=False)
    for n in range(1, 31)
]
"""A history of which git makes many deltas."""


def build(path: Path, algorithm: str, history: list[TreeChange], way: Way, seed: int) -> Path:
    """Make a repository with a history, and one object that no ref reaches, and store it in some way."""
    repository = make_bare(path, algorithm)
    write_history(repository, history)
    git(repository, "hash-object", "-w", "--stdin", data=b"no ref reaches this")
    if algorithm == "sha256" and way is storage.with_an_old_index:
        way = storage.with_large_offsets
    way(repository, Random(seed))
    return repository


@pytest.mark.slow
@settings(max_examples=70)
@given(
    history=histories,
    algorithm=st.sampled_from(ALGORITHMS),
    way=st.sampled_from(storage.WAYS),
    seed=st.integers(0, 1000),
    max_bytes=st.sampled_from([2**28, 2**28, 10_000, 300, 0]),
)
def test_all_that_git_has_is_read(
    history: list[TreeChange], algorithm: str, way: Way, seed: int, max_bytes: int
) -> None:
    with tempfile.TemporaryDirectory() as directory, within(60):
        repository = build(Path(directory) / "r.git", algorithm, history, way, seed)
        everything = according_to_git(repository)
        found = read_store(repository, Limits(max_blob_bytes=max_bytes))
    assert found.contents == {i: (kind, data) for i, (kind, data) in everything.items() if len(data) <= max_bytes}
    too_large = {i for i, (_, data) in everything.items() if len(data) > max_bytes}
    assert _as_set(found.skipped) == {Skipped(i, "too-large") for i in too_large}


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("way", storage.WAYS, ids=lambda way: way.__name__)
def test_each_way_of_storing(tmp_path: Path, algorithm: str, way: Way) -> None:
    repository = build(tmp_path / "r.git", algorithm, VERSIONS, way, 7)
    everything = according_to_git(repository)
    assert len(everything) >= 90, "nothing was lost when it was stored"
    found = read_store(repository)
    assert found.contents == everything
    assert found.skipped == []


@pytest.mark.parametrize("way", [storage.in_deep_chains, storage.partly_loose], ids=lambda way: way.__name__)
@pytest.mark.parametrize("reason", ["timeout", "scan-limit"])
def test_what_is_left_when_reading_ends_is_named(tmp_path: Path, way: Way, reason: str) -> None:
    repository = build(tmp_path / "r.git", "sha1", VERSIONS, way, 7)
    stop = Stop(0 if reason == "timeout" else 3600)
    if reason == "scan-limit":
        stop.too_many_bytes()
    found = read_store(repository, stop=stop)
    assert found.contents == {}
    assert {item.reason for item in _as_set(found.skipped)} == {reason}
    assert according_to_git(repository).keys() <= found.named <= set(storage.all_objects(repository))


@pytest.mark.parametrize("way", [storage.in_overlapping_packs, storage.partly_loose], ids=lambda way: way.__name__)
def test_shares_may_be_read_in_any_order(tmp_path: Path, way: Way) -> None:
    repository = build(tmp_path / "r.git", "sha1", VERSIONS, way, 7)
    limits = Limits()
    with GitSource(repository) as source:
        reading = source.start(limits)
        shares = list(reading.shares)
        Random(3).shuffle(shares)
        items = [item for share in shares for item in share.read(limits, Stop(60))]
        items += reading.finish().missing()
    assert Counter(item.id for item in items) == Counter(according_to_git(repository).keys())


@pytest.mark.parametrize("way", [storage.in_deep_chains, storage.loose], ids=lambda way: way.__name__)
def test_reading_may_end_in_the_middle(tmp_path: Path, way: Way) -> None:
    repository = build(tmp_path / "r.git", "sha1", VERSIONS, way, 7)
    everything, limits, stop = according_to_git(repository), Limits(), Stop(3600)
    read, named = {}, []
    with GitSource(repository) as source:
        for item in (item for share in source.start(limits).shares for item in share.read(limits, stop)):
            if isinstance(item, Blob):
                read[item.id] = (item.kind, item.data)
                if len(read) == 20:
                    stop.too_many_bytes()
            else:
                named.append(item)
    assert 20 <= len(read) <= 21, "a share looks for a reason to stop before each content"
    assert read.items() <= everything.items()
    assert everything.keys() - read.keys() <= {item.id for item in named}
    assert {item.reason for item in named} == {"scan-limit"}


@pytest.mark.parametrize("blobs", ["blob:none", "blob:limit=1k"])
def test_what_a_partial_clone_lacks_is_named(tmp_path: Path, blobs: str) -> None:
    repository = build(tmp_path / "r.git", "sha1", VERSIONS, storage.in_deep_chains, 7)
    git(repository, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial.git"
    git(
        repository,
        "clone",
        "--quiet",
        "--bare",
        "--no-local",
        f"--filter={blobs}",
        f"file://{repository}",
        str(partial),
    )
    found = read_store(partial)
    kept = according_to_git(partial)
    reachable = set(git(repository, "rev-list", "--objects", "--no-object-names", "--all").decode().split())
    assert found.contents == kept
    assert _as_set(found.skipped) == {
        Skipped(i, "missing") for i in (according_to_git(repository).keys() & reachable) - kept.keys()
    }
    assert found.skipped


@pytest.mark.slow
def test_the_ways_are_what_they_say(tmp_path: Path) -> None:
    def stored(way: Way) -> Path:
        return build(tmp_path / way.__name__, "sha1", VERSIONS, way, 7)

    assert _longest_chain(stored(storage.in_deep_chains)) >= 20
    assert _longest_chain(stored(storage.as_reference_deltas)) >= 20
    assert len(packs(stored(storage.in_overlapping_packs))) > 1
    assert packs(stored(storage.loose)) == []
    assert list((stored(storage.partly_loose) / "objects").glob("??/*"))
    assert len(packs(stored(storage.borrowed))) == 1
    assert (stored(storage.in_overlapping_packs_with_an_index_over_all) / "objects/pack/multi-pack-index").exists()
    assert list((stored(storage.with_a_cruft_pack) / "objects" / "pack").glob("*.mtimes"))
    assert list((stored(storage.collected) / "objects" / "pack").glob("*.bitmap"))
    (index,) = (pack.with_suffix(".idx") for pack in packs(stored(storage.with_large_offsets)))
    narrow = 8 + 4 * 256 + int.from_bytes(index.read_bytes()[1028:1032], "big") * 28 + 40
    assert index.stat().st_size > narrow
    (index,) = (pack.with_suffix(".idx") for pack in packs(stored(storage.with_an_old_index)))
    assert not index.read_bytes().startswith(b"\xfftOc")


def _as_set(skipped: list[Skipped]) -> set[Skipped]:
    assert len(set(skipped)) == len(skipped), "each object is named once"
    return set(skipped)


def _longest_chain(repository: Path) -> int:
    (pack,) = packs(repository)
    listing = git(repository, "verify-pack", "-v", str(pack)).decode().splitlines()
    return max(int(line.split()[5]) for line in listing if len(line.split()) == 7)
