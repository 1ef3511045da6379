"""From ids of objects to their places: `Locator`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from beca_core.errors import SourceError
from beca_core.findings import Commit
from beca_core.report import Skipped
from beca_core.sources.contracts import Blob, Place
from beca_core.sources.git.history.commit_order import CommitOrder
from beca_core.sources.git.history.history_diff import HistoryDiff, Refs
from beca_core.sources.git.history.stepwise import StepwiseHistory
from beca_core.sources.git.objects.cat_file import ObjectList, look_up, read_objects
from beca_core.sources.git.process import Deadline
from beca_core.sources.limits import Scope
from beca_core.state.checkpoint import Attribution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from beca_core.sources.git.history.commit_order import CommitNode
    from beca_core.sources.git.history.log import HistoryLog
    from beca_core.sources.git.history.tree_changes import TreeChange
    from beca_core.sources.git.objects.cat_file import ObjectInfo
    from beca_core.sources.git.resume.resumed import Resumed
    from beca_core.sources.git.view import RepositoryView
    from beca_core.state.checkpoint import Age, BlobPath

_MAX_PLACES: Final = 250_000
"""A small tree can name one blob at more paths than fit into memory; beyond so many, places are not looked for."""

_GRACE_SECONDS: Final = 15.0
"""Steps whose cost is bound by what is already known get at least so long, even when the deadline has passed."""

_MAX_COMMIT_BYTES: Final = 16 * 1024 * 1024
_MAX_AGES: Final = 1000
_MAX_KEPT: Final = 200_000
"""Commits that put one blob at one path, and such commits for all blobs: beyond that, only the oldest is known."""


class Locator:
    """Finds the places of objects in a repository.

    Args:
        view: The repository.
        scope: `history`, or `head` for the places at HEAD alone.
        seconds: Time for all of it.
        log: What all commits changed, if that was asked for already.
        refs: What refs name; None: that is looked up.
        resumed: What an earlier scan knew; then the log may tell of what has come since only, and there is none if
            nothing has.
    """

    def __init__(
        self,
        view: RepositoryView,
        scope: Scope,
        seconds: float,
        log: HistoryLog | None = None,
        refs: Refs | None = None,
        resumed: Resumed | None = None,
    ) -> None:
        self._view = view
        self._log = log
        self._refs = refs or Refs.of(view)
        self._resumed = resumed
        self._earlier = None if resumed is None else resumed.attribution
        self._known = Attribution(*self._refs, view.shallow)
        self._scope = scope
        self._deadline = Deadline(seconds)
        self._is_complete = True
        self._introductions: dict[BlobPath, bytes] | None = None

    def versions(self, object_ids: Iterable[str], max_bytes: int) -> Iterator[Blob]:
        """Yield what else stood at the paths at which the given blobs stand at HEAD."""
        wanted = {object_id.encode() for object_id in object_ids}
        history = StepwiseHistory(self._view, self._deadline)
        self._introductions = self._introduced_before(history, self._standing(history, wanted))
        self._is_complete &= history.is_complete
        yield from self._contents((blob_id for blob_id, _ in self._introductions if blob_id not in wanted), max_bytes)

    def places(self, object_ids: Iterable[str]) -> Iterator[Place | Skipped]:
        """Yield the places of the given objects; see `Source.locate`."""
        ids = [object_id.encode() for object_id in object_ids]
        if not self._is_told_of(ids):
            self._earlier = self._log = None  # neither says all that is needed now
        targets = self._targets(ids)
        self._known = self._known._replace(targets=targets)
        yield from self._of_commits_and_tags({i: target for i, target in targets.items() if target is not None})
        yield from self._of_blobs({i for i, target in targets.items() if target is None})

    def _is_told_of(self, ids: Iterable[bytes]) -> bool:
        """Whether each object was either looked for before, or can only be where something is new."""
        if self._earlier is None or self._resumed is None:
            return True
        return all(i in self._earlier.targets or self._resumed.growth.is_fresh(i) for i in ids)

    @property
    def attribution(self) -> Attribution | None:
        """What a later scan can go on from, once all places have been told; None: too little is known, or too much."""
        if not self._is_complete or sum(map(len, self._known.ages.values())) > _MAX_KEPT:
            return None
        return self._known

    def _targets(self, ids: list[bytes]) -> dict[bytes, bytes | None]:
        """For each commit itself, for each tag the commit to which it leads or nothing, for all else None."""
        known = {} if self._earlier is None else self._earlier.targets
        unknown = [object_id for object_id in ids if object_id not in known]
        kinds = {fact.id: fact.kind for fact in self._facts(unknown)} if unknown else {}
        tags = [object_id for object_id in unknown if kinds.get(object_id) == "tag"]
        found: dict[bytes, bytes | None] = {i: i if kinds.get(i) == "commit" else None for i in unknown}
        found |= dict.fromkeys(tags, b"") | dict(zip(tags, self._peeled(tags), strict=False)) if tags else {}
        return {object_id: known[object_id] if object_id in known else found[object_id] for object_id in ids}

    def _of_commits_and_tags(self, targets: Mapping[bytes, bytes]) -> Iterator[Place]:
        commits = self._commits(filter(None, targets.values()))
        for object_id, target in sorted(targets.items(), key=lambda item: item[0] != item[1]):
            path = (b".git/commits/" if object_id == target else b".git/tags/") + object_id
            yield Place(object_id.decode(), path, in_head=False, commit=commits.get(target))

    def _of_blobs(self, wanted: set[bytes]) -> Iterator[Place | Skipped]:
        if not wanted:
            return
        history = StepwiseHistory(self._view, self._deadline)
        standing = self._standing(history, wanted)
        introduced = self._introduced(history, standing, wanted)
        commits = self._commits(introduced.values())
        for (blob_id, path), commit_id in introduced.items():
            at_head = (blob_id, path) in standing
            yield Place(blob_id.decode(), path, in_head=at_head, commit=commits.get(commit_id))
        for blob_id, path in sorted(standing - introduced.keys()):
            yield Place(blob_id.decode(), path, in_head=True)
        for blob_id in sorted(wanted - {blob_id for blob_id, _ in (*introduced, *standing)}):
            yield Place(blob_id.decode(), b".git/objects/" + blob_id, in_head=False)
        self._is_complete &= history.is_complete
        self._known = self._known._replace(standing=frozenset(standing))
        if not self._is_complete:
            for blob_id in sorted(wanted):
                yield Skipped(blob_id.decode(), "unattributed")

    def _standing(self, history: StepwiseHistory, wanted: set[bytes]) -> set[BlobPath]:
        """Where the wanted blobs stand at HEAD."""
        head = self._refs.head
        if self._earlier is not None and self._earlier.head == head:
            return {place for place in self._earlier.standing if place[0] in wanted}
        standing: set[BlobPath] = set()
        for entry in history.at(head, wanted) if head else ():
            standing.add(entry)
            if self._is_too_many(standing):
                break
        return standing

    def _introduced(
        self, history: StepwiseHistory, standing: set[BlobPath], wanted: set[bytes]
    ) -> dict[BlobPath, bytes]:
        """Which commit first put the wanted blobs where they stand or stood, oldest first."""
        if self._scope is Scope.HEAD:
            order = self._introductions
            if order is None:
                order = self._introduced_before(history, standing)
            return {place: commit_id for place, commit_id in order.items() if place[0] in wanted}
        if self._is_too_many(standing):
            return {}
        continued = self._continued(wanted)
        if continued is None:
            return _oldest_first(self._ages_of(*self._whole_history(history, wanted)))
        return _oldest_first(continued)

    def _continued(self, wanted: set[bytes]) -> dict[BlobPath, list[Age]] | None:
        """The ages of the wanted blobs, told from what an earlier scan knew; None: that has to be done without it."""
        if self._resumed is None or self._earlier is None or self._resumed.new_commits is None:
            return None
        continuation = HistoryDiff(
            self._view, self._earlier, self._refs, self._resumed.new_commits, self._log, self._deadline
        )
        ages = continuation.ages(wanted)
        if ages is None or self._is_too_many(ages):
            self._log = None  # it tells of what is new only
            return None
        self._known = self._known._replace(ages=_frozen(ages), late=continuation.late)
        return ages

    def _whole_history(
        self, history: StepwiseHistory, wanted: set[bytes]
    ) -> tuple[Iterable[TreeChange], Mapping[bytes, CommitNode]]:
        """What all commits put where, as far as it is wanted, and those commits."""
        if self._log is not None and self._log.is_complete:
            return self._log.changes(wanted), self._log.commits
        commits = history.commits(filter(None, self._peeled(list(self._refs.tips))))
        return history.changes(commits, wanted), commits

    def _introduced_before(self, history: StepwiseHistory, standing: set[BlobPath]) -> dict[BlobPath, bytes]:
        """Which commit first put each version of some files at HEAD where it stands or stood, oldest first."""
        head = self._refs.head
        if head is None or not standing or self._is_too_many(standing):
            return {}
        commits = history.commits(filter(None, self._peeled([head])))
        return _oldest_first(self._ages_of(history.changes(commits, paths={path for _, path in standing}), commits))

    def _ages_of(self, changes: Iterable[TreeChange], commits: Mapping[bytes, CommitNode]) -> dict[BlobPath, list[Age]]:
        """The ages of the commits that put each blob at each path; of very many only the oldest."""
        head = self._refs.head
        order = CommitOrder(commits, head)
        found: dict[BlobPath, list[Age]] = {}
        has_all = head is None or head in commits
        for commit, blob, path in changes:
            ages = found.setdefault((blob, path), [])
            ages.append(order.age(commit))
            if len(ages) > _MAX_AGES:
                ages[:] = [min(ages)]
                has_all = False
            if self._is_too_many(found):
                break
        late = order.late if has_all and self._scope is Scope.HISTORY else None
        self._known = self._known._replace(ages=_frozen(found) if has_all else {}, late=late)
        return found

    def _is_too_many(self, places: Collection[BlobPath]) -> bool:
        if len(places) < _MAX_PLACES:
            return False
        self._is_complete = False
        return True

    def _commits(self, ids: Iterable[bytes]) -> dict[bytes, Commit]:
        asked = set(ids)
        known = {} if self._earlier is None else self._earlier.commits
        found = {commit_id: known[commit_id] for commit_id in asked & known.keys()}
        for commit in self._contents(sorted(asked - found.keys()), _MAX_COMMIT_BYTES):
            found[commit.id.encode()] = parse_commit(commit.id, commit.data)
        self._known = self._known._replace(commits={**self._known.commits, **found})
        return found

    def _contents(self, ids: Iterable[bytes], max_bytes: int) -> Iterator[Blob]:
        """Yield the distinct objects, as far as they can be read in time."""
        with ObjectList(self._view, dict.fromkeys(ids)) as wanted:
            try:
                for item in read_objects(self._view, wanted, max_bytes, Deadline(self._grace)):
                    if isinstance(item, Blob):
                        yield item
            except SourceError:
                self._is_complete = False

    def _peeled(self, ids: list[bytes]) -> list[bytes]:
        """The commit to which each tag leads, or an empty id; a commit leads to itself."""
        return [fact.id if fact.kind == "commit" else b"" for fact in self._facts(ids, b"^{commit}")]

    def _facts(self, ids: list[bytes], suffix: bytes = b"") -> list[ObjectInfo]:
        with ObjectList(self._view, ids, suffix) as asked:
            try:
                return list(look_up(self._view, asked, Deadline(self._grace)))
            except SourceError:
                self._is_complete = False
                return []

    @property
    def _grace(self) -> float:
        return max(self._deadline.remaining, _GRACE_SECONDS)


def _oldest_first(ages: Mapping[BlobPath, Collection[Age]]) -> dict[BlobPath, bytes]:
    """Which commit was the first to put each blob at each path."""
    first = {place: min(of_place) for place, of_place in ages.items()}
    return {place: age[-1] for place, age in sorted(first.items(), key=lambda item: (item[1], item[0]))}


def _frozen(ages: Mapping[BlobPath, Collection[Age]]) -> dict[BlobPath, tuple[Age, ...]]:
    return {place: tuple(of_place) for place, of_place in ages.items()}


_AUTHOR: Final = re.compile(rb"^author (?P<who>.*>|[^>\n]*)(?: +(?P<seconds>-?[0-9]{1,20}))?", re.MULTILINE)
_MAX_AUTHOR: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND: Final = int((datetime(1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
_LAST_SECOND: Final = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH).total_seconds())


def parse_commit(commit_id: str, data: bytes) -> Commit:
    """Return id, author and date of a raw commit object, however malformed it is.

    Args:
        commit_id: Its object id.
        data: The object as stored. Dates that `datetime` cannot hold are clamped; where there is none, the date is
            the epoch.
    """
    header = data.partition(b"\n\n")[0]
    author = _AUTHOR.search(header)
    if author is None:
        return Commit(commit_id, "", _EPOCH)
    who = author["who"].decode("utf-8", "replace").replace("\0", "")
    return Commit(commit_id, who[:_MAX_AUTHOR], _date(int(author["seconds"] or 0)))


def _date(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=min(max(seconds, _FIRST_SECOND), _LAST_SECOND))
