"""`compare`: which files of a work tree are not what the index says, and which are not in the index.

Git does not run unless there are files that the index does not name; then it says which of them it ignores, see
`beca_core.sources.files.ignored`. Nothing that the repository configures is obeyed, no filter is run, and no symbolic
link is followed: the tree is walked from its root, and paths of the index are only compared with what is found.
"""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.report import OMISSIONS, Skipped
from beca_core.sources.git.index import GITLINK
from beca_core.sources.worktree.attributes import ATTRIBUTES, are_filters_configured, names_filters
from beca_core.system.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from beca_core.sources.git.index import Index, IndexEntry
    from beca_core.sources.git.layout import RepositoryLayout
    from beca_core.sources.limits import Stop

ON_DISK: Final = "./"
"""Ids of files of the work tree begin with this, and with nothing that could be an object id."""
IN_SUBMODULE: Final = "//"
"""Ids of a submodule's contents begin with its path and this, which no path contains."""
_GIT: Final = b".git"
_HASHES: Final = {20: "sha1", 32: "sha256"}
_PART_BYTES: Final = 1024 * 1024
_LOW: Final = 0xFFFFFFFF


class WorkTreeChanges(NamedTuple):
    """What is in a work tree and not in the index.

    Args:
        files: Path and size of each file or symbolic link that is changed or untracked, and not ignored.
        submodules: Paths of the submodules whose directories exist.
        left_out: What is ignored, the histories of repositories that are not submodules, and what cannot be read.
    """

    files: list[tuple[bytes, int]]
    submodules: list[bytes]
    left_out: list[Skipped]


def compare(root: bytes, layout: RepositoryLayout, index: Index, stop: Stop, seconds: float) -> WorkTreeChanges:
    """Compare a work tree with its index.

    Args:
        root: Absolute path of the work tree, with all symbolic links resolved.
        layout: Its git directories.
        index: Its index.
        stop: When to end; directories that remain are then skipped.
        seconds: Time that git may take to say what it ignores.
    """
    walk = _TreeWalk(root, index, stop)
    walk.run(is_filtered=are_filters_configured(layout.common_dir, layout.git_dir))
    if walk.untracked:
        walk.add_untracked(seconds)
    return WorkTreeChanges(walk.files, sorted(walk.submodules), walk.left_out)


