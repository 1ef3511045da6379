"""From ids of objects to their places: where each is at HEAD, and which commit put it there."""

from __future__ import annotations

from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.findings import Presence
from beca_core.report import Skipped
from beca_core.sources.contracts import Place
from beca_core.sources.git.history.commit_order import CommitOrder
from beca_core.sources.git.history.history_diff import HistoryDiff, message_path, message_places
from beca_core.sources.git.history.lookup import ObjectLookup
from beca_core.sources.git.history.presence import PresenceFinder
from beca_core.sources.git.history.queries import HistoryQueries
from beca_core.sources.git.index import staged_paths
from beca_core.sources.limits import Deadline
from beca_core.state.checkpoint import Attribution

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from beca_core.findings import Commit
    from beca_core.sources.contracts import Blob
    from beca_core.sources.git.history.commit_order import CommitNode
    from beca_core.sources.git.history.history_diff import NewCommits, RefTips
    from beca_core.sources.git.history.log import HistoryLog
    from beca_core.sources.git.history.tree_changes import TreeChange
    from beca_core.sources.git.view import RepositoryView
    from beca_core.state.checkpoint import Age, BlobPath

    Ages = dict[BlobPath, list[Age]]

_MAX_PLACES: Final = 250_000
"""A small tree can name one blob at more paths than fit into memory; the search for places ends at so many."""

_SECONDS_A_PLACE: Final = 40e-6

_MAX_AGES: Final = 1000
"""Commits that are kept for one blob at one path; if there are more, only the oldest is kept."""

_MAX_RECORDED: Final = 200_000
"""Commits that are recorded for all blobs together; if there are more, no attribution is recorded."""


class Located(NamedTuple):
    """The places of some objects.

    Args:
        places: The places, oldest first, and a `Skipped` for each object of which places may be missing.
        attribution: What a later scan can resume from; None: it would be incomplete, or too large.
    """

    places: list[Place | Skipped]
    attribution: Attribution | None = None


class RecordedHistory(NamedTuple):
    """What an earlier scan recorded of history, and what is new since then.

    Args:
        attribution: What it recorded; all of its tips are still in the repository.
        new_commits: The commits that are new.
        is_new: Says whether an object was not in the repository before.
    """

    attribution: Attribution
    new_commits: NewCommits
    is_new: Callable[[bytes], bool]


class _Locator:
    """What both ways of finding places share.

    Args:
        view: The repository.
        refs: What refs name.
        seconds: Time for all of it.
        scan_deadline: When the scan has to end; what remains then gets a moment.
    """

    def __init__(self, view: RepositoryView, refs: RefTips, seconds: float, scan_deadline: Deadline) -> None:
        self._view = view
        self._head = refs.head
        self._refs = refs
        self._deadline = Deadline(min(seconds, scan_deadline.last))
        self._history = HistoryQueries(view, self._deadline)
        self._lookup = ObjectLookup(view, self._deadline, scan_deadline)
        self._has_too_many = False
        self._most_places = int(min(_MAX_PLACES, self._deadline.remaining / _SECONDS_A_PLACE))

    @property
    def is_complete(self) -> bool:
        """Whether nothing has been left out so far."""
        return self._history.is_complete and self._lookup.is_complete and not self._has_too_many

    def _are_too_many(self, places: Collection[BlobPath]) -> bool:
        if len(places) >= self._most_places:
            self._has_too_many = True
        return len(places) >= self._most_places

    def _places_at_head(self, wanted: Collection[bytes]) -> set[BlobPath]:
        found: set[BlobPath] = set()
        for place in self._history.at(self._head, wanted) if self._head else ():
            found.add(place)
            if self._are_too_many(found):
                break
        return found

    def _reachable(self, tips: Iterable[bytes]) -> dict[bytes, CommitNode]:
        """Return the commits that are reachable from some tips."""
        return self._history.commits(filter(None, self._lookup.peeled(list(tips))))

    def _ages_of(self, changes: Iterable[TreeChange], order: CommitOrder) -> tuple[Ages, bool]:
        """Return the ages of the commits that put each blob at each path, and whether all of them were kept."""
        found: Ages = {}
        has_all = True
        for commit, blob, path in changes:
            ages = found.setdefault((blob, path), [])
            ages.append(order.age(commit))
            if len(ages) > _MAX_AGES:
                ages[:] = [min(ages)]
                has_all = False
            if self._are_too_many(found):
                break
        return found, has_all

    def _blob_places(
        self,
        wanted: set[bytes],
        at_head: set[BlobPath],
        introduced: Mapping[BlobPath, bytes],
        commits: Mapping[bytes, Commit],
        presences: Mapping[BlobPath, Presence | None] = MappingProxyType({}),
    ) -> Iterator[Place | Skipped]:
        for place, commit_id in introduced.items():
            blob_id, path = place
            in_head = place in at_head
            presence = None if in_head else presences.get(place)
            yield Place(blob_id.decode(), path, in_head=in_head, commit=commits.get(commit_id), presence=presence)
        for blob_id, path in sorted(at_head - introduced.keys()):
            yield Place(blob_id.decode(), path, in_head=True)
        yield from self._places_outside(wanted - {blob_id for blob_id, _ in (*introduced, *at_head)})
        if not self.is_complete:
            yield from (Skipped(blob_id.decode(), "unattributed") for blob_id in sorted(wanted))

    def _places_outside(self, wanted: set[bytes]) -> Iterator[Place]:
        """Yield the places of blobs that are not reachable from any ref, or whose places were not found."""
        width = self._view.format.id_length // 2
        staged = staged_paths(self._view.index_file, width, wanted) if self.is_complete else {}
        for blob_id in sorted(wanted):
            for path in staged.get(blob_id, ()):
                yield Place(blob_id.decode(), path, in_head=False, presence=Presence.STAGED)
            if blob_id not in staged:
                presence = Presence.UNREACHABLE if self.is_complete else None
                yield Place(blob_id.decode(), b".git/objects/" + blob_id, in_head=False, presence=presence)


