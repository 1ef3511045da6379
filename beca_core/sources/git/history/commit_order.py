"""`CommitOrder`: which of several commits is the oldest, and which of them are reachable from HEAD."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core.state.checkpoint import Age


class CommitNode(NamedTuple):
    """A commit in the commit graph.

    Args:
        id: Its id.
        date: Committer date, in seconds since 1970.
        parents: Ids of its parents.
    """

    id: bytes
    date: int
    parents: tuple[bytes, ...]


class CommitOrder:
    """Sorts commits by age.

    Committer dates can be wrong. A commit's corrected date is therefore at least one second after those of its
    parents: git's corrected commit date. It depends only on the commit and its ancestors, so the order of two commits
    does not depend on which other commits are given.

    Args:
        commits: All commits, by id; parents that are not among them are ignored.
        head: The commit at HEAD, or None.
    """

    def __init__(self, commits: Mapping[bytes, CommitNode], head: bytes | None) -> None:
        self._commits = commits
        self._dates = _corrected(commits)
        self._head_history = _ancestors(commits, head)

    def age(self, commit: bytes) -> Age:
        """Return the sort key of a commit, given its id."""
        return commit not in self._head_history, self._dates.get(commit, 0), commit

    @property
    def corrected(self) -> dict[bytes, int]:
        """The corrected dates that are later than the commits' own."""
        return {commit: date for commit, date in self._dates.items() if date != self._commits[commit].date}


def _corrected(commits: Mapping[bytes, CommitNode]) -> dict[bytes, int]:
    dates: dict[bytes, int] = {}
    for start in reversed(list(commits)):  # git lists the newest first: in reverse, most parents come before children
        _, date, parents = commits[start]
        for parent in parents:
            parent_date = dates.get(parent)
            if parent_date is None:
                if parent in commits:
                    _correct(start, commits, dates)
                    break
            elif parent_date >= date:
                date = parent_date + 1
        else:
            dates[start] = date
    return dates


def _correct(start: bytes, commits: Mapping[bytes, CommitNode], dates: dict[bytes, int]) -> None:
    """Add the corrected dates of a commit and of those of its ancestors that have none yet."""
    waiting = [start]
    while waiting:
        _, date, parents = commits[waiting[-1]]
        unknown = False
        for parent in parents:
            if parent in dates:
                date = max(date, dates[parent] + 1)
            elif parent in commits:
                waiting.append(parent)
                unknown = True
        if not unknown:
            dates[waiting.pop()] = date


def _ancestors(commits: Mapping[bytes, CommitNode], head: bytes | None) -> set[bytes]:
    """Return a commit and its ancestors."""
    found = {head} if head is not None and head in commits else set()
    waiting = list(found)
    while waiting:
        for parent in commits[waiting.pop()].parents:
            if parent not in found and parent in commits:
                found.add(parent)
                waiting.append(parent)
    return found
