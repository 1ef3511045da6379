"""`StoreDiff`: what has come to an object store since it was read, told by names: packs, loose files, indexes."""

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
"""So many objects are sooner read one by one than by walking all packs."""

_FEW: Final = 1000
_HEADER_BYTES: Final = 12


class StoreDiff:
    """Compares an object store with what was read of it.

    A pack that has the same checksum and number of objects is the same. If a pack or a loose object is gone, all ids
    are compared: git may only have packed the same objects anew.

    Args:
        view: The repository.
        checkpoint: What was read.

    Attributes:
        is_whole: Whether the comparison is possible; if not, everything has to be read.
        is_unchanged: Whether all that was read is still there.
    """

    def __init__(self, view: RepositoryView, checkpoint: Checkpoint) -> None:
        self._view = view
        self._checkpoint = checkpoint
        self._width = view.format.id_length // 2
        self._new: set[bytes] = set()
        self._loose: dict[bytes, bytes] = {}
        self._now: set[bytes] | None = None
        self.is_unchanged = False
        self.is_whole = not (view.unusable or lacks_alternates(view.objects)) and checkpoint.ids.width == self._width
        if self.is_whole:
            try:
                self._compare(with_alternates(view.objects))
            except (OSError, UnsupportedPack):
                self.is_whole = False

    def __contains__(self, object_id: bytes) -> bool:
        """Whether an object with a hexadecimal id is there."""
        binary = unhexlify(object_id)
        return binary in (self._checkpoint.ids if self._now is None else self._now) or binary in self._new

    @property
    def is_large(self) -> bool:
        """Whether it is sooner read by walking all packs."""
        return len(self._new) + len(self._checkpoint.unread) > _MAX_LISTED

    def shares(self) -> Iterator[Share]:
        """Yield shares of what is new, and of what could not be read before."""
        loose = {object_id: path for object_id, path in self._loose.items() if self.is_fresh(object_id)}
        yield from share_loose(self._view, loose)
        packed = {object_id.hex().encode() for object_id in self._new} | self._unread()
        yield from cat_file_shares(self._view, sorted(packed.difference(loose)), is_fallback=False)

    def known(self) -> set[bytes]:
        """Return the binary ids of what need not be read."""
        return set(self._checkpoint.ids) - {bytes.fromhex(object_id) for object_id in self._checkpoint.unread}

    def is_new(self, object_id: str) -> bool:
        """Whether a hexadecimal id is that of something which is read now."""
        return object_id in self._checkpoint.unread or self.is_fresh(object_id.encode())

    def missing(self, ids: Collection[bytes]) -> list[bytes]:
        """Return those of some hexadecimal ids, each once, that are not there."""
        if len(ids) < _FEW:
            return sorted({object_id for object_id in ids if object_id not in self})
        there = self._new | (set(self._checkpoint.ids) if self._now is None else self._now)
        return [i.hex().encode() for i in sorted({unhexlify(object_id) for object_id in ids} - there)]

    def checkpoint(self) -> Checkpoint:
        """Return what has been read now, as if it all could have been."""
        if self._now is None or self.is_unchanged:
            parts = [*self._checkpoint.ids.runs, b"".join(sorted(self._new))]
        else:
            parts = [b"".join(sorted(self._now))]
        return Checkpoint(frozenset(self._packs), frozenset(self._loose), Ids(parts, self._width))

    def _compare(self, stores: list[Path]) -> None:
        self._packs = {self._name(pack): pack for store in stores for pack in find_packs(store)}
        self._loose = {i: path for store in stores for i, path in find_loose(store, self._view.format.id_length)}
        fresh = [self._index(pack) for name, pack in self._packs.items() if name not in self._checkpoint.packs]
        loose = [unhexlify(object_id) for object_id in self._loose]
        self._new = self._unknown(object_id for index in fresh for object_id in index) | self._unknown(loose)
        gone = [unhexlify(object_id) for object_id in self._checkpoint.loose.difference(self._loose)]
        self.is_unchanged = self._checkpoint.packs <= self._packs.keys() and all(
            any(index.find(object_id) is not None for index in fresh) for object_id in gone
        )
        if not self.is_unchanged:
            kept = (self._index(pack) for name, pack in self._packs.items() if name in self._checkpoint.packs)
            self._now = {object_id for index in chain(fresh, kept) for object_id in index} | set(loose)
            self.is_unchanged = self._now.issuperset(self._checkpoint.ids)

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

    def is_fresh(self, object_id: bytes) -> bool:
        """Whether a hexadecimal id is that of an object which was not there before."""
        return unhexlify(object_id) in self._new

    def _unread(self) -> set[bytes]:
        return {object_id.encode() for object_id in self._checkpoint.unread if object_id.encode() in self}