class HeadLocator(_Locator):
    """Finds the places of blobs at HEAD, and the commit that put each there."""

    _introduced: Mapping[BlobPath, bytes] | None = None

    def versions(self, blob_ids: Iterable[str], max_bytes: int) -> Iterator[Blob]:
        """Yield the earlier blobs at the paths where the given blobs are at HEAD."""
        wanted = {blob_id.encode() for blob_id in blob_ids}
        self._introduced = introduced = self._introductions(self._places_at_head(wanted))
        yield from self._lookup.contents((blob_id for blob_id, _ in introduced if blob_id not in wanted), max_bytes)

    def locate(self, blob_ids: Iterable[str]) -> Located:
        """Return the places of the given blobs; see `Contents.places`."""
        wanted = {blob_id.encode() for blob_id in blob_ids}
        at_head = self._places_at_head(wanted)
        introduced = self._introductions(at_head) if self._introduced is None else self._introduced
        introduced = {place: commit_id for place, commit_id in introduced.items() if place[0] in wanted}
        commits = self._lookup.commits(introduced.values(), {})
        return Located(list(self._blob_places(wanted, at_head, introduced, commits)))

    def _introductions(self, at_head: set[BlobPath]) -> dict[BlobPath, bytes]:
        """Return the commit that first put each version of some files of HEAD at its path, oldest first."""
        if self._head is None or not at_head or self._are_too_many(at_head):
            return {}
        commits = self._reachable([self._head])
        changes = self._history.changes(commits, paths={path for _, path in at_head})
        return _oldest_first(self._ages_of(changes, CommitOrder(commits, self._head))[0])


