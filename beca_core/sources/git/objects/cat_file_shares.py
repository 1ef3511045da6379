"""`CatFileShare`: objects that `git cat-file` reads one by one, because packs cannot be walked or need not be."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.errors import DeadlineExceeded
from beca_core.report import Skipped
from beca_core.sources.git.objects.cat_file import ObjectList, look_up, read_objects
from beca_core.sources.limits import Deadline

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from beca_core.sources.contracts import Blob
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Limits, Stop

READABLE: Final = frozenset(("blob", "commit", "tag"))
_OBJECTS_PER_SHARE: Final = 1000
_OBJECT_COST: Final = 64 * 1024
_MAX_TREE_BYTES: Final = 256 * 1024 * 1024
_SHA1_DIGITS: Final = 40


class CatFileShare(NamedTuple):
    """A share of objects that git reads.

    Args:
        view: The repository.
        ids: Hexadecimal ids, each followed by a line end.
        is_fallback: Whether they are read by git because they could not be read without it.
    """

    view: RepositoryView
    ids: bytes
    is_fallback: bool

    @property
    def cost(self) -> int:
        """Approximate bytes of work."""
        return self.objects * _OBJECT_COST

    @property
    def objects(self) -> int:
        """Number of objects, including trees."""
        return len(self.ids) // (self.view.format.id_length + 1)

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield each object that is not a tree."""
        yield from read_with_cat_file(self.view, self.ids.split(), limits, stop, is_fallback=self.is_fallback)


def cat_file_shares(view: RepositoryView, ids: Iterable[bytes], *, is_fallback: bool = True) -> Iterator[CatFileShare]:
    """Share out a list of hexadecimal ids; see `CatFileShare`."""
    part: list[bytes] = []
    for object_id in ids:
        part.append(object_id + b"\n")
        if len(part) == _OBJECTS_PER_SHARE:
            yield CatFileShare(view, b"".join(part), is_fallback)
            part = []
    if part:
        yield CatFileShare(view, b"".join(part), is_fallback)


def read_with_cat_file(
    view: RepositoryView, ids: Iterable[bytes], limits: Limits, stop: Stop, *, is_fallback: bool = True
) -> Iterator[Blob | Skipped]:
    """Yield the objects that have these hexadecimal ids, trees left out.

    Objects that are too large are skipped before git reads them: what is stored can be small, and its content enormous.
    """
    with ObjectList(view) as wanted, ObjectList(view, ids) as listed:
        if reason := stop.reason:
            yield from (Skipped(object_id.decode(), reason) for object_id in listed)
            return
        deadline, done = Deadline(stop.seconds_left), 0
        try:
            yield from select(view, listed, wanted, limits.max_blob_bytes, {*READABLE, "tree"}, deadline)
        except DeadlineExceeded:
            yield from (Skipped(object_id.decode(), "timeout") for object_id in listed)
            return
        try:
            for item in read_objects(view, wanted, max(limits.max_blob_bytes, _MAX_TREE_BYTES), deadline):
                done += 1
                if isinstance(item, Skipped):
                    yield item
                elif not _has_its_id(item):
                    yield Skipped(item.id, "unreadable")
                elif item.kind in READABLE:  # only now is it certain that the others are trees
                    item.unwalked = is_fallback
                    yield item
                if stop.reason:
                    break
        except DeadlineExceeded:
            pass
        yield from (Skipped(wanted[left], stop.reason or "timeout") for left in range(done, len(wanted)))


def _has_its_id(blob: Blob) -> bool:
    """Whether the id of an object is the hash of its content, which git does not check here."""
    algorithm = hashlib.sha1 if len(blob.id) == _SHA1_DIGITS else hashlib.sha256
    digest = algorithm(f"{blob.kind} {len(blob.data)}\0".encode(), usedforsecurity=False)
    digest.update(blob.data)
    return digest.hexdigest() == blob.id


def select(
    view: RepositoryView,
    listed: ObjectList,
    wanted: ObjectList,
    max_bytes: int,
    kinds: Collection[str] = READABLE,
    deadline: Deadline | None = None,
) -> Iterator[Skipped]:
    """Append the listed objects that can be read to `wanted`, and yield the others as skipped.

    Args:
        view: The repository.
        listed: Objects that the store should have.
        wanted: Receives the ids of the objects to read.
        max_bytes: Larger objects are skipped as `too-large`.
        kinds: Types of the objects to read; objects of other types are ignored.
        deadline: When to stop; None: never.

    Raises:
        DeadlineExceeded: If the deadline passes.
    """
    for info in look_up(view, listed, deadline):
        if not info.kind:  # git has listed it, so it is not missing
            yield Skipped(info.id.decode(), "unreadable")
        elif info.kind in kinds:
            if info.size <= (_MAX_TREE_BYTES if info.kind == "tree" else max_bytes):
                wanted.append(info.id)
            else:
                yield Skipped(info.id.decode(), "too-large")
