"""`HistoryLog`: one `git log` over all of history, in the background while contents are read."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from functools import cached_property
from typing import IO, TYPE_CHECKING, Final

from beca_core.sources.git.history.tree_changes import (
    CommitRecord,
    TreeChange,
    TreeChanges,
    new_mark,
    read_batches,
    read_tree_changes,
)
from beca_core.sources.git.store_layout import with_alternates

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from beca_core.sources.git.history.commit_order import CommitNode
    from beca_core.sources.git.view import RepositoryView

_MAX_BYTES: Final = 2 * 1024**3
_LEAST_MEMORY: Final = 192 * 1024**2
_MOST_MEMORY: Final = 4 * 1024**3
_MEMORY_PER_BYTE: Final = 8
"""git may allocate so many bytes for each byte of the packs, far more than the log of an honest repository takes.

A small tree can have more changes than any disk or memory holds.
"""

MOST_PATHS: Final = 1_000_000
"""Distinct paths that are kept in memory."""

_MOST_CACHED: Final = 250_000
"""Commits, and changes, that are cached in memory; if there are more, the file is read again when they are needed."""

_COMMAND: Final = (
    "log", "--stdin", "--ignore-missing", "--raw", "-r", "-c", "-z", "--root", "--no-abbrev", "--no-renames",
)  # fmt: skip


class HistoryLog:
    """All commits that are reachable from some tips, and what they changed.

    Of a merge, only what differs from all of its parents is listed. git writes the log to a temporary file. It fails at
    the first commit or tree that is missing or corrupt, at the deadline, or when the file gets too large.

    Args:
        view: The repository.
        tips: Ids of the objects to start from.
        seconds: Time for the log.
        excluded: Ids of objects; commits that are reachable from them are left out.
    """

    def __init__(
        self, view: RepositoryView, tips: Iterable[bytes], seconds: float, excluded: Iterable[bytes] = ()
    ) -> None:
        self._file = view.scratch_file()
        self._mark = new_mark()
        self._commits: dict[bytes, CommitNode] | None = None
        self._changes: TreeChanges | None = None
        self._paths: set[bytes] | None = None
        with revision_range(view, tips, excluded) as starts:
            self._process = view.git(
                *_COMMAND,
                f"--format={self._mark.decode()}%H %ct %P",
                stdin=starts,
                stdout=self._file,
                seconds=seconds,
                file_bytes=_MAX_BYTES,
                memory=_memory(view.objects),
            )

    @property
    def has_ended(self) -> bool:
        """Whether git has ended, successfully or not."""
        return self._process.wait(0)

    @cached_property
    def is_complete(self) -> bool:
        """Whether git has listed everything; waits until it has ended."""
        return self._process.succeeded()

    def changes(self, wanted: AbstractSet[bytes]) -> Iterator[TreeChange]:
        """Yield the changes that put one of some blobs at a path, in any order; see `read_tree_changes`."""
        if self._changes is not None:
            return self._changes.of(wanted)
        return (entry for entry in self._entries(wanted) if not isinstance(entry, CommitRecord))

    def blob_batches(self) -> Iterator[list[bytes]]:
        """Yield the ids of the blobs of all changes, in batches; unless there are too many, all changes are cached."""
        commits: dict[bytes, CommitNode] = {}
        changes = TreeChanges([], [], [])
        paths: set[bytes] = set()
        for nodes, more in read_batches(_LogReader(self._file.fileno()), self._mark):
            if len(commits) <= _MOST_CACHED:
                commits.update({node.id: node for node in nodes})
            if len(changes.blobs) <= _MOST_CACHED:
                changes.add(more)
            if len(paths) < MOST_PATHS:
                paths.update(more.paths)
            yield more.blobs
        self._paths = paths
        if len(commits) <= _MOST_CACHED:
            self._commits = commits
        if len(changes.blobs) <= _MOST_CACHED:
            self._changes = changes

    @property
    def paths(self) -> AbstractSet[bytes]:
        """All paths at which a file ever was; if there are `MOST_PATHS` or more, some of them."""
        if self._paths is None:
            deque(self.blob_batches(), maxlen=0)
        return self._paths or frozenset()

    def introductions(self, paths: Collection[bytes]) -> dict[bytes, bytes]:
        """Return the last commit that git lists, which is one of the oldest, for each of some paths."""
        changes = (entry for entry in self._entries(None) if isinstance(entry, TreeChange) and entry.path in paths)
        return {change.path: change.commit for change in changes}

    @property
    def commits(self) -> Mapping[bytes, CommitNode]:
        """All commits, by id."""
        if self._commits is not None:
            return self._commits
        nodes = (entry.node for entry in self._entries(frozenset()) if isinstance(entry, CommitRecord))
        return {node.id: node for node in nodes}

    def _entries(self, wanted: AbstractSet[bytes] | None) -> Iterator[TreeChange | CommitRecord]:
        return read_tree_changes(_LogReader(self._file.fileno()), self._mark, wanted)

    def close(self) -> None:
        """End git, and close the file."""
        self._process.close()
        self._file.close()


def _memory(objects: Path) -> int:
    """Return the bytes that git may allocate for the log of a repository, in proportion to its packs."""
    size = 0
    for store in with_alternates(objects):
        with suppress(OSError), os.scandir(store / "pack") as entries:
            size += sum(entry.stat(follow_symlinks=False).st_size for entry in entries if entry.name.endswith(".pack"))
    return min(_MOST_MEMORY, _LEAST_MEMORY + _MEMORY_PER_BYTE * size)


def revision_range(view: RepositoryView, tips: Iterable[bytes], excluded: Iterable[bytes]) -> IO[bytes]:
    """Return an open file with a revision range for git's `--stdin`: tips, and the objects that are excluded."""
    file = view.scratch_file()
    file.writelines(b"%s\n" % tip for tip in tips)
    file.writelines(b"^%s\n" % tip for tip in excluded)
    file.flush()
    file.seek(0)
    return file


class _LogReader:
    """Reads a file from its beginning, and does not move the file offset that git shares."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._at = 0

    def read(self, size: int) -> bytes:
        data = os.pread(self._descriptor, size, self._at)
        self._at += len(data)
        return data