class HistoryLocator(_Locator):
    """Finds the places of objects in all of history.

    Args:
        view: The repository.
        refs: What refs name.
        seconds: Time for all of it.
        scan_deadline: When the scan has to end; what remains then gets a moment.
        log: What all commits changed. With a recorded history: what the new commits changed; None: there are none.
        recorded: What an earlier scan recorded; None: nothing that this scan can resume from.
    """

    def __init__(
        self,
        view: RepositoryView,
        refs: RefTips,
        seconds: float,
        scan_deadline: Deadline,
        log: HistoryLog | None,
        recorded: RecordedHistory | None = None,
    ) -> None:
        super().__init__(view, refs, seconds, scan_deadline)
        self._log = log
        self._recorded = recorded

    def locate(self, object_ids: Iterable[str]) -> Located:
        """Return the places of the given objects; see `Contents.places`."""
        ids = [object_id.encode() for object_id in object_ids]
        recorded = self._recorded
        if recorded is not None and not _covers(recorded, ids):
            recorded = self._log = None  # they do not cover everything that is needed now
        earlier = _NOTHING if recorded is None else recorded.attribution
        targets = self._targets(ids, earlier)
        named = {object_id: target for object_id, target in targets.items() if target is not None}
        wanted = {object_id for object_id, target in targets.items() if target is None}
        messages = {object_id for object_id, target in named.items() if object_id == target}
        commits = self._lookup.commits(filter(None, named.values()), earlier.commits)
        at_head = self._at_head(wanted, earlier) if wanted else set()
        found = self._ages(at_head, wanted, messages, recorded) if wanted or messages else _PlaceAges({})
        introduced = _oldest_first({place: ages for place, ages in found.ages.items() if place[0] in wanted})
        introducers = self._lookup.commits(introduced.values(), earlier.commits)
        commits = {**commits, **introducers}
        finder = PresenceFinder(self._view, self._refs, self._lookup, self._deadline)
        presences = {place: finder.of_file(found.ages[place]) for place in introduced if place not in at_head}
        places: list[Place | Skipped] = [
            *self._commit_and_tag_places(named, commits, found.ages, finder),
            *self._blob_places(wanted, at_head, introduced, introducers, presences),
        ]
        if not self.is_complete or (found.has_all and sum(map(len, found.ages.values())) > _MAX_RECORDED):
            return Located(places)
        attribution = Attribution(
            *self._refs,
            self._view.shallow,
            targets=targets,
            ages=_frozen(found.ages) if found.has_all else {},
            at_head=frozenset(at_head),
            corrected=found.corrected,
            commits=commits,
        )
        return Located(places, attribution)

    def _commit_and_tag_places(
        self,
        targets: Mapping[bytes, bytes],
        commits: Mapping[bytes, Commit],
        ages: Mapping[BlobPath, Collection[Age]],
        finder: PresenceFinder,
    ) -> Iterator[Place]:
        for object_id, target in sorted(targets.items(), key=lambda item: item[0] != item[1]):
            if object_id == target:
                path = message_path(object_id)
                presence = finder.of_message(ages.get((object_id, path), ()))
            else:
                path = b".git/tags/" + object_id
                presence = finder.of_tag(object_id)
            presence = presence if self.is_complete else None
            commit = commits.get(target)
            yield Place(object_id.decode(), path, in_head=False, commit=commit, presence=presence)

    def _targets(self, ids: list[bytes], earlier: Attribution) -> dict[bytes, bytes | None]:
        known = earlier.targets
        found = self._lookup.targets([object_id for object_id in ids if object_id not in known])
        return {object_id: known[object_id] if object_id in known else found[object_id] for object_id in ids}

    def _at_head(self, wanted: set[bytes], earlier: Attribution) -> set[BlobPath]:
        if earlier is not _NOTHING and earlier.head == self._head:
            return {place for place in earlier.at_head if place[0] in wanted}
        return self._places_at_head(wanted)

    def _ages(
        self, at_head: set[BlobPath], wanted: set[bytes], messages: set[bytes], recorded: RecordedHistory | None
    ) -> _PlaceAges:
        """Return the ages of the commits that put the wanted blobs at their paths, and of some commits themselves."""
        if self._are_too_many(at_head):
            return _PlaceAges({})
        if recorded is not None:
            resumed = self._resumed(wanted, messages, recorded)
            if resumed is not None:
                return resumed
        changes, commits = self._whole_history(wanted)
        order = CommitOrder(commits, self._head)
        ages, has_all = self._ages_of(chain(changes, message_places(messages, commits)), order)
        has_all &= self._head is None or self._head in commits
        return _PlaceAges(ages, order.corrected if has_all else None, has_all)

    def _resumed(self, wanted: set[bytes], messages: set[bytes], recorded: RecordedHistory) -> _PlaceAges | None:
        """Return them from what an earlier scan recorded; None: the whole history has to be read."""
        earlier, new_commits, _ = recorded
        diff = HistoryDiff(self._view, earlier, self._refs, new_commits, self._log, self._deadline)
        ages = diff.ages(wanted, messages)
        if ages is None or self._are_too_many(ages):
            self._log = None  # it has only the new commits
            return None
        return _PlaceAges(ages, diff.corrected)

    def _whole_history(self, wanted: set[bytes]) -> tuple[Iterable[TreeChange], Mapping[bytes, CommitNode]]:
        """Return the changes of all commits that put a wanted blob at a path, and all commits."""
        if self._log is not None and self._log.is_complete:
            return self._log.changes(wanted), self._log.commits
        commits = self._reachable(self._refs.tips)
        return self._history.changes(commits, wanted) if wanted else (), commits


class _PlaceAges(NamedTuple):
    """The ages of the commits that put blobs at paths.

    Args:
        ages: The ages, by blob and path.
        corrected: Corrected dates that are later than the commits' own; None: not known.
        has_all: Whether the ages of all such commits are there.
    """

    ages: Mapping[BlobPath, Collection[Age]]
    corrected: Mapping[bytes, int] | None = None
    has_all: bool = True


_NOTHING: Final = Attribution(None, (), ())


def _covers(recorded: RecordedHistory, ids: Iterable[bytes]) -> bool:
    """Whether the recorded attribution and the new commits cover each object."""
    return all(object_id in recorded.attribution.targets or recorded.is_new(object_id) for object_id in ids)


def _oldest_first(ages: Mapping[BlobPath, Collection[Age]]) -> dict[BlobPath, bytes]:
    """Return the commit that first put each blob at each path, in order of age."""
    first = {place: min(of_place) for place, of_place in ages.items()}
    return {place: age[-1] for place, age in sorted(first.items(), key=lambda item: (item[1], item[0]))}


def _frozen(ages: Mapping[BlobPath, Collection[Age]]) -> dict[BlobPath, tuple[Age, ...]]:
    return {place: tuple(of_place) for place, of_place in ages.items()}
