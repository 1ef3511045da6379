"""The mirrors of a machine: quota, removal, and what scans resume from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from beca_api.worker.mirrors.mirror_directory import MirrorDirectory
from beca_api.worker.mirrors.mirror_store import MirrorStore
from beca_api.worker.mirrors.resume_point import PreviousScan, ResumePoint
from beca_core.errors import InvalidSettings
from beca_core.sources.git.remote.fetch import disk_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

URL = "https://example.org/r"
MANY = 2**40


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., MirrorDirectory]:
    """Creates a mirror of so many bytes, last used at this time (seconds)."""

    def make(repository_id: int, used_at: int, size: int = 400_000) -> MirrorDirectory:
        (tmp_path / "mirrors").mkdir(mode=0o700, exist_ok=True)
        mirror = MirrorDirectory(tmp_path / "mirrors" / str(repository_id))
        with mirror.locked():
            repository = mirror.reset()
            repository.mkdir()
            (repository / "pack").write_bytes(b"x" * size)
            mirror.mark_complete(URL, repository)
        (mirror.directory / "history-1.state").write_bytes(b"x" * 4000)
        os.utime(mirror.directory / "mirror.json", (used_at, used_at))
        return mirror

    return make


def resume_point(tmp_path: Path, url: str = URL, scope: str = "history") -> ResumePoint:
    found = MirrorStore.open(tmp_path, MANY).resume_point(7, url, scope)
    assert found is not None
    return found


class TestOpen:
    def test_the_directory_is_private(self, tmp_path: Path):
        MirrorStore.open(tmp_path / "data", MANY)
        assert (tmp_path / "data" / "mirrors").stat().st_mode & 0o777 == 0o700

    def test_without_a_quota_nothing_is_created(self, tmp_path: Path):
        assert MirrorStore.open(tmp_path, 0).resume_point(7, URL, "head") is None
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("kind", ["open", "link", "file"])
    def test_a_directory_that_is_not_private_is_refused(self, tmp_path: Path, kind: str):
        path = tmp_path / "mirrors"
        if kind == "open":
            path.mkdir(mode=0o755)
        elif kind == "link":
            (tmp_path / "elsewhere").mkdir(mode=0o700)
            path.symlink_to(tmp_path / "elsewhere")
        else:
            path.write_text("")
        with pytest.raises(InvalidSettings):
            MirrorStore.open(tmp_path, MANY)

    def test_a_data_directory_that_cannot_be_used_is_refused(self, tmp_path: Path):
        (tmp_path / "data").write_text("")
        with pytest.raises(InvalidSettings, match="cannot be kept"):
            MirrorStore.open(tmp_path / "data", MANY)


class TestTrim:
    def test_the_least_recently_used_mirror_goes_first_and_its_state_remains(self, tmp_path: Path, make: Any):
        old, newest, middle = make(1, 100), make(2, 300), make(3, 200)
        MirrorStore.open(tmp_path, 500_000).trim()
        assert [mirror.repository(URL) is not None for mirror in (old, middle, newest)] == [False, False, True]
        assert all((mirror.directory / "history-1.state").exists() for mirror in (old, middle, newest))

    def test_states_go_if_that_is_not_enough(self, tmp_path: Path, make: Any):
        mirrors = [make(number, 100 * number) for number in range(1, 4)]
        MirrorStore.open(tmp_path, 6000).trim()
        assert [mirror.directory.exists() for mirror in mirrors] == [False, False, True] or not any(
            mirror.directory.exists() for mirror in mirrors
        )
        assert not any(mirror.repository(URL) for mirror in mirrors)

    def test_within_the_quota_nothing_is_removed(self, tmp_path: Path, make: Any):
        mirrors = [make(number, number) for number in range(1, 4)]
        MirrorStore.open(tmp_path, MANY).trim()
        assert all(mirror.repository(URL) for mirror in mirrors)

    def test_with_quota_0_everything_is_removed(self, tmp_path: Path, make: Any):
        make(1, 100)
        MirrorStore.open(tmp_path, 0).trim()
        assert not list((tmp_path / "mirrors").iterdir())

    def test_a_mirror_in_use_remains(self, tmp_path: Path, make: Any):
        mirror, other = make(1, 100), make(2, 200)
        with mirror.locked():
            MirrorStore.open(tmp_path, 0).trim()
        assert mirror.repository(URL)
        assert not other.directory.exists()

    def test_mirrors_go_until_the_disk_has_room(self, tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch):
        old, newest, middle = make(1, 100), make(2, 300), make(3, 200)

        def room(root: Path, reserve: int) -> int:
            assert (root, reserve) == (tmp_path / "mirrors", 77)
            return 900_000 - disk_usage(root)

        monkeypatch.setattr("beca_api.worker.mirrors.mirror_store.room", room)
        MirrorStore.open(tmp_path, MANY, 77).trim()
        assert [mirror.repository(URL) is not None for mirror in (old, middle, newest)] == [False, True, True]

    def test_files_that_a_crash_has_left_are_removed(self, tmp_path: Path, make: Any):
        mirror = make(1, 100)
        mirror.mark_incomplete()
        MirrorStore.open(tmp_path, MANY).trim()
        assert {path.name for path in mirror.directory.iterdir()} == {"lock", "history-1.state"}

    @pytest.mark.parametrize("name", ["notes", "01", "-1", "1x", "٣", "99999999999999999999"])
    def test_other_directories_are_left_alone(self, tmp_path: Path, make: Any, name: str):
        make(1, 100)
        (tmp_path / "mirrors" / name).mkdir()
        mirrors = MirrorStore.open(tmp_path, 0)
        mirrors.trim()
        mirrors.remove_deleted(lambda _ids: ())
        assert [path.name for path in (tmp_path / "mirrors").iterdir()] == [name]


class TestRemoveDeleted:
    def test_mirrors_of_deleted_repositories_are_removed(self, tmp_path: Path, make: Any):
        mirrors = [make(number, 100) for number in (1, 2, 3)]
        MirrorStore.open(tmp_path, MANY).remove_deleted(lambda _ids: {2})
        assert [mirror.directory.exists() for mirror in mirrors] == [False, True, False]

    def test_without_mirrors_the_database_is_not_queried(self, tmp_path: Path):
        def ask(_ids: Collection[int]) -> Collection[int]:
            raise AssertionError

        MirrorStore.open(tmp_path, MANY).remove_deleted(ask)

    def test_a_mirror_in_use_is_removed_the_next_time(self, tmp_path: Path, make: Any):
        mirror, mirrors = make(1, 100), MirrorStore.open(tmp_path, MANY)
        with mirror.locked():
            mirrors.remove_deleted(lambda _ids: ())
        assert mirror.directory.exists()
        mirrors.remove_deleted(lambda _ids: ())
        assert not mirror.directory.exists()


class TestResumePoint:
    def test_what_a_failed_fetch_has_left_is_removed_and_the_state_remains(self, tmp_path: Path, make: Any):
        mirror = make(7, 100)
        resume_point(tmp_path).remove_incomplete()
        assert mirror.repository(URL) is not None, "a complete mirror remains"
        mirror.mark_incomplete()
        resume_point(tmp_path).remove_incomplete()
        assert {path.name for path in mirror.directory.iterdir()} == {"lock", "history-1.state"}

    def test_without_a_mirror_nothing_is_made_to_remove_it(self, tmp_path: Path):
        ResumePoint(MirrorDirectory(tmp_path / "7"), URL, "history").remove_incomplete()
        assert not (tmp_path / "7").exists()

    @pytest.fixture(autouse=True)
    def _mirror(self, make: Any) -> None:
        make(7, 100)

    def test_a_scan_gets_a_copy_of_the_state(self, tmp_path: Path):
        (tmp_path / "left").write_text("a state")
        resume_point(tmp_path).save_state(tmp_path / "left", PreviousScan(41, 3))
        assert not (tmp_path / "left").exists()
        assert resume_point(tmp_path).copy_state(tmp_path / "copy")
        assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
        (tmp_path / "copy").write_text("changed")
        assert resume_point(tmp_path).copy_state(tmp_path / "again")
        assert (tmp_path / "again").read_text() == "a state"
        assert resume_point(tmp_path).previous == (41, 3)

    @pytest.mark.parametrize("other", [{"scope": "head"}, {"url": "https://example.org/other"}])
    def test_each_url_and_scope_has_its_own_state(self, tmp_path: Path, other: dict[str, str]):
        (tmp_path / "left").write_text("a state")
        resume_point(tmp_path).save_state(tmp_path / "left", PreviousScan(41, 3))
        assert not resume_point(tmp_path, **other).copy_state(tmp_path / "copy")
        assert resume_point(tmp_path, **other).previous == (None, 0)
        assert not (tmp_path / "copy").exists()

    def test_the_state_of_an_earlier_url_is_deleted(self, tmp_path: Path):
        for url in (URL, "https://example.org/other"):
            (tmp_path / "left").write_text("a state")
            resume_point(tmp_path, url).save_state(tmp_path / "left", PreviousScan(41, 0))
        assert not resume_point(tmp_path).copy_state(tmp_path / "copy")

    def test_a_scan_without_a_state_changes_nothing(self, tmp_path: Path):
        (tmp_path / "left").write_text("a state")
        resume_point(tmp_path).save_state(tmp_path / "left", PreviousScan(41, 3))
        resume_point(tmp_path).save_state(tmp_path / "nothing", PreviousScan(42, 0))
        assert resume_point(tmp_path).copy_state(tmp_path / "copy")
        assert resume_point(tmp_path).previous == (41, 3)

    def test_discard_deletes_mirror_and_state(self, tmp_path: Path):
        (tmp_path / "left").write_text("a state")
        resume_point(tmp_path).save_state(tmp_path / "left", PreviousScan(41, 3))
        assert resume_point(tmp_path).has_mirror
        resume_point(tmp_path).discard()
        assert not resume_point(tmp_path).has_mirror
        assert not resume_point(tmp_path).copy_state(tmp_path / "copy")

    def test_a_mirror_that_another_scan_uses_is_not_discarded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("beca_api.worker.mirrors.resume_point._UNLOCK_SECONDS", 0.1)
        with MirrorDirectory(tmp_path / "mirrors" / "7").locked():
            resume_point(tmp_path).discard()
        assert resume_point(tmp_path).has_mirror

    @pytest.mark.parametrize(
        "content", ["", "many", "3", "[]", "[1, 2, 3]", "[0, 0]", "[1, -1]", '["1", 0]', "[1, true]", " " * 200]
    )
    def test_a_damaged_record_of_the_previous_scan_is_ignored(self, tmp_path: Path, content: str):
        (tmp_path / "left").write_text("a state")
        resume_point(tmp_path).save_state(tmp_path / "left", PreviousScan(41, 3))
        [path] = (tmp_path / "mirrors" / "7").glob("history-*.last")
        path.write_text(content)
        assert resume_point(tmp_path).previous == (None, 0)

    def test_a_state_that_is_a_link_is_not_followed(self, tmp_path: Path):
        (tmp_path / "left").write_text("a state")
        resume_point(tmp_path).save_state(tmp_path / "left", PreviousScan(41, 3))
        [path] = [p for p in (tmp_path / "mirrors" / "7").glob("history-*.state") if p.name != "history-1.state"]
        path.unlink()
        path.symlink_to(tmp_path / "secret")
        (tmp_path / "secret").write_text("not for scans")
        assert not resume_point(tmp_path).copy_state(tmp_path / "copy")

    def test_a_repository_that_was_deleted_in_the_meantime(self, tmp_path: Path, logged: Any):
        (tmp_path / "left").write_text("a state")
        mine = resume_point(tmp_path)
        MirrorStore.open(tmp_path, MANY).remove_deleted(lambda _ids: ())
        mine.save_state(tmp_path / "left", PreviousScan(41, 3))
        assert logged[-1]["event"] == "state not saved"
        assert not mine.directory.exists()
