"""Real repositories, made by git in temporary directories, independent of the user's configuration."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from beca_core.report import Skipped
from beca_core.sources.contracts import Blob, Place
from beca_core.sources.git.history.history_diff import RefTips
from beca_core.sources.git.history.places import HeadLocator, HistoryLocator
from beca_core.sources.git.source import GitSource
from beca_core.sources.limits import Deadline, Limits, Scope
from tests.core.sources.reading import read_all

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from beca_core.sources.git.view import RepositoryView

_FIRST_SECOND = 1_700_000_000


class Repo:
    """A repository and git in it; each commit is a minute later than the previous one."""

    def __init__(self, path: Path, *init: str) -> None:
        self.path = path
        self._minutes = 0
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", "--template=", *init)

    @property
    def git_dir(self) -> Path:
        return self.path / ".git"

    def git(self, *arguments: str | bytes, data: bytes | None = None, check: bool = True) -> str:
        return self.run(*arguments, data=data, check=check).decode().strip()

    def run(self, *arguments: str | bytes, data: bytes | None = None, check: bool = True) -> bytes:
        moment = f"{_FIRST_SECOND + 60 * self._minutes} +0200"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_NAME": "Cy",
            "GIT_COMMITTER_EMAIL": "cy@example.org",
            "GIT_COMMITTER_DATE": moment,
            "GIT_ALLOW_PROTOCOL": "file",
        }
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=environment, input=data, capture_output=True, check=False
        )
        if check and done.returncode:
            raise AssertionError(done.stderr.decode())
        return done.stdout

    def commit(self, files: Mapping[str, str | bytes | None] | None = None, message: str = "change") -> str:
        """Write (or, for None, remove) files, commit everything, and return the commit's id."""
        for name, content in (files or {}).items():
            file = self.path / name
            if content is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        self._minutes += 1
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--message", message)
        return self.id("HEAD")

    def id(self, name: str) -> str:
        return self.git("rev-parse", "--verify", name)

    def store(self, content: bytes, kind: str = "blob") -> str:
        """Store an unreferenced object, well formed or not, and return its id."""
        return self.git("hash-object", "-w", "--literally", "-t", kind, "--stdin", data=content)

    def object_file(self, object_id: str) -> Path:
        return self.git_dir / "objects" / object_id[:2] / object_id[2:]

    def damage(self, object_id: str, content: bytes | None = None) -> None:
        """Overwrite a loose object; None removes it."""
        file = self.object_file(object_id)
        file.chmod(0o644)
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)

    def objects(self, *kinds: str) -> set[str]:
        """Ids of all objects of the given kinds, as git lists them."""
        listing = self.git("cat-file", "--batch-check", "--batch-all-objects").splitlines()
        return {line.split()[0] for line in listing if line.split()[1] in kinds}


@dataclass
class Read:
    """What a source yields: contents and skipped items."""

    blobs: dict[str, Blob]
    skipped: list[Skipped]

    @property
    def reasons(self) -> list[str]:
        return sorted(item.reason for item in self.skipped)

    @property
    def contents(self) -> set[bytes]:
        return {blob.data for blob in self.blobs.values() if blob.kind == "blob"}


def _read(path: Path, scope: Scope = Scope.HISTORY, limits: Limits | None = None) -> Read:
    blobs: dict[str, Blob] = {}
    skipped = []
    with GitSource(path, scope) as source:
        for item in read_all(source, limits or Limits()):
            if isinstance(item, Blob):
                assert item.id not in blobs
                blobs[item.id] = item
            else:
                skipped.append(item)
        return Read(blobs, skipped)


def _locator(view: RepositoryView, scope: Scope, seconds: float) -> HeadLocator | HistoryLocator:
    """Return a locator without a log, as if git had failed to write one."""
    refs = RefTips.of(view)
    end = Deadline(3600)
    if scope is Scope.HEAD:
        return HeadLocator(view, refs, seconds, end)
    return HistoryLocator(view, refs, seconds, end, None)


def _locate(
    path: Path, ids: Collection[str], scope: Scope = Scope.HISTORY, limits: Limits | None = None
) -> tuple[list[Place], list[Skipped]]:
    with GitSource(path, scope) as source:
        seconds = (limits or Limits()).locate_seconds
        view = source.view
        items = _locator(view, scope, seconds).locate(ids).places
    places = [item for item in items if isinstance(item, Place)]
    assert len({(place.blob_id, place.path) for place in places}) == len(places)
    assert {place.blob_id for place in places} == set(ids)
    return places, [item for item in items if isinstance(item, Skipped)]


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., Repo]:
    """Make a repository: `make_repo(name, *options of git init)`."""

    def make(name: str = "repo", *init: str) -> Repo:
        return Repo(tmp_path / name, *init)

    return make


@pytest.fixture
def repo(make_repo: Callable[..., Repo]) -> Repo:
    """An empty repository with a work tree."""
    return make_repo()


@pytest.fixture
def read() -> Callable[..., Read]:
    """Read a repository to the end: `read(path, scope, limits)`."""
    return _read


@pytest.fixture
def locate() -> Callable[..., tuple[list[Place], list[Skipped]]]:
    """Locate objects, and check what is true of every answer: `locate(path, ids, scope, limits)`."""
    return _locate
