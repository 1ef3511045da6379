"""`HeadReading` and `HistoryReading`: the files of HEAD; the whole object store, or what is new in it."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Final

from beca_core.report import Skipped
from beca_core.sources.contracts import FixedShare, Place
from beca_core.sources.git.history.history_diff import RefTips
from beca_core.sources.git.history.places import HeadLocator, HistoryLocator
from beca_core.sources.git.history.queries import HistoryQueries
from beca_core.sources.git.history.repository_names import HeadNames, all_names, name_places
from beca_core.sources.git.objects.cat_file_shares import CatFileShare
from beca_core.sources.git.objects.lfs import with_lfs
from beca_core.sources.git.objects.selection import list_missing, select_head
from beca_core.sources.git.resume.resumed import exclude_unread
from beca_core.state.checkpoint import Attribution

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from beca_core.sources.contracts import Blob, Share
    from beca_core.sources.git.history.log import HistoryLog
    from beca_core.sources.git.history.places import RecordedHistory
    from beca_core.sources.git.objects.object_store import ObjectStore
    from beca_core.sources.git.resume.resumed import ResumedRepository
    from beca_core.sources.git.resume.store_diff import StoreDiff
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Deadline, Limits
    from beca_core.state.checkpoint import Checkpoint

_SAMPLE: Final = 64
_MAX_UNCHECKED: Final = 1_000_000
"""So many object ids are kept in memory before they are looked up in the object store."""


class HeadReading:
    """The files of the commit at HEAD; it is a `Reading` and a `Contents` in one.

    Args:
        view: The repository.
        limits: Bounds of the scan.
        deadline: When the scan has to end.

    Raises:
        SourceError: If HEAD is not valid, or what it names is missing.
    """

    resumed: None = None

    def __init__(self, view: RepositoryView, limits: Limits, deadline: Deadline) -> None:
        self._view = view
        self._limits = limits
        self._deadline = deadline
        self._selected = tuple(select_head(view, limits.max_blob_bytes, deadline))
        self.shares: Sequence[Share] = with_lfs(view, self._selected)
        self._names = HeadNames(view, deadline)

    def listed(self) -> set[bytes]:
        """Return the ids of the blobs that are read, and of what cannot be read."""
        found: set[bytes] = set()
        for share in self._selected:
            if isinstance(share, CatFileShare):
                found.update(share.ids.split())
            elif isinstance(share, FixedShare):
                found.update(os.fsencode(item.id) for item in share.items)
        return found

    def background(self) -> Iterator[bool]:
        """Do nothing."""
        yield from ()

    def sample(self) -> tuple[bytes, ...]:
        """Return the ids of some of the blobs, always the same ones, by which the repository can be recognised."""
        from heapq import nsmallest

        shares = (share for share in self._selected if isinstance(share, CatFileShare))
        ids = (object_id for share in shares for object_id in share.ids.split())
        return tuple(nsmallest(_SAMPLE, ids))

    def finish(self) -> HeadReading:
        """Return the contents."""
        return self

    def missing(self) -> Iterator[Skipped]:
        """Yield nothing: the shares say what is missing."""
        yield from ()

    def versions(self, blob_ids: Collection[str]) -> Iterator[Blob]:
        """Yield earlier contents of the files that hold the given blobs."""
        return self._locator.versions(blob_ids, self._limits.max_blob_bytes)

    def places(self, blob_ids: Collection[str]) -> Iterator[Place | Skipped]:
        """Yield the places of the given blobs at HEAD, oldest first."""
        yield from self._locator.locate(blob_ids).places

    def checkpoint(self, skipped: Collection[Skipped]) -> None:
        """Return None: a scan of HEAD reads all files each time."""

    def names(self) -> Iterator[bytes]:
        """Yield the paths of the files."""
        return self._names.paths()

    def name_places(self, wanted: Collection[bytes]) -> Iterator[Place]:
        """Yield a place for each of some paths that is there."""
        head = self._view.head()
        found = HistoryQueries(self._view, self._deadline).paths_at(head, wanted) if head else ()
        return (Place("", path) for path in found)

    @cached_property
    def _locator(self) -> HeadLocator:
        return HeadLocator(self._view, RefTips.of(self._view), self._limits.locate_seconds, self._deadline)


class HistoryReading:
    """All objects of a repository, or those that are new; it is a `Reading` and a `Contents` in one.

    Args:
        view: The repository.
        limits: Bounds of the scan.
        deadline: When the scan has to end.
        refs: What refs name.
        log: What commits changed; None: no commit is new.
        store: The objects that the repository has.
        shares: Shares of the objects to read, and of what is known to be unreadable.
        resumed: What is left out; None: nothing.
    """

    def __init__(
        self,
        view: RepositoryView,
        limits: Limits,
        deadline: Deadline,
        refs: RefTips,
        log: HistoryLog | None,
        store: ObjectStore | StoreDiff,
        shares: Sequence[Share],
        resumed: ResumedRepository | None = None,
    ) -> None:
        self._view = view
        self._limits = limits
        self._deadline = deadline
        self._refs = refs
        self._log = log
        self._store = store
        self.shares = shares
        self.resumed = resumed
        self._missing: list[bytes] | None = None
        self._attribution: Attribution | None = Attribution(*refs, view.shallow)

    def background(self) -> Iterator[bool]:
        """Look for objects that history names and the object store does not have."""
        tips = self._refs.tips if self.resumed is None else self.resumed.tips
        if self._log is None:
            self._missing = self._store.missing(tips)
            return
        while not self._log.has_ended:
            yield False
        if not (self._log.is_complete and self._store.is_whole):
            return
        missing: list[bytes] = []
        unchecked = set(tips)
        for blobs in self._log.blob_batches():
            unchecked.update(blobs)
            if len(unchecked) >= _MAX_UNCHECKED:
                missing += self._store.missing(unchecked)
                unchecked.clear()
            yield True
        self._missing = missing + self._store.missing(unchecked)

    def finish(self) -> HistoryReading:
        """Return the contents."""
        return self

    def missing(self) -> Iterator[Skipped]:
        """Yield the objects that are reachable from refs and that the object store does not have."""
        if self._missing is not None:
            yield from (Skipped(object_id.decode(), "missing") for object_id in self._missing)
        else:
            yield from (item for item in list_missing(self._view, self._deadline) if not self._was_read(item))

    def _was_read(self, item: Skipped) -> bool:
        """Whether a share has read what git could not find: BECA reads damaged stores further than git does."""
        return item.reason == "missing" and item.id.encode() in self._store

    def versions(self, blob_ids: Collection[str]) -> Iterator[Blob]:  # noqa: ARG002
        """Yield nothing: the shares have all versions."""
        yield from ()

    def places(self, blob_ids: Collection[str]) -> Iterator[Place | Skipped]:
        """Yield the places of the given objects, oldest first.

        Commits and tags have places of their own: `.git/commits/ID` and `.git/tags/ID`. A blob that is not reachable
        from any ref has the place `.git/objects/ID`.
        """
        recorded: RecordedHistory | None = None if self.resumed is None else self.resumed.recorded
        seconds, deadline = self._limits.locate_seconds, self._deadline
        located = HistoryLocator(self._view, self._refs, seconds, deadline, self._log, recorded).locate(blob_ids)
        self._attribution = located.attribution
        yield from located.places

    @property
    def is_unchanged(self) -> bool:
        """Whether no commit is new since a scan that recorded places, which it does if no name has a secret."""
        return self._log is None and self.resumed is not None and self.resumed.recorded is not None

    def names(self) -> Iterable[bytes]:
        """Return the names of all files that the log has, and of refs."""
        return all_names(self._view, self._refs, self._log, self._deadline)

    def name_places(self, wanted: Collection[bytes]) -> Iterator[Place]:
        """Yield where some names are, and which commits put files there."""
        return name_places(self._view, self._refs, self._log, self._deadline, wanted)

    def checkpoint(self, skipped: Collection[Skipped]) -> Checkpoint | None:
        """Return what has been read; see `Contents.checkpoint`."""
        if not self._store.is_whole:
            return None
        return exclude_unread(self._store.checkpoint()._replace(attribution=self._attribution), skipped)
