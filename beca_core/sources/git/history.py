"""Where blobs stand and stood: the trees of HEAD, and the changes of all commits."""

from __future__ import annotations

import os
from itertools import islice
from typing import IO, TYPE_CHECKING, Final

from beca_core.errors import SourceError
from beca_core.sources.git.objects import ObjectList

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from beca_core.sources.git.process import Deadline, GitProcess
    from beca_core.sources.git.view import RepositoryView

_PART_BYTES: Final = 1024 * 1024
_MAX_ARGUMENT_BYTES: Final = 64 * 1024
_GITLINK: Final = b"160000"
_CHANGES: Final = (
    "diff-tree", "--stdin", "--always", "--root", "-r", "-c", "--raw", "-z", "--no-abbrev", "--no-renames",
    "--format=%H",
)  # fmt: skip


class History:
    """Looks for blobs in HEAD and in the commits that lead to it and to other tips.

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
            for record in _records(process.stdout):
                entry, _, path = record.partition(b"\t")
                mode, _, blob_id = entry.split(b" ")
                if blob_id in wanted and mode != _GITLINK:
                    yield blob_id, path
            self.is_complete &= _ended_well(process)

    def changes(
        self, tips: Iterable[bytes], wanted: Collection[bytes] = (), paths: Collection[bytes] = ()
    ) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Yield commit id, blob id and path whenever a commit puts a wanted blob somewhere, oldest first.

        Commits that lead to the first tip come before all others, so that what stands there is not ascribed to a
        branch that never got there. A merge is asked only for what differs from all of its parents. A commit that
        cannot be compared, because it or a tree of it is missing, corrupt or larger than any memory, is passed over.

        Args:
            tips: Commits from which to start, HEAD first.
            wanted: Ids of blobs; none means any.
            paths: Where they are looked for; none means anywhere.
        """
        command = ("--literal-pathspecs", *_CHANGES, *_path_arguments(paths))
        with ObjectList(self._view, self._commits(tips)) as commits:
            position = 0
            while position < len(commits) and self._deadline.remaining:
                counter = _Counter()
                with self._git(*command, stdin=commits.start_at(position)) as process:
                    for commit_id, blob_id, path in _puts(_records(process.stdout), counter):
                        if (not wanted or blob_id in wanted) and (not paths or path in paths):
                            yield commit_id, blob_id, path
                    ended_well = _ended_well(process)
                if not ended_well:  # at the last commit that it spoke of, or at the one behind
                    self.is_complete &= counter.commits > 1
                    counter.commits -= 1
                position += max(counter.commits, 1)
            self.is_complete &= position >= len(commits)

    def _commits(self, tips: Iterable[bytes]) -> Iterator[bytes]:
        """Yield all commits that lead to the first tip, then those that lead to the others; parents first."""
        for first in islice(tips := iter(tips), 1):
            yield from self._lineage([first])
            yield from self._lineage(tips, f"^{first.decode()}")

    def _lineage(self, tips: Iterable[bytes], *without: str) -> Iterator[bytes]:
        command = ("rev-list", "--topo-order", "--reverse", "--missing=print", "--stdin", *without)
        with ObjectList(self._view, tips) as starts, self._git(*command, stdin=starts.start_at(0)) as process:
            for line in process.stdout:
                if line.startswith(b"?"):
                    self.is_complete = False
                else:
                    yield line.rstrip()
            self.is_complete &= _ended_well(process)

    def _git(self, *arguments: str, stdin: IO[bytes] | None = None) -> GitProcess:
        return self._view.git(*arguments, stdin=stdin, seconds=self._deadline.remaining)


class _Counter:
    """How many commits an output of git is about so far."""

    commits = 0


def _path_arguments(paths: Collection[bytes]) -> list[str]:
    """Paths for git's command line, so that it compares no more than these; none where they are too many for it."""
    if sum(map(len, paths)) + len(paths) > _MAX_ARGUMENT_BYTES:
        return []
    return ["--", *map(os.fsdecode, sorted(paths))] if paths else []


def _puts(records: Iterator[bytes], counter: _Counter) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield commit id, blob id and path of each file that a commit added or changed.

    The output is that of `git diff-tree --raw -z --format=%H`. A commit is a record with its id. Then come pairs of
    records: one that begins with as many colons as the commit has parents and ends with the new object id and the
    status, and the path.
    """
    commit = b""
    for record in records:
        change = record.lstrip(b"\n")
        if change.startswith(b":"):
            path = next(records, None)
            blob_id = change.rsplit(b" ", 2)[1]
            if path is not None and blob_id.strip(b"0") and not _is_gitlink(change):
                yield commit, blob_id, path
        elif change:
            commit = change
            counter.commits += 1


def _ended_well(process: GitProcess) -> bool:
    try:
        process.finish()
    except SourceError:
        return False
    return True


def _is_gitlink(change: bytes) -> bool:
    parents = len(change) - len(change.lstrip(b":"))
    return change.split(b" ", parents + 1)[parents] == _GITLINK


def _records(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what stands before each NUL; an end without NUL was cut off, and is dropped."""
    rest = b""
    while part := stream.read(_PART_BYTES):
        *records, rest = (rest + part).split(b"\0")
        yield from records
