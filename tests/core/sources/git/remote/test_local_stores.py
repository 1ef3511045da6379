"""A repository of this machine is fetched only if all of its objects are its own."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from beca_core.errors import BecaError, ForbiddenUrl
from beca_core.sources.git.remote.fetch import fetch_repository
from beca_core.sources.git.remote.local_stores import refuse_borrowed_objects
from beca_core.sources.limits import Limits, UrlPolicy

if TYPE_CHECKING:
    from pathlib import Path

FILES = UrlPolicy(frozenset({"file"}), allow_private_hosts=True)


def git(path: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=path, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A repository that only the server may read."""
    path = tmp_path / "private"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    (path / "secret").write_text("of another\n")
    git(path, "add", ".")
    git(path, "commit", "-qm", "A")
    return path


@pytest.fixture
def hostile(tmp_path: Path, private: Path) -> Path:
    """A bare repository whose only branch is a commit of the other one."""
    path = tmp_path / "hostile.git"
    git(tmp_path, "init", "-q", "--bare", str(path))
    (path / "objects" / "info" / "alternates").write_text(f"{private / '.git' / 'objects'}\n")
    git(path, "update-ref", "refs/heads/main", git(private, "rev-parse", "HEAD"))
    return path


def fetch(url: str, target: Path) -> None:
    fetch_repository(url, target, policy=FILES, limits=Limits(fetch_seconds=30))


@pytest.mark.parametrize("name", ["hostile.git", "hostile", "%68ostile.git"])
def test_alternates_are_not_followed(hostile: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ForbiddenUrl) as caught:
        fetch(f"file://{hostile.parent}/{name}", tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()
    assert "repack" in caught.value.hint


def test_alternates_of_alternates_are_not_followed(hostile: Path, tmp_path: Path) -> None:
    inner = tmp_path / "outer.git"
    git(tmp_path, "init", "-q", "--bare", str(inner))
    hostile.rename(inner / "inner.git")
    (inner / "objects" / "info" / "alternates").write_text("../inner.git/objects\n")
    with pytest.raises(ForbiddenUrl):
        refuse_borrowed_objects(str(inner))


def test_a_link_instead_of_the_store_is_not_followed(hostile: Path, private: Path) -> None:
    (hostile / "objects" / "info" / "alternates").unlink()
    refuse_borrowed_objects(str(hostile))
    (hostile / "objects").rename(hostile / "old")
    (hostile / "objects").symlink_to(private / ".git" / "objects")
    with pytest.raises(ForbiddenUrl):
        refuse_borrowed_objects(str(hostile))


def test_alternates_within_the_repository_are_its_own(private: Path, tmp_path: Path) -> None:
    extra = private / ".git" / "more"
    (private / ".git" / "objects").rename(extra)
    (private / ".git" / "objects" / "info").mkdir(parents=True)
    (private / ".git" / "objects" / "info" / "alternates").write_text("../more\n")
    fetch(f"file://{private}", tmp_path / "fetched")
    assert git(tmp_path / "fetched", "show", "refs/heads/main:secret") == "of another"


def test_where_nothing_is_git_says_so(tmp_path: Path) -> None:
    refuse_borrowed_objects(str(tmp_path / "nothing"))
    with pytest.raises(BecaError):
        fetch(f"file://{tmp_path}/nothing", tmp_path / "fetched")
