"""Where blobs stand and stood, told from what an earlier scan knew and from the history since then."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beca_core.errors import SourceError
from beca_core.sources.git.history.commit_order import CommitNode, CommitOrder
from beca_core.sources.git.history.log import range_of
from beca_core.sources.git.process import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from beca_core.sources.git.history.log import HistoryLog
    from beca_core.sources.git.view import RepositoryView
    from beca_core.state.checkpoint import Age, Attribution, BlobPath


class Refs(NamedTuple):
    """What refs name.

    Args:
        head: The object that HEAD names, or None.
        tips: The distinct objects that refs name, HEAD included.
    """

    head: bytes | None
    tips: tuple[bytes, ...]

    @classmethod
    def of(cls, view: RepositoryView) -> Refs:
        """Return what the refs of a repository name."""
        return cls(view.head(), tuple(view.tips()))


class NewCommits:
    """The commits to which refs lead, and did not.

    Refs can be many thousands, and git takes its time with each. So those that have moved are looked at first: as long
    as their commits are all new as objects, no other ref can have led to them.

    Args:
        view: The repository.
        earlier: What was known; all of its tips have to be there.
        refs: What they name now.
        is_new: Says whether an object has not been there before.
        seconds: Time for it.

    Attributes:
        tips: What refs name, and did not.
        excluded: Objects whose commits are not looked at, so that new ones are left.
        commits: The new commits.
        bases: Parents of new commits that are not new, with their own dates.

    Raises:
        SourceError: If git cannot tell.
    """

    def __init__(
        self, view: RepositoryView, earlier: Attribution, refs: Refs, is_new: Callable[[bytes], bool], seconds: float
    ) -> None:
        self._view = view
        self._deadline = Deadline(seconds)
        before, now = set(earlier.tips), set(refs.tips)
        self.tips = tuple(tip for tip in refs.tips if tip not in before)
        self.excluded = tuple(before - now | ({earlier.head} if earlier.head else set()))
        self.commits: set[bytes] = set()
        self.bases: dict[bytes, int] = {}
        if self.tips and not self._are_found(is_new):
            self.excluded = earlier.tips
            self._are_found(lambda _: True)

    def _are_found(self, is_fine: Callable[[bytes], bool]) -> bool:
        self.commits, self.bases = set(), {}
        options = ("--boundary", "--timestamp", "--ignore-missing")
        for line in rev_list(self._view, options, self.tips, self.excluded, self._deadline):
            date, commit = line.split()
            if commit.startswith(b"-"):
                self.bases[commit[1:]] = int(date)
            elif is_fine(commit):
                self.commits.add(commit)
            else:
                return False
        return True


class HistoryDiff:
    """History, as far as it is new or no longer there.

    The commits that refs led to before are those of now, less those that are gone and without those that are new. A
    commit's corrected date never changes. So what was known of the others still holds, but for whether they lead to
    HEAD, and git tells for which of them that has changed.

    Args:
        view: The repository.
        earlier: What was known; all of its tips have to be there.
        refs: What they name now.
        new_commits: The commits that are new.
        log: What they changed; None: there are none.
        deadline: When git has to be done.
    """

    def __init__(
        self,
        view: RepositoryView,
        earlier: Attribution,
        refs: Refs,
        new_commits: NewCommits,
        log: HistoryLog | None,
        deadline: Deadline,
    ) -> None:
        self._view = view
        self._earlier = earlier
        self._head, self._tips = refs
        self._newcomers = new_commits
        self._log = log
        self._deadline = deadline
        self.corrected: Mapping[bytes, int] = earlier.corrected or {}

    def ages(self, wanted: Collection[bytes]) -> dict[BlobPath, list[Age]] | None:
        """Return the commits that put each of some blobs at each path, or None where that cannot be told.

        Args:
            wanted: Ids of the blobs.
        """
        if self._earlier.corrected is None:
            return None
        try:
            return self._ages(wanted)
        except SourceError:
            return None

    def _ages(self, wanted: Collection[bytes]) -> dict[BlobPath, list[Age]] | None:
        changes = [] if self._log is None else list(self._log.changes(frozenset(wanted)))
        if (self._log is not None and not self._log.is_complete) or not self._is_commit(self._head):
            return None
        added = {} if self._log is None else self._log.commits
        order = CommitOrder({**self._bases(), **added}, None)
        self.corrected = {
            **self.corrected,
            **{commit: date for commit, date in order.corrected.items() if commit in added},
        }
        to_head, from_head = self._moves()
        gone = self._gone(from_head)
        found: dict[BlobPath, list[Age]] = {}
        for place, ages in self._earlier.ages.items():
            kept = [_moved(age, to_head, from_head) for age in ages if age[-1] not in gone]
            if kept and place[0] in wanted:
                found[place] = kept
        for commit, blob, path in changes:
            age = (commit not in to_head, order.age(commit)[1], commit)
            found.setdefault((blob, path), []).append(age)
        return found

    def _bases(self) -> dict[bytes, CommitNode]:
        """The parents of new commits that are not new, without parents of their own, and with their corrected date."""
        dates = self._newcomers.bases
        return {commit: CommitNode(commit, self.corrected.get(commit, date), ()) for commit, date in dates.items()}

    def _is_commit(self, head: bytes | None) -> bool:
        """Whether HEAD, if it has moved, names a commit, and not a tag of one."""
        if head in (None, self._earlier.head) or head in self._newcomers.commits:
            return True
        return list(self._rev_list(("--no-walk",), [head or b""], ())) == [head]

    def _moves(self) -> tuple[set[bytes], set[bytes]]:
        """The commits that now lead to HEAD and did not, and those that did and do no longer."""
        before, now = self._earlier.head, self._head
        if before == now:
            return set(), set()
        if self._newcomers.tips == (now,) and self._newcomers.bases.keys() == {before}:
            return self._newcomers.commits, set()
        if before is None or now is None:
            led = set(self._rev_list((), filter(None, (before, now)), ()))
            return (led, set()) if before is None else (set(), led)
        moved = list(self._rev_list(("--left-right",), [b"%s...%s" % (before, now)], ()))
        return {line[1:] for line in moved if line[:1] == b">"}, {line[1:] for line in moved if line[:1] == b"<"}

    def _gone(self, from_head: Collection[bytes]) -> set[bytes]:
        """The commits to which no ref leads any more."""
        lost = set(self._earlier.tips).difference(self._tips)
        if not from_head:
            lost.discard(self._earlier.head or b"")
        return set(self._rev_list((), lost, self._tips)) if lost else set()

    def _rev_list(self, options: Iterable[str], tips: Iterable[bytes], excluded: Iterable[bytes]) -> Iterator[bytes]:
        return rev_list(self._view, options, tips, excluded, self._deadline)


def rev_list(
    view: RepositoryView,
    options: Iterable[str],
    tips: Iterable[bytes],
    excluded: Iterable[bytes],
    deadline: Deadline,
) -> Iterator[bytes]:
    """Yield what `git rev-list` says of some revisions, line by line.

    Raises:
        SourceError: If it does not come to its end.
    """
    with (
        range_of(view, tips, excluded) as revisions,
        view.git("rev-list", *options, "--stdin", stdin=revisions, seconds=deadline.remaining) as process,
    ):
        for line in process.stdout:
            yield line.strip()
        process.finish()


def _moved(age: Age, to_head: Collection[bytes], from_head: Collection[bytes]) -> Age:
    is_aside, date, commit = age
    if commit in to_head:
        is_aside = False
    elif commit in from_head:
        is_aside = True
    return is_aside, date, commit