class _TreeWalk:
    def __init__(self, root: bytes, index: Index, stop: Stop) -> None:
        self._root = root
        self._written = index.written
        self._stop = stop
        self._is_filtered = False
        self._tracked = {entry.path: entry for entry in index.entries}
        self._directories = _parents(self._tracked)
        self.files: list[tuple[bytes, int]] = []
        self.submodules: list[bytes] = []
        self.left_out: list[Skipped] = []
        self.untracked: list[bytes] = []
        """Paths of untracked files; those of directories end with a slash."""

    def run(self, *, is_filtered: bool) -> None:
        """Walk all directories that hold tracked files.

        Args:
            is_filtered: Whether files may differ from their blobs although they are unchanged.
        """
        waiting = [(b"", is_filtered)]
        while waiting:
            here, is_filtered = waiting.pop()
            if reason := self._stop.reason:
                self.left_out.append(Skipped(f"{ON_DISK}{os.fsdecode(here)}", reason))
                continue
            try:
                with os.scandir(os.path.join(self._root, here)) as found:  # noqa: PTH118 - bytes
                    entries = {here + b"/" + entry.name if here else entry.name: entry for entry in found}
                self._is_filtered = is_filtered or self._has_filters(here, entries)
                for path, entry in entries.items():
                    if self._add(entry, path):
                        waiting.append((path, self._is_filtered))
            except OSError:
                self.left_out.append(Skipped(f"{ON_DISK}{os.fsdecode(here)}", "unreadable"))

    def _has_filters(self, here: bytes, entries: Collection[bytes]) -> bool:
        """Whether the attributes of a directory name a filter; those that were removed from the disk may have."""
        path = here + b"/" + ATTRIBUTES if here else ATTRIBUTES
        if path not in entries:
            return path in self._tracked
        return names_filters(os.path.join(self._root, path))  # noqa: PTH118 - bytes

    def _add(self, entry: os.DirEntry[bytes], path: bytes) -> bool:
        """Add what is at a path, and return whether it is a directory to walk."""
        tracked = self._tracked.get(path)
        if entry.is_dir(follow_symlinks=False):
            if entry.name == _GIT:
                return False
            if tracked is not None and tracked.mode == GITLINK:
                self._add_submodule(path)
            elif path in self._directories:
                return True
            else:
                self.untracked.append(path + b"/")
        elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
            if tracked is None:
                if path != _GIT:
                    self.untracked.append(path)
            else:
                self._compare(entry, path, tracked)
        return False

    def _add_submodule(self, path: bytes) -> None:
        absolute = os.path.join(self._root, path)  # noqa: PTH118 - bytes
        if os.path.lexists(os.path.join(absolute, _GIT)):  # noqa: PTH118 - bytes
            self.submodules.append(path)
        elif os.listdir(absolute):  # noqa: PTH208 - bytes  # not initialised, and there are files all the same
            self.untracked.append(path + b"/")

    def _compare(self, entry: os.DirEntry[bytes], path: bytes, tracked: IndexEntry) -> None:
        try:
            found = entry.stat(follow_symlinks=False)
            if not self._is_filtered and _is_unchanged(found, tracked, self._written):
                return
            size = 0 if stat.S_ISLNK(found.st_mode) else found.st_size
            absolute = os.path.join(self._root, path)  # noqa: PTH118 - bytes
            if not tracked.stage and not self._stop.reason and hash_file(absolute, len(tracked.id)) == tracked.id:
                return
        except OSError:  # it has vanished, or is unreadable; reading it will report that
            size = 0
        self.files.append((path, size))

    def add_untracked(self, seconds: float) -> None:
        """Add the untracked files that git does not ignore."""
        from beca_core.sources.files.ignored import IgnoredPaths
        from beca_core.sources.files.listing import list_files

        git = IgnoredPaths(self._root, seconds)
        ignored = git.around()
        directories = []
        for path in sorted(self.untracked):
            if path in ignored:
                self.left_out.append(Skipped(os.fsdecode(path), "gitignored"))
            elif path.endswith(b"/"):
                directories.append(path[:-1])
            else:
                self.files.append((path, _size(os.path.join(self._root, path))))  # noqa: PTH118 - bytes
        for item in list_files(self._root, git, self._stop, begin=[(path, ignored) for path in directories]):
            if not isinstance(item, Skipped):
                self.files.append(item)
            elif item.reason in OMISSIONS:
                self.left_out += [item] if item.reason != "link" else []  # git does not follow links either
            else:
                self.left_out.append(Skipped(f"{ON_DISK}{item.id}", item.reason))


def hash_file(path: bytes, width: int) -> bytes:
    """Return the binary id of the blob that holds the content of a file, or the target of a symbolic link.

    It is not that of the blob in the repository if a filter changed the file when it was checked out.

    Raises:
        OSError: If it cannot be read.
    """
    found = os.lstat(path)
    digest = hashlib.new(_HASHES[width], b"blob %d\0" % found.st_size, usedforsecurity=False)
    if stat.S_ISLNK(found.st_mode):
        digest.update(os.readlink(path))  # noqa: PTH115 - bytes
    else:
        with open_regular(path) as file:
            while part := file.read(_PART_BYTES):
                digest.update(part)
    return digest.digest()


def _parents(paths: Iterable[bytes]) -> set[bytes]:
    """Return all directories above some paths."""
    found: set[bytes] = set()
    for path in paths:
        parent = path.rpartition(b"/")[0]
        while parent and parent not in found:
            found.add(parent)
            parent = parent.rpartition(b"/")[0]
    return found


def _is_unchanged(found: os.stat_result, tracked: IndexEntry, written: int) -> bool:
    """Whether a file is what it was when git compared it with its blob, as git itself decides it.

    A file that was changed when the index was written, or later, may have been changed once more since.
    """
    return (
        not tracked.stage
        and stat.S_IFMT(found.st_mode) == stat.S_IFMT(tracked.mode)
        and found.st_size & _LOW == tracked.size
        and _is_moment(found.st_mtime_ns, tracked.modified)
        and _is_moment(found.st_ctime_ns, tracked.changed)
        and found.st_mtime_ns < written
    )


def _is_moment(found: int, recorded: tuple[int, int]) -> bool:
    """Whether a time in nanoseconds is the recorded one; some programs record no fractions of a second."""
    seconds, nanos = divmod(found, 10**9)
    return seconds & _LOW == recorded[0] and recorded[1] in (nanos, 0)


def _size(path: bytes) -> int:
    try:
        found = os.lstat(path)
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0
