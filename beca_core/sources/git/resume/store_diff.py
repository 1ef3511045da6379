"""`StoreDiff`: what is new in an object store since a checkpoint, by the names of packs and the ids of objects."""

from __future__ import annotations

import os
from binascii import unhexlify
from itertools import chain
from typing import TYPE_CHECKING, Final

from beca_core.sources.git.objects.cat_file_shares import cat_file_shares
from beca_core.sources.git.objects.loose import find_loose, share_loose
from beca_core.sources.git.objects.pack_index import UnsupportedPack, read_index
from beca_core.sources.git.store_layout import find_packs, lacks_alternates, pack_name, with_alternates
from beca_core.state.checkpoint import Checkpoint, Ids
from beca_core.system.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from beca_core.sources.contracts import Share
    from beca_core.sources.git.objects.pack_index import PackIndex
    from beca_core.sources.git.view import RepositoryView

_MAX_LISTED: Final = 20_000
"""Up to so many objects, reading them one by one is faster than walking all packs."""

_FEW: Final = 1000
"""Up to so many ids, looking each up is faster than comparing sets of all ids."""

_HEADER_BYTES: Final = 12


class StoreDiff:
    """The difference between a checkpoint and the object store now.

    A pack that has the same checksum and number of objects is the same. If a pack or a loose object was removed, all
    ids are compared: git may have repacked the same objects.

    Args:
        view: The repository.
        checkpoint: What was read.

    Attributes:
        is_whole: Whether the comparison is possible; if not, everything has to be read.
        is_unchanged: Whether everything that was read is still in the store.
    """

    def __init__(self, view: RepositoryView, checkpoint: Checkpoint) -> None:
        self._view = view
        self._checkpoint = checkpoint
        self._width = view.format.id_length // 2
        self._new: set[bytes] = set()
        self._loose: dict[bytes, bytes] = {}
        self._present: set[bytes] | None = None
        self.is_unchanged = False
        self.is_whole = not (view.unusable or lacks_alternates(view.objects)) and checkpoint.ids.width == self._width
        if self.is_whole:
            try:
                self._compare(with_alternates(view.objects))
            except (OSError, UnsupportedPack):
                self.is_whole = False

    def __contains__(self, object_id: bytes) -> bool:
        """Whether the store has the object with a hexadecimal id."""
        binary = unhexlify(object_id)
        return binary in (self._checkpoint.ids if self._present is None else self._present) or binary in self._new

    @property
    def is_foreign(self) -> bool:
        """Whether the store has objects, and none that was read; False if it cannot be compared."""
        if not self.is_whole or self._present is None or not self._checkpoint.packs.isdisjoint(self._packs):
            return False
        return bool(self._present) and self._present.isdisjoint(self._checkpoint.ids)

    @property
    def is_large(self) -> bool:
        """Whether walking all packs is faster than reading what is new one by one."""
        return len(self._new) + len(self._checkpoint.unread) > _MAX_LISTED

    def shares(self) -> Iterator[Share]:
        """Yield shares of what is new, and of what could not be read before."""
        loose = {object_id: path for object_id, path in self._loose.items() if self.is_new(object_id)}
        yield from share_loose(self._view, loose)
        packed = {object_id.hex().encode() for object_id in self._new} | self._unread()
        yield from cat_file_shares(self._view, sorted(packed.difference(loose)), is_fallback=False)

    def known(self) -> set[bytes]:
        """Return the binary ids of the objects that need not be read."""
        return set(self._checkpoint.ids) - {bytes.fromhex(object_id) for object_id in self._checkpoint.unread}

    def is_new(self, object_id: bytes) -> bool:
        """Whether an object, given its hexadecimal id, was not in the store before."""
        return unhexlify(object_id) in self._new

    def needs_reading(self, object_id: str) -> bool:
        """Whether an object, given its hexadecimal id, is new or could not be read before."""
        return object_id in self._checkpoint.unread or self.is_new(object_id.encode())

    def missing(self, ids: Collection[bytes]) -> list[bytes]:
        """Return those of some hexadecimal ids, each once, that the store does not have."""
        if len(ids) < _FEW:
            return sorted({object_id for object_id in ids if object_id not in self})
        present = self._new | (set(self._checkpoint.ids) if self._present is None else self._present)
        return [i.hex().encode() for i in sorted({unhexlify(object_id) for object_id in ids} - present)]

    def checkpoint(self) -> Checkpoint:
        """Return the checkpoint of a scan that could read everything."""
        if self._present is None or self.is_unchanged:
            parts = [*self._checkpoint.ids.runs, b"".join(sorted(self._new))]
        else:
            parts = [b"".join(sorted(self._present))]
        return Checkpoint(frozenset(self._packs), frozenset(self._loose), Ids(parts, self._width))

    def _compare(self, stores: list[Path]) -> None:
        self._packs = {self._name(pack): pack for store in stores for pack in find_packs(store)}
        self._loose = {i: path for store in stores for i, path in find_loose(store, self._view.format.id_length)}
        added = [self._index(pack) for name, pack in self._packs.items() if name not in self._checkpoint.packs]
        loose = [unhexlify(object_id) for object_id in self._loose]
        self._new = self._unknown(object_id for index in added for object_id in index) | self._unknown(loose)
        removed = [unhexlify(object_id) for object_id in self._checkpoint.loose.difference(self._loose)]
        self.is_unchanged = self._checkpoint.packs <= self._packs.keys() and all(
            any(index.find(object_id) is not None for index in added) for object_id in removed
        )
        if not self.is_unchanged:
            kept = (self._index(pack) for name, pack in self._packs.items() if name in self._checkpoint.packs)
            self._present = {object_id for index in chain(added, kept) for object_id in index} | set(loose)
            self.is_unchanged = self._present.issuperset(self._checkpoint.ids)

    def _unknown(self, ids: Iterable[bytes]) -> set[bytes]:
        found = set(ids)
        if len(found) < _FEW:
            return {object_id for object_id in found if object_id not in self._checkpoint.ids}
        return found.difference(self._checkpoint.ids)

    def _name(self, pack: Path) -> str:
        with open_regular(pack) as file:
            head = os.pread(file.fileno(), _HEADER_BYTES, 0)
            end = os.pread(file.fileno(), self._width, os.fstat(file.fileno()).st_size - self._width)
        return pack_name(end, int.from_bytes(head[8:], "big"))

    def _index(self, pack: Path) -> PackIndex:
        return read_index(pack.with_suffix(".idx"), self._width)

    def _unread(self) -> set[bytes]:
        return {object_id.encode() for object_id in self._checkpoint.unread if object_id.encode() in self}
