"""A fetch reports its progress while it runs."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from beca_core.sources.git.remote.fetch import fetch_repository
from beca_core.sources.limits import Limits, UrlPolicy
from beca_core.sources.progress import Phase, Progress

if TYPE_CHECKING:
    from pathlib import Path

FILES = 400
POLICY = UrlPolicy(frozenset({"file"}))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The URL of a repository whose fetch takes a moment."""
    path = tmp_path / "large"
    path.mkdir()
    for number in range(FILES):
        (path / str(number)).write_bytes(os.urandom(50_000))
    git = ["git", "-C", str(path), "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.compression=0"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], check=True)
    return f"file://{path}"


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beca_core.sources.git.remote.fetch._POLL_SECONDS", 0.001)


@pytest.mark.slow
def test_objects_and_bytes_are_reported(url: str, tmp_path: Path) -> None:
    reported: list[Progress] = []
    fetch_repository(url, tmp_path / "x.git", policy=POLICY, limits=Limits(), progress=reported.append)
    assert {progress.phase for progress in reported} == {Phase.FETCHING}
    assert {progress.expected for progress in reported} <= {None, FILES + 2}
    assert any(progress.expected for progress in reported)
    done = [progress.done for progress in reported]
    assert done == sorted(done)
    assert max(progress.bytes for progress in reported) > 0


@pytest.mark.slow
def test_an_exception_in_the_progress_callback_ends_the_fetch(url: str, tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def watch(_progress: Progress) -> None:
        raise Enough

    with pytest.raises(Enough):
        fetch_repository(url, tmp_path / "x.git", policy=POLICY, limits=Limits(), progress=watch)


@pytest.mark.slow
def test_a_fetch_without_a_progress_callback_has_the_same_result(url: str, tmp_path: Path) -> None:
    heads = []
    for name, progress in (("watched.git", list[Progress]().append), ("unwatched.git", None)):
        fetch_repository(url, tmp_path / name, policy=POLICY, limits=Limits(), progress=progress)
        listing = ["git", "-C", str(tmp_path / name), "cat-file", "--batch-all-objects", "--batch-check"]
        heads.append(sorted(subprocess.run(listing, check=True, capture_output=True).stdout.splitlines()))
    assert heads[0] == heads[1]
    assert len(heads[0]) == FILES + 2
