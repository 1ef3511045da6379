"""`HistoryDiff`: where blobs are and were, from what an earlier scan recorded and what has changed in history since."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beca_core.errors import SourceError
from beca_core.sources.git.history.commit_order import CommitNode, CommitOrder
from beca_core.sources.git.history.log import revision_range
from beca_core.sources.git.history.tree_changes import TreeChange
from beca_core.sources.limits import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping

    from beca_core.sources.git.history.log import HistoryLog
    from beca_core.sources.git.view import RepositoryView
    from beca_core.state.checkpoint import Age, Attribution, BlobPath


class RefTips(NamedTuple):
    """The objects that refs name.

    Args:
        head: The object that HEAD names, or None.
        tips: The distinct objects that refs name, HEAD included.
    """

    head: bytes | None
    tips: tuple[bytes, ...]

    @classmethod
    def of(cls, view: RepositoryView) -> RefTips:
        """Return what the refs of a repository name."""
        return cls(view.head(), tuple(view.tips()))


class NewCommits:
    """The commits that are reachable from refs now, and were not before.

    There can be many thousands of refs, and each costs git some time. So only the refs that have moved are compared
    first. That is enough if every commit found this way is also a new object: then no other ref can have reached it.

    Args:
        view: The repository.
        earlier: The recorded attribution; all of its tips have to be in the repository.
        refs: What refs name now.
        is_new: Says whether an object was not in the repository before.
        seconds: Time for it.

    Attributes:
        tips: The objects that refs name now and did not before.
        excluded: Objects from which the other commits are reachable; git is told to leave these out.
        commits: The new commits.
        bases: Parents of new commits that are not new themselves, with their own dates.

    Raises:
        SourceError: If git cannot list them.
    """

    def __init__(
        self, view: RepositoryView, earlier: Attribution, refs: RefTips, is_new: Callable[[bytes], bool], seconds: float
    ) -> None:
        self._view = view
        self._deadline = Deadline(seconds)
        before, now = set(earlier.tips), set(refs.tips)
        self.tips = tuple(tip for tip in refs.tips if tip not in before)
        self.excluded = tuple(before - now | ({earlier.head} if earlier.head else set()))
        self.commits: set[bytes] = set()
        self.bases: dict[bytes, int] = {}
        if self.tips and not self._list_commits(is_new):
            self.excluded = earlier.tips
            self._list_commits(lambda _: True)

    def _list_commits(self, is_possible: Callable[[bytes], bool]) -> bool:
        """List the commits, and return False at the first one that cannot be new."""
        self.commits, self.bases = set(), {}
        options = ("--boundary", "--timestamp", "--ignore-missing")
        for line in rev_list(self._view, options, self.tips, self.excluded, self._deadline):
            date, commit = line.split()
            if commit.startswith(b"-"):
                self.bases[commit[1:]] = int(date)
            elif is_possible(commit):
                self.commits.add(commit)
            else:
                return False
        return True


class HistoryDiff:
    """The difference between the recorded history and the history now.

    The commits reachable now are those that were reachable before, minus the unreachable ones, plus the new ones. A
    commit's corrected date never changes. So what was recorded of a commit remains true, except for whether it is
    reachable from HEAD; git lists the commits for which that has changed.

    Args:
        view: The repository.
        earlier: The recorded attribution; all of its tips have to be in the repository.
        refs: What refs name now.
        new_commits: The commits that are new.
        log: What the new commits changed; None: there are none.
        deadline: When git has to be done.

    Attributes:
        corrected: Corrected dates that are later than the commits' own; those of new commits are added by `ages`.
    """

    def __init__(
        self,
        view: RepositoryView,
        earlier: Attribution,
        refs: RefTips,
        new_commits: NewCommits,
        log: HistoryLog | None,
        deadline: Deadline,
    ) -> None:
        self._view = view
        self._earlier = earlier
        self._head, self._tips = refs
        self._new_commits = new_commits
        self._log = log
        self._deadline = deadline
        self.corrected: Mapping[bytes, int] = earlier.corrected or {}

    def ages(self, wanted: Collection[bytes], messages: Collection[bytes]) -> dict[BlobPath, list[Age]] | None:
        """Return the commits that put each of some blobs at each path, or None if that cannot be determined.

        Args:
            wanted: Ids of the blobs.
            messages: Ids of commits; those that are reachable are at their own places, see `message_path`.
        """
        if self._earlier.corrected is None:
            return None
        try:
            return self._ages(wanted, messages)
        except SourceError:
            return None

    def _ages(self, wanted: Collection[bytes], messages: Collection[bytes]) -> dict[BlobPath, list[Age]] | None:
        changes = [] if self._log is None else list(self._log.changes(frozenset(wanted)))
        if (self._log is not None and not self._log.is_complete) or not self._is_commit(self._head):
            return None
        added = {} if self._log is None else self._log.commits
        order = CommitOrder({**self._bases(), **added}, None)
        self.corrected = {
            **self.corrected,
            **{commit: date for commit, date in order.corrected.items() if commit in added},
        }
        joined, left = self._head_changes()
        unreachable = self._unreachable(left)
        found: dict[BlobPath, list[Age]] = {}
        for place, ages in self._earlier.ages.items():
            kept = [_updated(age, joined, left) for age in ages if age[-1] not in unreachable]
            if kept and (place[0] in wanted or place[0] in messages):
                found[place] = kept
        for commit, blob, path in (*changes, *message_places(messages, added)):
            age = (commit not in joined, order.age(commit)[1], commit)
            found.setdefault((blob, path), []).append(age)
        return found

    def _bases(self) -> dict[bytes, CommitNode]:
        """Return the parents of new commits that are not new: without their own parents, with their corrected dates."""
        dates = self._new_commits.bases
        return {commit: CommitNode(commit, self.corrected.get(commit, date), ()) for commit, date in dates.items()}

    def _is_commit(self, head: bytes | None) -> bool:
        """Whether HEAD, if it has moved, names a commit and not a tag."""
        if head in (None, self._earlier.head) or head in self._new_commits.commits:
            return True
        return list(self._rev_list(("--no-walk",), [head or b""], ())) == [head]

    def _head_changes(self) -> tuple[set[bytes], set[bytes]]:
        """Return the commits that have become reachable from HEAD, and those that no longer are."""
        before, now = self._earlier.head, self._head
        if before == now:
            return set(), set()
        if self._new_commits.tips == (now,) and self._new_commits.bases.keys() == {before}:
            return self._new_commits.commits, set()
        if before is None or now is None:
            reachable = set(self._rev_list((), filter(None, (before, now)), ()))
            return (reachable, set()) if before is None else (set(), reachable)
        differing = list(self._rev_list(("--left-right",), [b"%s...%s" % (before, now)], ()))
        return {line[1:] for line in differing if line[:1] == b">"}, {
            line[1:] for line in differing if line[:1] == b"<"
        }

    def _unreachable(self, left_head: Collection[bytes]) -> set[bytes]:
        """Return the commits that are no longer reachable from any ref.

        Args:
            left_head: The commits that are no longer reachable from HEAD.
        """
        removed = set(self._earlier.tips).difference(self._tips)
        if not left_head:
            removed.discard(self._earlier.head or b"")
        return set(self._rev_list((), removed, self._tips)) if removed else set()

    def _rev_list(self, options: Iterable[str], tips: Iterable[bytes], excluded: Iterable[bytes]) -> Iterator[bytes]:
        return rev_list(self._view, options, tips, excluded, self._deadline)


def message_places(messages: Collection[bytes], commits: Container[bytes]) -> Iterator[TreeChange]:
    """Yield where each of some commits is itself, if it is one of others: that is not in any tree."""
    return (TreeChange(commit, commit, message_path(commit)) for commit in sorted(messages) if commit in commits)


def message_path(commit: bytes) -> bytes:
    """Return the path of a commit itself, given its id."""
    return b".git/commits/" + commit


def rev_list(
    view: RepositoryView,
    options: Iterable[str],
    tips: Iterable[bytes],
    excluded: Iterable[bytes],
    deadline: Deadline,
) -> Iterator[bytes]:
    """Yield the lines that `git rev-list` writes about some revisions.

    Raises:
        SourceError: If git fails, or is not done at the deadline.
    """
    with (
        revision_range(view, tips, excluded) as revisions,
        view.git("rev-list", *options, "--stdin", stdin=revisions, seconds=deadline.remaining) as process,
    ):
        for line in process.stdout:
            yield line.strip()
        process.finish()


def _updated(age: Age, joined: Collection[bytes], left: Collection[bytes]) -> Age:
    """Return an age with what has changed about whether its commit is reachable from HEAD."""
    is_off_head, date, commit = age
    if commit in joined:
        is_off_head = False
    elif commit in left:
        is_off_head = True
    return is_off_head, date, commit
