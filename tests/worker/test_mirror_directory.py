"""The directory of one repository: its lock, its record of a complete mirror, and its permissions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from beca_api.worker.mirrors.mirror_directory import PREVIOUS_SUFFIX, STATE_SUFFIX, MirrorDirectory

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://example.org/r"


@pytest.fixture
def mirror(tmp_path: Path) -> MirrorDirectory:
    """A mirror directory that does not exist yet."""
    return MirrorDirectory(tmp_path / "7")


@pytest.fixture
def repository(mirror: MirrorDirectory) -> Path:
    """A complete mirror with files that scans have left; returns the bare repository."""
    with mirror.locked():
        made = mirror.reset()
        made.mkdir()
        (made / "HEAD").write_text("ref: refs/heads/main\n")
        for ending in (STATE_SUFFIX, PREVIOUS_SUFFIX):
            (mirror.directory / f"head-1{ending}").write_text("1")
        mirror.mark_complete(URL, made)
    return made


def names(mirror: MirrorDirectory) -> set[str]:
    return {path.name for path in mirror.directory.iterdir()}


class TestLock:
    def test_only_one_process_holds_the_lock(self, mirror: MirrorDirectory):
        with mirror.locked() as is_mine, MirrorDirectory(mirror.directory).locked(0.1) as is_theirs:
            assert (is_mine, is_theirs) == (True, False)
        with MirrorDirectory(mirror.directory).locked() as is_theirs:
            assert is_theirs

    def test_a_waiting_process_gets_the_lock(self, mirror: MirrorDirectory):
        lock = mirror.lock()
        assert lock is not None
        threading.Timer(0.2, os.close, [lock]).start()
        with mirror.locked(60) as is_mine:
            assert is_mine

    @pytest.mark.slow
    def test_the_end_of_a_process_unlocks_it(self, mirror: MirrorDirectory):
        imports = "from pathlib import Path; from beca_api.worker.mirrors.mirror_directory import MirrorDirectory"
        code = f"{imports}; MirrorDirectory(Path({str(mirror.directory)!r}))"
        with subprocess.Popen(
            [sys.executable, "-c", f"{code}.lock(); print(flush=True); input()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            assert mirror.lock() is None
            process.kill()
        with mirror.locked() as is_mine:
            assert is_mine

    def test_a_process_that_waited_for_a_removed_mirror_creates_a_new_one(self, mirror: MirrorDirectory):
        taken: list[bool] = []

        def wait() -> None:
            with mirror.locked(60) as is_mine:
                taken.append(is_mine and (mirror.directory / "lock").exists())

        with mirror.locked():
            waiting = threading.Thread(target=wait)
            waiting.start()
            time.sleep(0.1)
            mirror.remove()
        waiting.join()
        assert taken == [True]

    def test_threads_that_lock_and_remove_exclude_each_other(self, mirror: MirrorDirectory):
        inside, met = 0, []

        def work() -> None:
            nonlocal inside
            for _ in range(20):
                with mirror.locked(60) as is_mine:
                    assert is_mine
                    inside += 1
                    met.append(inside)
                    inside -= 1
                    mirror.remove()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert met == [1] * 80

    def test_a_lock_that_is_a_link_is_not_followed(self, mirror: MirrorDirectory, tmp_path: Path):
        mirror.directory.mkdir()
        (mirror.directory / "lock").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(OSError, match="symbolic links"):
            mirror.lock()
        assert not (tmp_path / "elsewhere").exists()

    @pytest.mark.parametrize("kind", ["link", "file"])
    def test_a_link_or_a_file_at_the_path_is_replaced(self, mirror: MirrorDirectory, tmp_path: Path, kind: str):
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        if kind == "link":
            mirror.directory.symlink_to(elsewhere)
        else:
            mirror.directory.write_text("")
        with mirror.locked() as is_mine:
            assert is_mine
        assert not mirror.directory.is_symlink()
        assert not list(elsewhere.iterdir())


class TestRepository:
    def test_a_complete_mirror(self, mirror: MirrorDirectory, repository: Path):
        assert mirror.repository(URL) == repository
        assert mirror.used_at == pytest.approx(time.time(), abs=60)

    def test_a_mirror_of_another_url_is_ignored(self, mirror: MirrorDirectory, repository: Path):
        assert repository.is_dir()
        assert mirror.repository("https://example.org/other") is None

    def test_there_is_none_while_it_is_changed(self, mirror: MirrorDirectory, repository: Path):
        mirror.mark_incomplete()
        assert repository.is_dir()
        assert (mirror.repository(URL), mirror.used_at) == (None, 0)
        mirror.mark_complete(URL, repository)
        assert mirror.repository(URL) == repository

    @pytest.mark.parametrize("record", ["", "{", "[]", "null", "{}", '{"url": "u"}', "x" * 20_000])
    def test_there_is_none_with_a_damaged_record(self, mirror: MirrorDirectory, repository: Path, record: str):
        assert repository.is_dir()
        (mirror.directory / "mirror.json").write_text(record)
        assert mirror.repository(URL) is None

    @pytest.mark.parametrize("name", ["../elsewhere.git", "/elsewhere.git", ".", "..", "", "other", "lock"])
    def test_there_is_none_outside_of_the_directory(self, mirror: MirrorDirectory, repository: Path, name: str):
        (repository.parent.parent / "elsewhere.git").mkdir()
        (repository.parent / "other").mkdir()
        (mirror.directory / "mirror.json").write_text(json.dumps({"url": URL, "directory": name}))
        assert mirror.repository(URL) is None

    def test_a_link_is_ignored(self, mirror: MirrorDirectory, repository: Path, tmp_path: Path):
        repository.rename(tmp_path / "elsewhere.git")
        repository.symlink_to(tmp_path / "elsewhere.git")
        assert mirror.repository(URL) is None


class TestReset:
    def test_states_and_the_lock_stay(self, mirror: MirrorDirectory, repository: Path):
        (mirror.directory / "half-made.git").mkdir()
        (mirror.directory / ".x.part").write_text("")
        with mirror.locked():
            made = mirror.reset()
        assert names(mirror) == {"lock", "head-1.state", "head-1.last"}
        assert made.parent == mirror.directory
        assert made != repository

    def test_links_are_removed_and_not_followed(self, mirror: MirrorDirectory, repository: Path, tmp_path: Path):
        assert repository.is_dir()
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "file").write_text("")
        (mirror.directory / "link.git").symlink_to(tmp_path / "elsewhere")
        with mirror.locked():
            mirror.reset()
        assert (tmp_path / "elsewhere" / "file").exists()
        assert "link.git" not in names(mirror)

    def test_remove_deletes_the_whole_directory(self, mirror: MirrorDirectory, repository: Path):
        with mirror.locked():
            mirror.remove()
        assert not repository.exists()
        assert not mirror.directory.exists()


def test_other_users_cannot_read_it(mirror: MirrorDirectory, repository: Path):
    modes = {path.name: path.lstat().st_mode & 0o777 for path in mirror.directory.iterdir() if path != repository}
    assert mirror.directory.stat().st_mode & 0o777 == 0o700
    assert (modes["lock"], modes["mirror.json"]) == (0o600, 0o600)
