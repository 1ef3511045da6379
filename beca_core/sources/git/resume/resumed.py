"""Resuming: a reading of a repository that leaves out what an earlier scan has read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.errors import SourceError
from beca_core.sources.git.history.history_diff import NewCommits, RefTips
from beca_core.sources.git.history.log import HistoryLog
from beca_core.sources.git.history.places import RecordedHistory
from beca_core.sources.git.objects.cat_file_shares import cat_file_shares
from beca_core.sources.git.objects.lfs import with_lfs
from beca_core.sources.git.objects.selection import known_unreadable, select_history
from beca_core.sources.git.resume.store_diff import StoreDiff
from beca_core.state.checkpoint import Ids

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from beca_core.report import Skipped
    from beca_core.sources.contracts import Resume, Share
    from beca_core.sources.git.objects.object_store import ObjectStore
    from beca_core.sources.git.view import RepositoryView
    from beca_core.state.checkpoint import Attribution, Checkpoint

_MAX_UNREAD: Final = 20_000
"""If more objects could not be read, the checkpoint names no packs, and the next scan compares all ids to find them."""

_HEX: Final = frozenset("0123456789abcdef")


class ResumedRepository(NamedTuple):
    """What is new in a repository since an earlier scan, and what that scan recorded.

    Args:
        view: The repository.
        store: What is new in the object store.
        refs: What refs name now.
        recorded: The recorded history, if it is still valid; None: all of history is read.
        log: What the new commits changed, or all commits if `recorded` is None; None: there are no new commits.
    """

    view: RepositoryView
    store: StoreDiff
    refs: RefTips
    recorded: RecordedHistory | None
    log: HistoryLog | None

    @classmethod
    def since(cls, view: RepositoryView, resume: Resume, seconds: float) -> ResumedRepository | None:
        """Compare a repository with a checkpoint; None: that is not possible, and everything has to be read.

        Args:
            view: The repository.
            resume: What an earlier scan has read.
            seconds: Time for git to list the new commits.
        """
        store = StoreDiff(view, resume.checkpoint)
        if not store.is_whole:
            return None
        refs = RefTips.of(view)
        recorded = _recorded(view, resume, store, refs, seconds)
        if recorded is None:
            log: HistoryLog | None = HistoryLog(view, refs.tips, seconds)
        elif recorded.new_commits.commits:
            log = HistoryLog(view, recorded.new_commits.tips, seconds, recorded.new_commits.excluded)
        else:
            log = None
        return cls(view, store, refs, recorded, log)

    @property
    def tips(self) -> tuple[bytes, ...]:
        """The objects that refs name; if the recorded history is valid, only those that no ref named before."""
        return self.refs.tips if self.recorded is None else self.recorded.new_commits.tips

    def shares(self) -> tuple[Share, ...]:
        """Return shares of what is new, and of what is known to be unreadable."""
        if self.store.is_large:
            return with_lfs(self.view, select_history(self.view, _object_store(self.view), self.store.known()))
        return known_unreadable(self.view), *with_lfs(self.view, self.store.shares())

    def holds(self, blob_id: str) -> bool:
        """Whether an object is left out, and is still in the repository."""
        return blob_id.encode() in self.store and not self.store.needs_reading(blob_id)

    def all_shares(self) -> tuple[Share, ...]:
        """Return shares of everything, including what was left out."""
        return with_lfs(self.view, select_history(self.view, _object_store(self.view)))

    def reread(self, blob_ids: Iterable[str]) -> tuple[Share, ...]:
        """Return shares of some objects."""
        wanted = sorted(blob_id.encode() for blob_id in blob_ids)
        return with_lfs(self.view, cat_file_shares(self.view, wanted, is_fallback=False))


def _recorded(
    view: RepositoryView, resume: Resume, store: StoreDiff, refs: RefTips, seconds: float
) -> RecordedHistory | None:
    """Return the recorded history if it is still valid, so that only new commits have to be read."""
    attribution: Attribution | None = resume.checkpoint.attribution
    is_valid = resume.is_complete and store.is_unchanged and not resume.checkpoint.has_missing
    if attribution is None or not is_valid or attribution.shallow != view.shallow:
        return None
    try:
        new_commits = NewCommits(view, attribution, refs, store.is_new, seconds)
    except SourceError:
        return None
    return RecordedHistory(attribution, new_commits, store.is_new)


def _object_store(view: RepositoryView) -> ObjectStore:
    """Return the objects that can be read without git."""
    from beca_core.sources.git.objects.object_store import ObjectStore  # a scan that resumes seldom needs it

    return ObjectStore(view)


def exclude_unread(checkpoint: Checkpoint, skipped: Collection[Skipped]) -> Checkpoint:
    """Return a checkpoint without what could not be read.

    Args:
        checkpoint: What there was to read.
        skipped: What could not be read and may be readable another time, and what is missing.
    """
    width = 2 * checkpoint.ids.width
    missing = {item.id for item in skipped if item.reason == "missing"}
    failed = {item.id.partition("!")[0] for item in skipped} - missing
    unread = frozenset(i for i in failed if len(i) == width and set(i) <= _HEX)
    has_unnamed = unread != failed  # without ids: a part of history could not be read
    checkpoint = checkpoint._replace(has_missing=bool(missing) or has_unnamed)
    if len(unread) <= _MAX_UNREAD:
        return checkpoint._replace(unread=unread)
    excluded = {bytes.fromhex(object_id) for object_id in unread}
    read = b"".join(object_id for object_id in checkpoint.ids if object_id not in excluded)
    return checkpoint._replace(packs=frozenset(), ids=Ids([read], checkpoint.ids.width), attribution=None)
