"""`ObjectStore`: the packs and loose objects that are read without git: nearly always the whole store."""

from __future__ import annotations

from binascii import unhexlify
from operator import or_
from typing import TYPE_CHECKING

from beca_core.errors import DeadlineExceeded
from beca_core.report import Skipped
from beca_core.sources.contracts import FixedShare
from beca_core.sources.git.objects.cat_file_shares import cat_file_shares
from beca_core.sources.git.objects.loose import find_loose, share_loose
from beca_core.sources.git.objects.pack_forest import read_forest
from beca_core.sources.git.objects.pack_index import DamagedPack, UnsupportedPack, duplicates
from beca_core.sources.git.objects.pack_shares import cut, unwalkable
from beca_core.sources.git.store_layout import find_packs, lacks_alternates, pack_name, with_alternates
from beca_core.state.checkpoint import Checkpoint, Ids

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from beca_core.sources.contracts import Share
    from beca_core.sources.git.objects.pack_forest import Forest
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Deadline


class ObjectStore:
    """Packs and loose objects of a repository and of its alternates.

    Args:
        view: The repository.
        deadline: When to stop reading packs; None: never.

    Attributes:
        is_whole: Whether these are all objects of the repository; if not, git has to list the objects.
    """

    def __init__(self, view: RepositoryView, deadline: Deadline | None = None) -> None:
        self._view = view
        self._deadline = deadline
        self._damaged: list[Path] = []
        self._too_late: list[Path] = []
        self.is_whole = not (view.unusable or lacks_alternates(view.objects))
        stores = with_alternates(view.objects)
        self._forests = [forest for store in stores for forest in self._forests_of(store)]
        self._forests.sort(key=len, reverse=True)
        loose = {object_id: path for store in stores for object_id, path in find_loose(store, view.format.id_length)}
        self._loose = {object_id: path for object_id, path in loose.items() if not self._is_packed(object_id)}

    def __contains__(self, object_id: bytes) -> bool:
        """Whether the object with a hexadecimal id is in a pack that was read, or loose."""
        return object_id in self._loose or self._is_packed(object_id)

    def shares(self, excluded: Collection[bytes] = ()) -> Iterator[Share]:
        """Yield shares that together hold every object once.

        Args:
            excluded: Binary ids of objects that are left out.
        """
        left_to_git: set[bytes] = set()
        unreadable = [Skipped(str(pack), "unreadable") for pack in self._damaged]
        unreadable += (Skipped(str(pack), "timeout") for pack in self._too_late)
        for forest, duplicate in zip(
            self._forests, duplicates([forest.index for forest in self._forests]), strict=True
        ):
            if excluded:
                duplicate = bytearray(map(or_, duplicate or bytes(len(forest)), _marks(forest, excluded)))
            yield from cut(self._view, forest, duplicate)
            unresolved, cyclic = unwalkable(forest, duplicate)
            left_to_git.update(unresolved)
            unreadable += (Skipped(object_id.decode(), "unreadable") for object_id in cyclic)
        yield from share_loose(
            self._view, {i: path for i, path in self._loose.items() if not excluded or unhexlify(i) not in excluded}
        )
        yield from cat_file_shares(self._view, sorted(left_to_git))
        yield FixedShare(tuple(unreadable))

    def checkpoint(self) -> Checkpoint:
        """Return the checkpoint of a scan that could read everything."""
        packs = frozenset(pack_name(forest.index.checksum, len(forest)) for forest in self._forests)
        loose = b"".join(sorted(unhexlify(object_id) for object_id in self._loose))
        parts = [*(forest.index.ids for forest in self._forests), loose]
        return Checkpoint(packs, frozenset(self._loose), Ids(parts, self._view.format.id_length // 2))

    def missing(self, ids: Iterable[bytes]) -> list[bytes]:
        """Return those of some hexadecimal ids, each once, that are neither packed nor loose."""
        missing = {unhexlify(object_id) for object_id in ids if object_id not in self._loose}
        for forest in self._forests:
            missing.difference_update(forest.index)
        return [object_id.hex().encode() for object_id in sorted(missing)]

    def _is_packed(self, object_id: bytes) -> bool:
        binary = unhexlify(object_id)
        return any(forest.index.find(binary) is not None for forest in self._forests)

    def _forests_of(self, store: Path) -> Iterator[Forest]:
        for pack in find_packs(store):
            try:
                yield read_forest(pack, self._view.format.id_length // 2, self._deadline)
            except DeadlineExceeded:
                self._too_late.append(pack)
                self.is_whole = False
            except DamagedPack:
                self._damaged.append(pack)
                self.is_whole = False
            except (UnsupportedPack, OSError):
                self.is_whole = False


def _marks(forest: Forest, ids: Collection[bytes]) -> Iterator[bool]:
    """Yield for each position in the index of a pack whether its object is one of `ids`."""
    return (object_id in ids for object_id in forest.index)
