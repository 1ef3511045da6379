"""The names in a repository: of the files that are or were in it, and of its refs."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from beca_core.errors import SourceError
from beca_core.sources.contracts import Place
from beca_core.sources.git.history.log import MOST_PATHS
from beca_core.sources.git.history.lookup import ObjectLookup
from beca_core.sources.git.history.queries import HistoryQueries
from beca_core.sources.git.history.tree_changes import records
from beca_core.sources.git.objects.cat_file import ObjectList

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from beca_core.sources.git.history.history_diff import RefTips
    from beca_core.sources.git.history.log import HistoryLog
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Deadline

_GIT: Final = b".git/"
_PLAIN: Final = re.compile(rb"refs/[a-z]{1,12}(?:[/._-][a-z]{1,12}){0,4}")
"""Names of refs such as `refs/heads/main`; if nothing else is new, they are not worth loading the rules."""
_MOST_PATHS: Final = 250_000
"""Paths at HEAD that are listed; if there are more, each tree is listed once: a few can make billions of paths."""


class HeadNames:
    """The paths of the files at HEAD, which git lists in the background from now on.

    Args:
        view: The repository.
        deadline: When the scan has to end.
    """

    def __init__(self, view: RepositoryView, deadline: Deadline) -> None:
        head = view.head()
        self._view, self._head, self._deadline = view, () if head is None else (head,), deadline
        listing = ("ls-tree", "-r", "-z", "--full-tree", "--name-only")
        self._process = None if head is None else view.git(*listing, head.decode(), seconds=deadline.remaining)

    def paths(self) -> Iterator[bytes]:
        """Yield the paths, as far as git can list them."""
        if self._process is not None:
            with self._process as process:
                yield from islice(records(process.stdout), _MOST_PATHS)
                if not process.stdout.read(1):
                    return
            yield from _paths_of_objects(self._view, self._head, self._deadline)


def all_names(view: RepositoryView, refs: RefTips, log: HistoryLog | None, deadline: Deadline) -> Iterator[bytes]:
    """Yield the paths of files in history, and the names of refs.

    Args:
        view: The repository.
        refs: What refs name.
        log: What commits changed; None: no commit is new, and an earlier scan has read the others.
        deadline: When to end.
    """
    if log is None:
        yield from (_GIT + name for name in view.refs() if not _PLAIN.fullmatch(name))
        return
    yield from (_GIT + name for name in view.refs())
    if log.is_complete and len(log.paths) < MOST_PATHS:
        yield from log.paths
    else:
        yield from _paths_of_objects(view, refs.tips, deadline)


def name_places(
    view: RepositoryView, refs: RefTips, log: HistoryLog | None, deadline: Deadline, wanted: Collection[bytes]
) -> Iterator[Place]:
    """Yield where some paths are, with the commit that put a file there; see `all_names`. Refs are not at HEAD."""
    at_head = HistoryQueries(view, deadline).paths_at(refs.head, wanted) if refs.head else set[bytes]()
    introduced = log.introductions(wanted) if log is not None and log.is_complete else {}
    lookup = ObjectLookup(view, deadline, deadline)
    commits = lookup.commits(introduced.values(), {}) if introduced else {}
    for path in sorted(at_head | introduced.keys()):
        yield Place("", path, in_head=path in at_head, commit=commits.get(introduced.get(path, b"")))


def _paths_of_objects(view: RepositoryView, tips: Iterable[bytes], deadline: Deadline) -> Iterator[bytes]:
    """Yield a path of each object, as far as git can read history. A file that was only renamed has one of its names.

    Each tree is read once.
    """
    command = ("rev-list", "--objects", "--missing=print", "--stdin")
    try:
        with (
            ObjectList(view, tips) as starts,
            view.git(*command, stdin=starts.start_at(0), seconds=deadline.remaining) as process,
        ):
            for line in process.stdout:
                _, _, path = line.rstrip(b"\n").partition(b" ")
                if path:
                    yield path
            process.succeeded()
    except SourceError:
        return
