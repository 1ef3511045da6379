"""From a pack to shares of about equal cost: each holds whole families, and can be read by any process."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from beca_core.report import Skipped
from beca_core.sources import Blob
from beca_core.sources.git.listed import read_listed
from beca_core.sources.git.packs.forest import BLOB, COMMIT, TAG
from beca_core.sources.git.packs.walk import FamilyWalk
from beca_core.sources.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources import Limits, Stop
    from beca_core.sources.git.packs.forest import Forest
    from beca_core.sources.git.view import RepositoryView

_KINDS: Final[dict[int, Literal["commit", "blob", "tag"]]] = {COMMIT: "commit", BLOB: "blob", TAG: "tag"}
_ENTRY_COST: Final = 16 * 1024
"""What an entry costs beside its bytes, in bytes that could be read in that time."""

_LEAST_COST: Final = 16 * 1024 * 1024
_MOST_SHARES: Final = 64


@dataclass(frozen=True, slots=True)
class PackShare:
    """Some families of a pack.

    Args:
        view: Reads what cannot be walked.
        forest: The pack.
        roots: Entries from which the families grow.
        cost: About how many bytes of work they are.
        objects: How many entries they have.
        elsewhere: Which objects other packs yield, one byte for each position in the index; empty: none.
    """

    view: RepositoryView
    forest: Forest
    roots: array[int]
    cost: int
    objects: int
    elsewhere: bytearray

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the contents of the families, one after the other; then what git had to read."""
        try:
            with open_regular(self.forest.path) as file:
                walk = FamilyWalk(self.forest, file.fileno(), self.roots, limits.max_blob_bytes)
                yield from self._walk(walk, stop)
                left = walk.given_up
        except OSError:  # before anything was read: the pack is gone, and git may know where to
            left = [entry for root in self.roots for entry in self.forest.descent(root)]
        if left := self._own(left):
            yield from read_listed(self.view, map(self._id, left), limits, stop)

    def _walk(self, walk: FamilyWalk, stop: Stop) -> Iterator[Blob | Skipped]:
        forest = self.forest
        kinds = forest.kinds
        for entry, content in walk.contents():
            if (reason := stop.reason) is not None:
                unread = [entry, *walk.left(), *walk.given_up]
                walk.given_up = []
                yield from (Skipped(self._id(each).decode(), reason) for each in self._own(unread))
                return
            if not (self.elsewhere and self._is_elsewhere(entry)):
                yield Blob(forest.id(entry).hex(), content, _KINDS[kinds[entry]])

    def _own(self, entries: list[int]) -> list[int]:
        return [entry for entry in entries if not self._is_elsewhere(entry)]

    def _is_elsewhere(self, entry: int) -> bool:
        return bool(self.elsewhere) and self.elsewhere[self.forest.positions[entry]] != 0

    def _id(self, entry: int) -> bytes:
        return self.forest.id(entry).hex().encode()


def strays(forest: Forest, elsewhere: bytearray) -> tuple[list[bytes], list[bytes]]:
    """Return the hexadecimal ids of objects that are left to git, and of those that nobody can read.

    Args:
        forest: The pack.
        elsewhere: As for `cut`.
    """

    def ids(entries: list[int]) -> list[bytes]:
        own = (entry for entry in entries if not (elsewhere and elsewhere[forest.positions[entry]]))
        return [forest.id(entry).hex().encode() for entry in own]

    return ids(forest.strays), ids(forest.circular)


def cut(view: RepositoryView, forest: Forest, elsewhere: bytearray) -> Iterator[PackShare]:
    """Share out the families of a pack.

    Args:
        view: Reads what cannot be walked.
        forest: The pack.
        elsewhere: Which objects other packs yield, one byte for each position in the index; empty: none.
    """
    families = [(root, forest.weights[root] * (forest.sizes[root] + _ENTRY_COST)) for root in forest.roots]
    fair = max(_LEAST_COST, sum(cost for _, cost in families) // _MOST_SHARES)
    roots, total, objects = array("L"), 0, 0
    for root, cost in families:
        roots.append(root)
        total += cost
        objects += forest.weights[root]
        if total >= fair:
            yield PackShare(view, forest, roots, total, objects, elsewhere)
            roots, total, objects = array("L"), 0, 0
    if roots:
        yield PackShare(view, forest, roots, total, objects, elsewhere)
