"""`HistoryQueries`: where blobs are and were, one git command for each question.

Unlike the one pass of `HistoryLog`, these commands get past objects that are missing, corrupt or too large.
"""

from __future__ import annotations

import os
import re
from typing import IO, TYPE_CHECKING, Final

from beca_core.sources.git.history.commit_order import CommitNode
from beca_core.sources.git.history.tree_changes import GITLINK, TreeChange, new_mark, read_tree_changes, records
from beca_core.sources.git.objects.cat_file import ObjectList

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from beca_core.sources.git.process import GitProcess
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Deadline

_MAX_ARGUMENT_BYTES: Final = 64 * 1024
_CHANGES: Final = (
    "diff-tree", "--stdin", "--always", "--root", "-r", "-c", "--raw", "-z", "--no-abbrev", "--no-renames",
)  # fmt: skip


_TELLING: Final = re.compile(rb"[^a-z/._-]+|[a-z]{13,}")


class HistoryQueries:
    """Looks for blobs in the files of a commit, and in the changes of many.

    Args:
        view: The repository.
        deadline: When to stop.

    Attributes:
        is_complete: False after something could not be read, or the deadline has passed.
    """

    def __init__(self, view: RepositoryView, deadline: Deadline) -> None:
        self._view = view
        self._deadline = deadline
        self.is_complete = True

    def at(self, commit: bytes, wanted: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Yield blob id and path of each wanted blob in the files of a commit."""
        if not self._deadline.remaining:
            self.is_complete = False
            return
        with self._git("ls-tree", "-r", "-z", "--full-tree", commit.decode()) as process:
            for record in records(process.stdout):
                entry, _, path = record.partition(b"\t")
                mode, _, blob_id = entry.split(b" ")
                if blob_id in wanted and mode != GITLINK:
                    yield blob_id, path
            self.is_complete &= process.succeeded()

    def paths_at(self, commit: bytes, wanted: Collection[bytes]) -> set[bytes]:
        """Return which of some paths are those of files of a commit."""
        command = ("ls-tree", "-r", "-z", "--full-tree", "--name-only", commit.decode())
        with self._git(*command) as process:
            found = {path for path in records(process.stdout) if path in wanted}
            self.is_complete &= process.succeeded()
        return found

    def commits(self, tips: Iterable[bytes]) -> dict[bytes, CommitNode]:
        """Return all commits that are reachable from some tips, by id."""
        commits: dict[bytes, CommitNode] = {}
        command = ("rev-list", "--parents", "--timestamp", "--missing=print", "--stdin")
        with ObjectList(self._view, tips) as starts, self._git(*command, stdin=starts.start_at(0)) as process:
            for line in process.stdout:
                if line.startswith(b"?"):
                    self.is_complete = False
                else:
                    date, commit, *parents = line.split()
                    commits[commit] = CommitNode(commit, int(date), tuple(parents))
            self.is_complete &= process.succeeded()
        return commits

    def changes(
        self, commits: Iterable[bytes], wanted: AbstractSet[bytes] | None = None, paths: Collection[bytes] = ()
    ) -> Iterator[TreeChange]:
        """Yield what each of some commits put at which path.

        Of a merge, only what differs from all of its parents is listed. A commit that cannot be compared is skipped,
        because it or one of its trees is missing, corrupt or larger than the memory allowed.

        Args:
            commits: Ids of the commits.
            wanted: Ids of the blobs that are looked for; None: any.
            paths: The paths to compare; empty: all.
        """
        mark = new_mark()
        command = ("--glob-pathspecs", *_CHANGES, f"--format={mark.decode()}%H", *_path_arguments(paths))
        with ObjectList(self._view, commits) as listed:
            position = 0
            while position < len(listed) and self._deadline.remaining:
                reported = 0
                with self._git(*command, stdin=listed.start_at(position)) as process:
                    for entry in read_tree_changes(process.stdout, mark, wanted):
                        if not isinstance(entry, TreeChange):
                            reported += 1
                        elif not paths or entry.path in paths:
                            yield entry
                    succeeded = process.succeeded()
                if not succeeded:  # at the last commit that git reported, or at the one after it
                    self.is_complete &= reported > 1
                    reported -= 1
                position += max(reported, 1)
            self.is_complete &= position >= len(listed)

    def _git(self, *arguments: str, stdin: IO[bytes] | None = None) -> GitProcess:
        return self._view.git(*arguments, stdin=stdin, seconds=self._deadline.remaining)


def _path_arguments(paths: Collection[bytes]) -> list[str]:
    """Return the arguments that make git compare these paths only; none if a command line cannot hold them all."""
    if sum(map(len, paths)) + len(paths) > _MAX_ARGUMENT_BYTES:
        return []
    return ["--", *sorted({os.fsdecode(_coarse(path)) for path in paths})] if paths else []


def _coarse(path: bytes) -> bytes:
    """Return a pattern that matches a path without showing it: other users see command lines, and it may hold a secret.

    Words in small letters remain, so that git leaves out most directories. What else the pattern matches, the caller
    leaves out.
    """
    return _TELLING.sub(lambda found: b"?" * len(found[0]), path)
