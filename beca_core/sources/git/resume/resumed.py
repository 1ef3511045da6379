"""`Resumed`: reading a repository that an earlier scan has read, as far as that has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.errors import SourceError
from beca_core.sources.git.history.history_diff import NewCommits
from beca_core.sources.git.history.log import HistoryLog
from beca_core.sources.git.objects.selection import known_gaps, select_history
from beca_core.sources.git.resume.store_diff import StoreDiff
from beca_core.state.checkpoint import Ids

if TYPE_CHECKING:
    from collections.abc import Collection

    from beca_core.report import Skipped
    from beca_core.sources.contracts import Share
    from beca_core.sources.git.history.history_diff import Refs
    from beca_core.sources.git.view import RepositoryView
    from beca_core.state.checkpoint import Attribution, Checkpoint

_MAX_AGAIN: Final = 20_000
"""If more could not be read, all packs are looked through for them."""


class Resumed:
    """What is left to read, and what is known.

    Args:
        view: The repository.
        covered: What was read.
        knows_all: Whether nothing can be found in it that was not found then.

    Attributes:
        growth: What is new in the object store.
        attribution: What was known of history, if that can be relied on: then only what is new in it is looked at.
        new_commits: Which commits those are, once the log has begun.
    """

    def __init__(self, view: RepositoryView, covered: Checkpoint, *, knows_all: bool) -> None:
        self._view = view
        self.growth = StoreDiff(view, covered)
        known = covered.attribution
        is_safe = knows_all and self.growth.is_unchanged and not covered.has_missing
        self.attribution: Attribution | None = None
        if known is not None and is_safe and known.shallow == view.shallow:
            self.attribution = known
        self.new_commits: NewCommits | None = None

    def shares(self) -> tuple[Share, ...]:
        """Return shares of what is new, and what cannot be read."""
        if self.growth.is_large:
            from beca_core.sources.git.objects.object_store import ObjectStore

            return tuple(select_history(self._view, ObjectStore(self._view), self.growth.known()))
        return known_gaps(self._view), *self.growth.shares()

    def log(self, refs: Refs, seconds: float) -> HistoryLog | None:
        """Begin to read the part of history that is not known; None: there is none."""
        if self.attribution is not None:
            try:
                self.new_commits = NewCommits(self._view, self.attribution, refs, self.growth.is_fresh, seconds)
            except SourceError:
                self.attribution = None
        if self.new_commits is None:
            return HistoryLog(self._view, refs.tips, seconds)
        if not self.new_commits.commits:
            return None
        return HistoryLog(self._view, self.new_commits.tips, seconds, self.new_commits.without)


def without_failures(covered: Checkpoint, skipped: Collection[Skipped]) -> Checkpoint:
    """Return what has been read, given what of it has not been.

    Args:
        covered: What should have been read.
        skipped: What has not been, and may be another time; and what is missing.
    """
    width = 2 * covered.ids.width
    missing = {item.id for item in skipped if item.reason == "missing"}
    left = {item.id.partition("!")[0] for item in skipped} - missing
    again = frozenset(i for i in left if len(i) == width and set(i) <= _HEX)
    covered = covered._replace(has_missing=bool(missing) or again != left)  # what is no object is a part of history
    if len(again) <= _MAX_AGAIN:
        return covered._replace(again=again)
    lost = {bytes.fromhex(object_id) for object_id in again}
    read = b"".join(object_id for object_id in covered.ids if object_id not in lost)
    return covered._replace(packs=frozenset(), ids=Ids([read], covered.ids.width), attribution=None)


_HEX: Final = frozenset("0123456789abcdef")
