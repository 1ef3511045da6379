"""Bare repositories for the tests of this folder: how git is called, and how one is read to its end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from beca_core.sources.contracts import Blob
from beca_core.sources.git.source import GitSource
from beca_core.sources.limits import Limits, Scope, Stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from beca_core.report import Skipped

Contents = dict[str, tuple[str, bytes]]
"""Kind and bytes of each object, by id."""

_KINDS = ("blob", "commit", "tag")
_ID_LENGTHS = (40, 64)
_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "file",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Cy",
    "GIT_COMMITTER_EMAIL": "cy@example.org",
}


def git(repository: Path, *arguments: str, data: bytes = b"") -> bytes:
    """Run git in a bare repository, apart from the user's configuration."""
    done = subprocess.run(
        ["git", f"--git-dir={repository}", *arguments],
        env={"PATH": os.environ["PATH"], **_ENVIRONMENT},
        input=data,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr.decode("utf-8", "replace"))
    return done.stdout


def make_bare(path: Path, algorithm: str = "sha1") -> Path:
    """Make an empty bare repository."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", f"--object-format={algorithm}")
    return path


def packs(repository: Path) -> list[Path]:
    """The packs of a repository."""
    return sorted((repository / "objects" / "pack").glob("*.pack"))


def according_to_git(repository: Path) -> Contents:
    """What `git cat-file` gives for all objects but trees."""
    answer = git(repository, "cat-file", "--batch-all-objects", "--batch", "--buffer")
    contents, position = {}, 0
    while position < len(answer):
        end = answer.index(b"\n", position)
        identity, kind, size = answer[position:end].decode().split()
        begin, position = end + 1, end + 2 + int(size)
        if kind in _KINDS:
            contents[identity] = (kind, answer[begin : position - 1])
    return contents


@dataclass
class Outcome:
    """What a source yields."""

    contents: Contents
    skipped: list[Skipped]

    @property
    def named(self) -> set[str]:
        """Ids of what was skipped."""
        return {item.id for item in self.skipped}


def read_store(repository: Path, limits: Limits | None = None, stop: Stop | None = None) -> Outcome:
    """Read the history of a repository to its end, and check what holds for every source.

    Raises:
        SourceError: If it cannot be read at all.
    """
    limits = limits or Limits()
    stop = stop or Stop(limits.scan_seconds)
    contents: Contents = {}
    skipped: list[Skipped] = []
    with GitSource(repository, Scope.HISTORY) as source:
        reading = source.start(limits)
        for share in reading.shares:
            items = list(share.read(limits, stop))
            assert len(items) <= share.objects, "a share yields no more than it says"
            _sort(items, contents, skipped)
        _sort(list(reading.finish().missing()), contents, skipped)
    assert not {item.id for item in skipped} & contents.keys(), "what was read is not skipped too"
    return Outcome(contents, skipped)


def _sort(items: list[Blob | Skipped], contents: Contents, skipped: list[Skipped]) -> None:
    for item in items:
        if isinstance(item, Blob):
            assert item.id not in contents, "each object is read once"
            contents[item.id] = (item.kind, item.data)
        else:
            skipped.append(item)


def assert_nothing_is_lost_silently(found: Outcome, truth: Contents, known: AbstractSet[str]) -> None:
    """Each object is read as it is, or named, or in a part of the store that is named.

    Args:
        found: What was read from a damaged store.
        truth: What it held before.
        known: The ids that it still lists. Where one is no longer listed, nobody can name it: something else must be.
    """
    read = {i for i, content in truth.items() if found.contents.get(i) == content}
    lost = truth.keys() - read
    assert not found.contents.keys() & lost, "what was read under its id is what has this id"
    assert found.skipped or not lost, "something was lost, and nothing says so"
    has_named_parts = any(len(item) not in _ID_LENGTHS for item in found.named)
    assert has_named_parts or lost & known <= found.named, "each object that was not read is named"


def indexed(repository: Path, ids: Iterable[str]) -> set[str]:
    """Those of the ids that stand in an index or are names of loose objects."""
    objects = repository / "objects"
    tables = b"\n".join(path.read_bytes() for path in sorted(objects.glob("pack/*.idx")))
    return {i for i in ids if bytes.fromhex(i) in tables or (objects / i[:2] / i[2:]).exists()}


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail what takes longer: far more than is needed, so that only what hangs is hit."""

    def expire(*_arguments: object) -> NoReturn:
        raise AssertionError(f"this takes longer than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def fingerprint(root: Path) -> dict[str, tuple[int, int, int]]:
    """Mode, size and time of change of all that is in a directory."""
    found = {}
    for directory, names, files in os.walk(root):
        for name in (*names, *files):
            path = os.path.join(directory, name)  # noqa: PTH118 - many small calls
            status = os.lstat(path)
            found[path] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found
