"""From a pack to shares of about equal cost: each holds whole families, and can be read by any process."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from beca_core.report import Skipped
from beca_core.sources.contracts import Blob
from beca_core.sources.git.objects.listed import read_listed
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
"""What an entry costs beside its bytes, in bytes that could be read in that time."""

_LEAST_COST: Final = 16 * 1024 * 1024
_MOST_SHARES: Final = 64


class PackShare(NamedTuple):
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
        if ids := _own_ids(self.forest, self.elsewhere, left):
            yield from read_listed(self.view, ids, limits, stop)

    def _walk(self, walk: FamilyWalk, stop: Stop) -> Iterator[Blob | Skipped]:
        forest = self.forest
        kinds = forest.kinds
        for entry, content in walk.contents():
            if (reason := stop.reason) is not None:
                unread = [entry, *walk.left(), *walk.given_up]
                walk.given_up = []
                ids = _own_ids(forest, self.elsewhere, unread)
                yield from (Skipped(object_id.decode(), reason) for object_id in ids)
                return
            if not (self.elsewhere and _is_elsewhere(forest, self.elsewhere, entry)):
                yield Blob(forest.id(entry).hex(), content, _KINDS[kinds[entry]])


def strays(forest: Forest, elsewhere: bytearray) -> tuple[list[bytes], list[bytes]]:
    """Return the hexadecimal ids of objects that are left to git, and of those that nobody can read.

    Args:
        forest: The pack.
        elsewhere: As for `cut`.
    """

    return _own_ids(forest, elsewhere, forest.strays), _own_ids(forest, elsewhere, forest.circular)


def _own_ids(forest: Forest, elsewhere: bytearray, entries: Iterable[int]) -> list[bytes]:
    """Return the hexadecimal ids of the entries that no other pack yields."""
    return [forest.id(entry).hex().encode() for entry in entries if not _is_elsewhere(forest, elsewhere, entry)]


def _is_elsewhere(forest: Forest, elsewhere: bytearray, entry: int) -> bool:
    return bool(elsewhere) and elsewhere[forest.positions[entry]] != 0


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
