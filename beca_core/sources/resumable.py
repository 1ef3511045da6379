"""What a source offers beside `Source` if a scan can go on from an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from beca_core.sources import Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from beca_core.report import Skipped
    from beca_core.sources import Limits, Share
    from beca_core.state.covered import Covered


@runtime_checkable
class Resumable(Source, Protocol):
    """A source whose contents never change, but come and go."""

    def resume(self, covered: Covered, *, knows_all: bool) -> bool:
        """Leave what an earlier scan has read out of `shares`. Called before anything else.

        Args:
            covered: What that scan has read.
            knows_all: Whether its hits are all that there are in it; if not, `known_shares` is asked for too.

        Returns:
            Whether that can be done; if not, everything is read.
        """

    def known_shares(self, limits: Limits) -> Sequence[Share]:
        """Return shares of everything, what was left out included."""

    def is_new(self, blob_id: str) -> bool:
        """Whether the shares have yielded a content, or said that they could not."""

    def holds(self, blob_id: str) -> bool:
        """Whether something that the earlier scan has read is still there."""

    def reread(self, blob_ids: Iterable[str]) -> Sequence[Share]:
        """Return shares of some contents."""

    def covered(self, skipped: Collection[Skipped]) -> Covered | None:
        """Return what has been read, those left out included; called after `locate`.

        Args:
            skipped: What has not been read, and may be another time; and what is missing.

        Returns:
            None where a scan cannot go on from this one.
        """
