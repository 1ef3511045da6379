"""Which paths git ignores under a directory, as `git ls-files` reports them.

git runs with a temporary git directory that holds copies of the index and of `info/exclude`. It never sees the
repository's own configuration. The user's global patterns and `core.ignoreCase` do not apply either.

- Patterns of the directories above the scanned one apply, up to the root of the work tree.
- A repository within another one has its own patterns and its own index.
- A directory that belongs to no repository obeys its `.gitignore` files.
- Tracked files are never ignored.

git reports only what to leave out. BECA lists the files itself, so it never follows a link and it reports the
directories that it cannot read. If git fails or runs out of time, nothing is left out: a damaged index or a hostile
pattern makes BECA read more, never less.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.errors import DeadlineExceeded, SourceError
from beca_core.sources.git.config import read_format
from beca_core.sources.git.layout import find_repository
from beca_core.sources.git.process import GitFailed, GitProcess
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from beca_core.sources.git.layout import RepositoryLayout

MAX_SECONDS: Final = 60.0
_MAX_MEMORY: Final = 4 * 1024**3
_MAX_INDEX_BYTES: Final = 256 * 1024 * 1024
_OPTIONS: Final = ("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false", "-c", "core.splitIndex=false")
_LIST_IGNORED: Final = ("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z")
_HASH_NAMES: Final = {40: "sha1", 64: "sha256"}
_CONFIG: Final = "[core]\nrepositoryformatversion = 1\n[extensions]\nobjectformat = %s\n"
_SPECIAL: Final = re.compile(r"[*?\[\\]")


class IgnoredPaths:
    """Report what git ignores under a directory.

    Args:
        root: Absolute path of the scanned directory, with all symbolic links resolved.
        seconds: Time that all runs of git may take together. Then nothing more is ignored.
    """

    def __init__(self, root: bytes, seconds: float = MAX_SECONDS) -> None:
        self._root = root
        self._seconds_left = seconds

    def around(self) -> frozenset[bytes]:
        """Return what the work tree that contains the scanned directory ignores in it.

        The scanned directory itself never counts as ignored.

        Returns:
            Paths relative to the scanned directory. A path that ends with a slash is a directory, and everything in
            it is ignored.

        Raises:
            SourceError: If git is not installed.
        """
        top = self._root
        while not os.path.lexists(os.path.join(top, b".git")):  # noqa: PTH118 - bytes
            top, name = os.path.split(top)
            if not name:
                return self._ignored(self._root, self._root)
        return self._ignored(top, self._root)

    def within(self, directory: bytes) -> frozenset[bytes]:
        """Return what a repository below the scanned directory ignores; the paths are as those of `around`.

        Args:
            directory: Path of its work tree, relative to the scanned directory.

        Raises:
            SourceError: If git is not installed.
        """
        top = os.path.join(self._root, directory)  # noqa: PTH118 - bytes
        return frozenset(directory + b"/" + path for path in self._ignored(top, top))

    def _ignored(self, top: bytes, directory: bytes) -> frozenset[bytes]:
        """Return what the work tree with the root `top` ignores in a directory, relative to the directory."""
        if self._seconds_left <= 0:
            return frozenset()
        started = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="beca-ignored-", ignore_cleanup_errors=True) as git_dir:
                _make_git_dir(Path(git_dir), top)
                output = self._run(git_dir, top, directory)
        except (GitFailed, DeadlineExceeded, _UnknownIndex):
            return frozenset()
        finally:
            self._seconds_left -= time.monotonic() - started
        return frozenset(output.split(b"\0")[:-1])

    def _run(self, git_dir: str, top: bytes, directory: bytes) -> bytes:
        arguments = (*_OPTIONS, "-C", os.fsdecode(directory), *_LIST_IGNORED, *_keep_ancestors(top, directory))
        environment = {"GIT_DIR": git_dir, "GIT_WORK_TREE": os.fsdecode(top)}
        with GitProcess(arguments, environment=environment, seconds=self._seconds_left, memory=_MAX_MEMORY) as git:
            output = git.stdout.read()
            git.finish()
        return output


class _UnknownIndex(Exception):
    """Raised when BECA cannot know what a repository tracks."""


def _make_git_dir(git_dir: Path, top: bytes) -> None:
    """Fill an empty git directory with copies of what decides which files of a work tree are ignored."""
    for name in ("objects", "refs", "info"):
        (git_dir / name).mkdir()
    (git_dir / "HEAD").write_text("ref: refs/heads/main\n")
    layout = _find_layout(Path(os.fsdecode(top)))
    if layout is None:
        return
    with suppress(OSError):
        (git_dir / "info" / "exclude").write_bytes(_read(layout.common_dir / "info" / "exclude"))
    try:
        hash_name = _HASH_NAMES[read_format(layout.common_dir, git_dir).id_length]
        (git_dir / "config").write_text(_CONFIG % hash_name)
        index = _read(layout.git_dir / "index")
    except FileNotFoundError:
        return
    except (SourceError, OSError) as error:
        raise _UnknownIndex from error
    if not _is_sound(index, hash_name):
        raise _UnknownIndex
    (git_dir / "index").write_bytes(index)


def _find_layout(top: Path) -> RepositoryLayout | None:
    try:
        layout = find_repository(top)
    except SourceError as error:
        raise _UnknownIndex from error
    return None if layout is None or layout.git_dir == top else layout  # a bare repository has no work tree


def _read(file: Path) -> bytes:
    content = read_regular(file, _MAX_INDEX_BYTES)
    if content is None:
        raise _UnknownIndex
    return content


def _is_sound(index: bytes, hash_name: str) -> bool:
    """Check the hash at the end of an index, or that it is zeros (gitformat-index(5)).

    git does not check it, and reads on in a truncated index as if zeros followed.
    """
    size = hashlib.new(hash_name).digest_size
    trailer = index[-size:]
    return not any(trailer) or trailer == hashlib.new(hash_name, memoryview(index)[:-size]).digest()


def _keep_ancestors(top: bytes, directory: bytes) -> list[str]:
    """Return options with which no directory between a work tree's root and `directory` is ignored, nor itself."""
    names = os.fsdecode(directory.removeprefix(top)).strip("/").split("/")
    escaped = [_SPECIAL.sub(r"\\\g<0>", name) for name in names if name]
    return [f"--exclude=!/{'/'.join(escaped[:depth])}/" for depth in range(1, len(escaped) + 1)]
