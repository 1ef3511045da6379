"""`PackShare`: a pack is cut into shares of about equal cost; each holds whole families of deltas."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from beca_core.report import Skipped
from beca_core.sources.contracts import Blob
from beca_core.sources.git.objects.cat_file_shares import read_with_cat_file
from beca_core.sources.git.objects.pack_forest import BLOB, COMMIT, TAG
from beca_core.sources.git.objects.pack_walk import FamilyWalk
from beca_core.system.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.sources.git.objects.pack_forest import Forest
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Limits, Stop

_KINDS: Final[dict[int, Literal["commit", "blob", "tag"]]] = {COMMIT: "commit", BLOB: "blob", TAG: "tag"}
_ENTRY_COST: Final = 16 * 1024
"""Overhead of an entry, in bytes that could be read in that time."""

_LEAST_COST: Final = 16 * 1024 * 1024
_MOST_SHARES: Final = 64


class PackShare(NamedTuple):
    """Some families of a pack.

    Args:
        view: Reads what cannot be walked.
        forest: The pack.
        roots: The root entry of each family.
        cost: Approximate bytes of work.
        objects: Number of entries in the families.
        duplicate: Which objects other packs yield, one byte for each position in the index; empty: none.
    """

    view: RepositoryView
    forest: Forest
    roots: array[int]
    cost: int
    objects: int
    duplicate: bytearray

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the contents of the families, one after the other; then what git had to read."""
        try:
            with open_regular(self.forest.path) as file:
                walk = FamilyWalk(self.forest, file.fileno(), self.roots, limits.max_blob_bytes)
                yield from self._walk(walk, stop)
                left_to_git = walk.left_to_git
        except OSError:  # opening failed: the pack was removed, and git may find the objects in another
            left_to_git = [entry for root in self.roots for entry in self.forest.descent(root)]
        if ids := _own_ids(self.forest, self.duplicate, left_to_git):
            yield from read_with_cat_file(self.view, ids, limits, stop)

    def _walk(self, walk: FamilyWalk, stop: Stop) -> Iterator[Blob | Skipped]:
        forest = self.forest
        kinds = forest.kinds
        for entry, content in walk.contents():
            if (reason := stop.reason) is not None:
                unread = [entry, *walk.remaining(), *walk.left_to_git]
                walk.left_to_git = []
                ids = _own_ids(forest, self.duplicate, unread)
                yield from (Skipped(object_id.decode(), reason) for object_id in ids)
                return
            if not (self.duplicate and _is_duplicate(forest, self.duplicate, entry)):
                yield Blob(forest.id(entry).hex(), content, _KINDS[kinds[entry]])


def unwalkable(forest: Forest, duplicate: bytearray) -> tuple[list[bytes], list[bytes]]:
    """Return the hexadecimal ids of `Forest.unresolved`, which are left to git, and of `Forest.cyclic`.

    Args:
        forest: The pack.
        duplicate: As for `cut`.
    """
    return _own_ids(forest, duplicate, forest.unresolved), _own_ids(forest, duplicate, forest.cyclic)


def _own_ids(forest: Forest, duplicate: bytearray, entries: Iterable[int]) -> list[bytes]:
    """Return the hexadecimal ids of the entries that no other pack yields."""
    return [forest.id(entry).hex().encode() for entry in entries if not _is_duplicate(forest, duplicate, entry)]


def _is_duplicate(forest: Forest, duplicate: bytearray, entry: int) -> bool:
    return bool(duplicate) and duplicate[forest.positions[entry]] != 0


def cut(view: RepositoryView, forest: Forest, duplicate: bytearray) -> Iterator[PackShare]:
    """Share out the families of a pack.

    Args:
        view: Reads what cannot be walked.
        forest: The pack.
        duplicate: Which objects other packs yield, one byte for each position in the index; empty: none.
    """
    families = [(root, forest.weights[root] * (forest.sizes[root] + _ENTRY_COST)) for root in forest.roots]
    fair = max(_LEAST_COST, sum(cost for _, cost in families) // _MOST_SHARES)
    roots, total, objects = array("L"), 0, 0
    for root, cost in families:
        roots.append(root)
        total += cost
        objects += forest.weights[root]
        if total >= fair:
            yield PackShare(view, forest, roots, total, objects, duplicate)
            roots, total, objects = array("L"), 0, 0
    if roots:
        yield PackShare(view, forest, roots, total, objects, duplicate)
