"""`CommitOrder`: which of several commits came first, and which of them lead to HEAD."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core.state.checkpoint import Age


class CommitNode(NamedTuple):
    """A commit's place in history.

    Args:
        id: Its id.
        date: Committer date, in seconds since 1970.
        parents: Ids of its parents.
    """

    id: bytes
    date: int
    parents: tuple[bytes, ...]


class CommitOrder:
    """Puts commits in order of age.

    Committer dates can be wrong, so each counts as later than those of its parents, whatever it says: git's corrected
    commit date. It depends on a commit and its ancestors alone, hence the order of two commits is the same whichever
    others are looked at.

    Args:
        commits: All commits, by id; parents that are not among them are passed over.
        head: The commit at HEAD, or None.
    """

    def __init__(self, commits: Mapping[bytes, CommitNode], head: bytes | None) -> None:
        self._commits = commits
        self._dates = _corrected(commits)
        self._led_to_head = _ancestry(commits, head)

    def age(self, commit: bytes) -> Age:
        """Return what sorts a commit among others, by id."""
        return commit not in self._led_to_head, self._dates.get(commit, 0), commit

    @property
    def corrected(self) -> dict[bytes, int]:
        """The corrected dates that are later than the commits' own."""
        return {commit: date for commit, date in self._dates.items() if date != self._commits[commit].date}


def _corrected(commits: Mapping[bytes, CommitNode]) -> dict[bytes, int]:
    dates: dict[bytes, int] = {}
    for start in reversed(list(commits)):  # git tells the newest first, so that most parents are known by then
        _, date, parents = commits[start]
        for parent in parents:
            before = dates.get(parent)
            if before is None:
                if parent in commits:
                    _correct(start, commits, dates)
                    break
            elif before >= date:
                date = before + 1
        else:
            dates[start] = date
    return dates


def _correct(start: bytes, commits: Mapping[bytes, CommitNode], dates: dict[bytes, int]) -> None:
    """Correct the dates of a commit and of those of its ancestors that have not been looked at."""
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


def _ancestry(commits: Mapping[bytes, CommitNode], head: bytes | None) -> set[bytes]:
    """The commits that lead to one, itself included."""
    found = {head} if head is not None and head in commits else set()
    waiting = list(found)
    while waiting:
        for parent in commits[waiting.pop()].parents:
            if parent not in found and parent in commits:
                found.add(parent)
                waiting.append(parent)
    return found
