"""Files that save work: used where they are sound and the user's own, and never in the way."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.system import cache_files as cache


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "some" / "cache"


def the_file(directory: Path) -> Path:
    (path,) = directory.iterdir()
    return path


def test_what_was_stored_is_loaded(directory: Path) -> None:
    assert cache.load(directory, "a1") is None
    cache.store(directory, "a1", b"data")
    cache.store(directory, "b2", b"")
    assert cache.load(directory, "a1") == b"data"
    assert cache.load(directory, "b2") == b""
    assert cache.load(directory, "c3") is None


@pytest.mark.parametrize("around", [b"", os.urandom(300), os.urandom(100_000)], ids=len)
def test_a_cached_word_cannot_be_found_in_the_file(directory: Path, around: bytes) -> None:
    cache.store(directory, "a1", around + b"public_key|private_key" + around)
    assert b"_key" not in the_file(directory).read_bytes()
    assert cache.load(directory, "a1") == around + b"public_key|private_key" + around


def test_directory_and_file_are_the_users_alone(directory: Path) -> None:
    cache.store(directory, "a1", b"data")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(the_file(directory).stat().st_mode) == 0o600


def test_a_new_version_takes_the_place_of_the_old_one(directory: Path) -> None:
    cache.store(directory, "a1", b"old")
    cache.store(directory, "a1", b"new")
    assert cache.load(directory, "a1") == b"new"
    assert len(list(directory.iterdir())) == 1


@given(st.data())
def test_a_damaged_file_counts_as_none(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    directory = tmp_path_factory.mktemp("cache")
    cache.store(directory, "a1", b"0123456789" * 5)
    content = bytearray(the_file(directory).read_bytes())
    if data.draw(st.booleans()):
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    the_file(directory).write_bytes(content)
    assert cache.load(directory, "a1") is None


def test_more_than_was_written_counts_as_none(directory: Path) -> None:
    cache.store(directory, "a1", b"data")
    with the_file(directory).open("ab") as file:
        file.write(b"!")
    assert cache.load(directory, "a1") is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_not_used(directory: Path, mode: int) -> None:
    cache.store(directory, "a1", b"data")
    the_file(directory).chmod(mode)
    assert cache.load(directory, "a1") is None


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777, 0o1777])
def test_a_directory_that_others_can_write_is_not_used(directory: Path, mode: int) -> None:
    cache.store(directory, "a1", b"data")
    directory.chmod(mode)
    assert cache.load(directory, "a1") is None
    cache.store(directory, "b2", b"data")
    assert len(list(directory.iterdir())) == 1


def test_what_belongs_to_another_user_is_not_used(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.store(directory, "a1", b"data")
    somebody_else = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    assert cache.load(directory, "a1") is None
    cache.store(directory, "b2", b"data")
    assert len(list(directory.iterdir())) == 1


def test_a_link_is_not_followed(directory: Path, tmp_path: Path) -> None:
    cache.store(directory, "a1", b"data")
    the_file(directory).rename(tmp_path / "elsewhere")
    (directory / "a1.hsdb").symlink_to(tmp_path / "elsewhere")
    assert cache.load(directory, "a1") is None
    link = tmp_path / "link"
    link.symlink_to(directory)
    cache.store(directory, "b2", b"data")
    assert cache.load(link, "b2") is None


def test_what_is_no_file_is_not_read(directory: Path) -> None:
    cache.store(directory, "a1", b"data")
    the_file(directory).unlink()
    os.mkfifo(directory / "a1.hsdb", 0o600)
    assert cache.load(directory, "a1") is None
    (directory / "b2.hsdb").mkdir(mode=0o700)
    assert cache.load(directory, "b2") is None


def test_a_file_that_is_too_large_is_not_read(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.store(directory, "a1", b"data" * 100)
    monkeypatch.setattr(cache, "MAX_FILE_BYTES", 10)
    assert cache.load(directory, "a1") is None


def test_a_file_where_the_directory_should_be_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"mine")
    cache.store(tmp_path / "cache", "a1", b"data")
    assert cache.load(tmp_path / "cache", "a1") is None
    assert (tmp_path / "cache").read_bytes() == b"mine"


def test_a_full_disk_leaves_nothing_behind(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path, __: Path) -> Path:
        raise OSError(28, "No space left on device")

    cache.store(directory, "a1", b"old")
    monkeypatch.setattr(Path, "replace", fail)
    cache.store(directory, "a1", b"new")
    cache.store(directory, "b2", b"new")
    assert [path.name for path in directory.iterdir()] == ["a1.hsdb"]
    assert cache.load(directory, "a1") == b"old"


def test_a_disk_that_cannot_be_written_to_is_no_error() -> None:
    cache.store(Path("/proc/self/beca"), "a1", b"data")
    assert cache.load(Path("/proc/self/beca"), "a1") is None


def test_the_files_used_last_are_kept(directory: Path) -> None:
    for number in range(cache.MOST_FILES):
        cache.store(directory, f"old{number}", b"data")
        os.utime(directory / f"old{number}.hsdb", (number, number))
    abandoned = directory / ".beca-killed.part"
    abandoned.write_bytes(b"half")
    os.utime(abandoned, (0, 0))
    unrelated = directory / "notes.txt"
    unrelated.write_bytes(b"mine")
    assert cache.load(directory, "old0") == b"data"
    cache.store(directory, "new", b"data")
    names = {path.name for path in directory.iterdir()}
    assert names == {"notes.txt", "new.hsdb", "old0.hsdb", *(f"old{n}.hsdb" for n in range(2, cache.MOST_FILES))}


def test_many_at_once_do_not_disturb_each_other(directory: Path) -> None:
    def work(number: int) -> bytes | None:
        cache.store(directory, "a1", b"%d" % (number % 3) * 10_000)
        return cache.load(directory, "a1")

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(work, range(60)))
    assert found <= {b"%d" % number * 10_000 for number in range(3)}
