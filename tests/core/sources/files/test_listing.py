"""Listing files, and gathering them into batches."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from beca_core.sources.files.listing import FILE_COST, ListedFile, gather, list_files
from beca_core.sources.limits import Stop

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

HUGE = 16 * 1024 * 1024


def test_files_have_sizes_and_links_have_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 12)
    (tmp_path / "b").symlink_to("a")
    os.mkfifo(tmp_path / "c")
    (tmp_path / "d").mkdir()
    (tmp_path / "d/e").write_bytes(b"")
    found = list(list_files(os.fsencode(tmp_path), None, Stop(60)))
    assert found == [ListedFile(b"a", 12), ListedFile(b"b", 0), ListedFile(b"d/e", 0)]


def test_a_file_that_vanishes_while_it_is_listed_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that reading it reports that it has vanished."""
    scandir = os.scandir

    class Vanished:
        def __init__(self, entry: os.DirEntry[bytes]) -> None:
            self.name = entry.name
            self.is_dir, self.is_file, self.is_symlink = entry.is_dir, entry.is_file, entry.is_symlink

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            raise FileNotFoundError

    class Listing:
        def __init__(self, path: bytes) -> None:
            with scandir(path) as entries:
                self._entries = [Vanished(entry) for entry in entries]

        def __enter__(self) -> list[Vanished]:
            return self._entries

        def __exit__(self, *_: object) -> None:
            pass

    (tmp_path / "a").write_bytes(b"x")
    monkeypatch.setattr(os, "scandir", Listing)
    assert list(list_files(os.fsencode(tmp_path), None, Stop(60))) == [ListedFile(b"a", 0)]


PATHS = st.binary(min_size=1, max_size=9).filter(lambda path: b"\0" not in path)
FILES = st.dictionaries(PATHS, st.integers(0, 2 * HUGE), max_size=200)


def listed(files: dict[bytes, int]) -> list[ListedFile]:
    return [ListedFile(path, size) for path, size in files.items()]


@given(files=FILES)
def test_every_file_is_in_one_batch(files: dict[bytes, int]) -> None:
    batches = gather(listed(files), HUGE)
    assert sorted(path for batch in batches for path in batch.paths.split(b"\0")) == sorted(files)
    for batch in batches:
        paths = batch.paths.split(b"\0")
        assert batch.count == len(paths)
        assert batch.cost == sum(files[path] + FILE_COST for path in paths)


@given(files=FILES)
def test_a_huge_file_is_alone(files: dict[bytes, int]) -> None:
    for batch in gather(listed(files), HUGE):
        paths = batch.paths.split(b"\0")
        assert len(paths) == 1 or all(files[path] <= HUGE for path in paths)


def test_many_tiny_files_are_a_few_hundred_batches() -> None:
    batches = gather((ListedFile(b"%d" % number, 10) for number in range(100_000)), HUGE)
    assert 100 < len(batches) < 300
    assert max(batch.count for batch in batches) <= 2 * 100_000 / 128
    assert [path for batch in batches for path in batch.paths.split(b"\0")] == [
        b"%d" % number for number in range(100_000)
    ]


def test_without_files_there_are_no_batches() -> None:
    assert gather([], HUGE) == []


def test_a_huge_file_between_small_ones() -> None:
    files = [ListedFile(b"a", 1), ListedFile(b"b", HUGE + 1), ListedFile(b"c", HUGE), ListedFile(b"d", 1)]
    assert [batch.paths.split(b"\0") for batch in gather(files, HUGE)] == [[b"a", b"c"], [b"d"], [b"b"]]
