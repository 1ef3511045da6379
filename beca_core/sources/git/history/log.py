"""`HistoryLog`: one pass of git over all of history, in the background, while contents are read."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from typing import IO, TYPE_CHECKING, Final

from beca_core.sources.git.history.tree_changes import CommitRecord, TreeChanges, new_mark, read_tree_changes, survey
from beca_core.sources.git.store_layout import with_alternates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from beca_core.sources.git.history.commit_order import CommitNode
    from beca_core.sources.git.history.tree_changes import TreeChange
    from beca_core.sources.git.view import RepositoryView

_MAX_BYTES: Final = 2 * 1024**3
_LEAST_MEMORY: Final = 192 * 1024**2
_MOST_MEMORY: Final = 4 * 1024**3
_MEMORY_PER_BYTE: Final = 8
"""A small tree can have more changes than any disk or memory holds; a log takes less memory than packs have bytes."""

_MOST_KEPT: Final = 250_000
"""Commits, and changes, that are kept in memory for when they are needed; of more, the file is read once more."""

_COMMAND: Final = (
    "log", "--stdin", "--ignore-missing", "--raw", "-r", "-c", "-z", "--root", "--no-abbrev", "--no-renames",
)  # fmt: skip


class HistoryLog:
    """All commits that lead to some tips, with all that they changed.

    A merge tells only what differs from all of its parents. git writes the log to a temporary file, and gives up at
    the first commit or tree that is missing or corrupt, at the deadline, or when the file gets too large.

    Args:
        view: The repository.
        tips: Ids of objects from which to start.
        seconds: Time for the pass.
        excluded: Ids of objects; commits that lead to them are left out.
    """

    def __init__(
        self, view: RepositoryView, tips: Iterable[bytes], seconds: float, excluded: Iterable[bytes] = ()
    ) -> None:
        self._file = view.scratch_file()
        self._mark = new_mark()
        self._commits: dict[bytes, CommitNode] | None = None
        self._changes: TreeChanges | None = None
        with range_of(view, tips, excluded) as starts:
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
        """Whether git has ended, well or not."""
        return self._process.wait(0)

    @cached_property
    def is_complete(self) -> bool:
        """Whether git came to the end of history; waits until it has ended."""
        return self._process.ended_well()

    def changes(self, wanted: AbstractSet[bytes]) -> Iterator[TreeChange]:
        """Yield what all commits put where of some blobs, in no order that is promised; see `read_tree_changes`."""
        if self._changes is not None:
            return self._changes.of(wanted)
        return (entry for entry in self._entries(wanted) if not isinstance(entry, CommitRecord))

    def survey(self) -> Iterator[list[bytes]]:
        """Yield the ids of all blobs that were put somewhere, part by part."""
        commits: dict[bytes, CommitNode] = {}
        changes = TreeChanges([], [], [])
        for nodes, more in survey(_Beginning(self._file.fileno()), self._mark):
            if len(commits) <= _MOST_KEPT:
                commits.update({node.id: node for node in nodes})
            if len(changes.blobs) <= _MOST_KEPT:
                changes.add(more)
            yield more.blobs
        if len(commits) <= _MOST_KEPT:
            self._commits = commits
        if len(changes.blobs) <= _MOST_KEPT:
            self._changes = changes

    @property
    def commits(self) -> Mapping[bytes, CommitNode]:
        """All commits, by id."""
        if self._commits is not None:
            return self._commits
        nodes = (entry.node for entry in self._entries(frozenset()) if isinstance(entry, CommitRecord))
        return {node.id: node for node in nodes}

    def _entries(self, wanted: AbstractSet[bytes]) -> Iterator[TreeChange | CommitRecord]:
        return read_tree_changes(_Beginning(self._file.fileno()), self._mark, wanted)

    def close(self) -> None:
        """End git, and let the file go."""
        self._process.close()
        self._file.close()


def _memory(objects: Path) -> int:
    """Bytes that the log of a repository may take, in proportion to its packs."""
    size = 0
    for store in with_alternates(objects):
        with suppress(OSError), os.scandir(store / "pack") as entries:
            size += sum(entry.stat(follow_symlinks=False).st_size for entry in entries if entry.name.endswith(".pack"))
    return min(_MOST_MEMORY, _LEAST_MEMORY + _MEMORY_PER_BYTE * size)


def range_of(view: RepositoryView, tips: Iterable[bytes], excluded: Iterable[bytes]) -> IO[bytes]:
    """Return a file from which git reads where to start, and where not to go."""
    file = view.scratch_file()
    file.writelines(b"%s\n" % tip for tip in tips)
    file.writelines(b"^%s\n" % tip for tip in excluded)
    file.flush()
    file.seek(0)
    return file


class _Beginning:
    """Reads a file from its beginning, wherever others that have it open are reading or writing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._at = 0

    def read(self, size: int) -> bytes:
        data = os.pread(self._descriptor, size, self._at)
        self._at += len(data)
        return data
