"""`GitSource`: a local git repository, read object by object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from beca_core.errors import InvalidTarget, SourceError
from beca_core.report import Skipped
from beca_core.sources.git.history.history_diff import Refs
from beca_core.sources.git.history.log import HistoryLog
from beca_core.sources.git.history.places import Locator
from beca_core.sources.git.layout import find_repository
from beca_core.sources.git.objects.cat_file_shares import cat_file_shares
from beca_core.sources.git.objects.selection import lost, select_head, select_history
from beca_core.sources.git.resume.resumed import Resumed, without_failures
from beca_core.sources.git.view import RepositoryView
from beca_core.sources.limits import Scope
from beca_core.state.checkpoint import Attribution

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from beca_core.sources.contracts import Blob, Place, Share
    from beca_core.sources.git.objects.object_store import ObjectStore
    from beca_core.sources.git.resume.store_diff import StoreDiff
    from beca_core.sources.limits import Limits
    from beca_core.state.checkpoint import Checkpoint

_NAMED_AT_ONCE: Final = 1_000_000
"""So many ids of objects are kept in memory before it is looked up whether they are there."""


class GitSource:
    """Read a git repository: its whole object store, or the files of HEAD.

    `history` reads every blob, commit and tag in the object store, those that no ref reaches included. `head` reads
    the blobs of the commit that HEAD names, symbolic links (their text) included and submodules not.

    Args:
        path: Work tree or bare repository.
        scope: `history` or `head`.
        scratch_dir: Where temporary files are made; None: where the system keeps such.
        ahead: Seconds in which git may list history, from now on, while the caller gets ready to read all of it; None:
            it begins when that is known to be needed.

    Raises:
        InvalidTarget: If there is no repository at the path.
        SourceError: If git cannot read it.
    """

    def __init__(
        self,
        path: Path,
        scope: Scope = Scope.HISTORY,
        *,
        scratch_dir: str | os.PathLike[str] | None = None,
        ahead: float | None = None,
    ) -> None:
        self.scope = scope
        self._locator: Locator | None = None
        self._log: HistoryLog | None = None
        self._store: ObjectStore | StoreDiff | None = None
        self._refs = Refs(None, ())
        self._missing: list[bytes] | None = None
        self._resumed: Resumed | None = None
        try:
            layout = find_repository(path.absolute())
            if layout is None:
                raise InvalidTarget("There is no git repository at this path.")
            self._view = RepositoryView(layout, scratch_dir)
        except OSError as error:
            raise SourceError(f"The repository cannot be read: {error.strerror}.") from None
        if ahead is not None and scope is Scope.HISTORY:
            try:
                self._list_history(ahead)
            except BaseException:
                self.close()
                raise

    def shares(self, limits: Limits) -> Sequence[Share]:
        """Share out the objects to read, and tell what is known to be missing.

        Raises:
            SourceError: If HEAD is needed but leads nowhere, or git cannot list the objects.
        """
        if self.scope is Scope.HEAD:
            return tuple(select_head(self._view, limits.max_blob_bytes))
        if self._resumed is not None:
            self._refs = Refs.of(self._view)
            self._log = self._resumed.log(self._refs, limits.locate_seconds)
            self._store = self._resumed.growth
            return self._resumed.shares()
        if self._log is None:
            self._list_history(limits.locate_seconds)
        self._store = _walkable(self._view)
        return tuple(select_history(self._view, self._store))

    def _list_history(self, seconds: float) -> None:
        self._refs = Refs.of(self._view)
        self._log = HistoryLog(self._view, self._refs.tips, seconds)

    def resume(self, covered: Checkpoint, *, knows_all: bool) -> bool:
        """Leave out what an earlier scan has read; see `Resumable`."""
        if self.scope is Scope.HISTORY:
            self._end_log()
            resumed = Resumed(self._view, covered, knows_all=knows_all)
            self._resumed = resumed if resumed.growth.is_whole else None
        return self._resumed is not None

    def known_shares(self, limits: Limits) -> Sequence[Share]:  # noqa: ARG002
        """Share out everything, what an earlier scan has read included."""
        return tuple(select_history(self._view, _walkable(self._view)))

    def is_new(self, blob_id: str) -> bool:
        """Whether an earlier scan has not read it, or all is read again."""
        return self._resumed is None or self._resumed.growth.is_new(blob_id)

    def holds(self, blob_id: str) -> bool:
        """Whether an object that an earlier scan has read is still there."""
        return self._resumed is not None and blob_id.encode() in self._resumed.growth

    def reread(self, blob_ids: Iterable[str]) -> Sequence[Share]:
        """Share out some objects."""
        return tuple(cat_file_shares(self._view, sorted(blob_id.encode() for blob_id in blob_ids), is_fallback=False))

    def covered(self, skipped: Collection[Skipped]) -> Checkpoint | None:
        """Return what has been read; see `Resumable`."""
        if self._store is None or not self._store.is_whole:
            return None
        attribution: Attribution | None = Attribution(*self._refs, self._view.shallow)
        if self._locator is not None:
            attribution = self._locator.attribution
        return without_failures(self._store.covered()._replace(attribution=attribution), skipped)

    def meanwhile(self, limits: Limits) -> Iterator[bool]:  # noqa: ARG002
        """Look for what history holds and the object store does not have."""
        if self._store is None:
            return
        tips = self._refs.tips
        if self._resumed is not None and self._resumed.new_commits is not None:
            tips = self._resumed.new_commits.tips
        if self._log is None:
            self._missing = self._store.missing(tips)
            return
        while not self._log.has_ended:
            yield False
        if not (self._log.is_complete and self._store.is_whole):
            return
        missing: list[bytes] = []
        named = set(tips)
        for blobs in self._log.survey():
            named.update(blobs)
            if len(named) >= _NAMED_AT_ONCE:
                missing += self._store.missing(named)
                named.clear()
            yield True
        self._missing = missing + self._store.missing(named)

    def unread(self, limits: Limits) -> Iterator[Skipped]:  # noqa: ARG002
        """Yield what refs name or history holds, and the object store does not have."""
        if self._missing is not None:
            yield from (Skipped(object_id.decode(), "missing") for object_id in self._missing)
        elif self.scope is Scope.HISTORY:
            yield from (item for item in lost(self._view) if not self._has(item))

    def _has(self, item: Skipped) -> bool:
        """Whether a share has dealt with what git could not find: the walk reads more than git does."""
        return item.reason == "missing" and self._store is not None and item.id.encode() in self._store

    def versions(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Blob]:
        """Yield earlier contents of the files at HEAD that hold the given blobs; `history` has read them already."""
        if self.scope is Scope.HEAD:
            yield from self._places(limits).versions(blob_ids, limits.max_blob_bytes)

    def locate(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Place | Skipped]:
        """Yield the places of the given objects, oldest first.

        Commits and tags have places of their own: `.git/commits/ID` and `.git/tags/ID`. A blob that no ref reaches
        stands at `.git/objects/ID`.
        """
        yield from self._places(limits).places(blob_ids)

    def _places(self, limits: Limits) -> Locator:
        if self._locator is None:
            refs = None if self._log is None and self._resumed is None else self._refs
            self._locator = Locator(self._view, self.scope, limits.locate_seconds, self._log, refs, self._resumed)
        return self._locator

    def close(self) -> None:
        """End git, and remove the temporary files."""
        self._end_log()
        self._view.close()

    def _end_log(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _walkable(view: RepositoryView) -> ObjectStore:
    """Return what can be read without git; a scan that goes on from another seldom needs it."""
    from beca_core.sources.git.objects.object_store import ObjectStore

    return ObjectStore(view)
