"""`Checkpoint`: what a scan of a repository has read. `Attribution`: where the objects with hits are in history."""

from __future__ import annotations

from bisect import bisect_left
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from beca_core.findings import Commit

_MAX_RUNS: Final = 8

Age: TypeAlias = tuple[bool, int, bytes]
"""Sort key of a commit: whether it is not reachable from HEAD, its corrected date, its id."""

BlobPath: TypeAlias = tuple[bytes, bytes]
"""Id of a blob, and a path at which it is or was."""


class Ids:
    """A set of binary object ids, stored in a few runs.

    Args:
        runs: Concatenated ids, in ascending order within each run.
        width: Length of an id, in bytes.
    """

    def __init__(self, runs: Iterable[bytes], width: int) -> None:
        self.runs: tuple[bytes, ...] = tuple(run for run in runs if run)
        self.width = width
        if len(self.runs) > _MAX_RUNS:
            self.runs = (b"".join(sorted(set(self))),)

    def __len__(self) -> int:
        return sum(map(len, self.runs)) // self.width

    def __iter__(self) -> Iterator[bytes]:
        width = self.width
        return (run[at : at + width] for run in self.runs for at in range(0, len(run), width))

    def __eq__(self, other: object) -> bool:
        """Whether the other has the same ids in the same runs."""
        return isinstance(other, Ids) and (self.runs, self.width) == (other.runs, other.width)

    def __hash__(self) -> int:
        return hash((self.runs, self.width))

    def __contains__(self, object_id: bytes) -> bool:
        return any(self._is_in(run, object_id) for run in self.runs)

    def _is_in(self, run: bytes, object_id: bytes) -> bool:
        width = self.width
        places = range(len(run) // width)
        at = bisect_left(places, object_id, key=lambda place: run[place * width : (place + 1) * width])
        return run[at * width : (at + 1) * width] == object_id


class Attribution(NamedTuple):
    """Where the objects with hits are and were, and which commits put them there. All ids are hexadecimal.

    Args:
        head: The object that HEAD named, or None.
        tips: The objects that refs named.
        shallow: Commits whose parents were missing, because the repository is a shallow clone.
        targets: For each object with hits: None for a blob, else the commit that it names, or an empty id.
        ages: The ages of the commits that put each blob at each path.
        at_head: The blobs at HEAD, with their paths.
        corrected: Corrected dates that are later than the commits' own; None: not known, and a later scan has to read
            all of history.
        commits: The commits that first put a blob at a path, or that an object with hits names.
    """

    head: bytes | None
    tips: tuple[bytes, ...]
    shallow: tuple[str, ...]
    targets: Mapping[bytes, bytes | None] = MappingProxyType({})
    ages: Mapping[BlobPath, tuple[Age, ...]] = MappingProxyType({})
    at_head: frozenset[BlobPath] = frozenset()
    corrected: Mapping[bytes, int] | None = None
    commits: Mapping[bytes, Commit] = MappingProxyType({})


class Checkpoint(NamedTuple):
    """What has been read of an object store.

    Args:
        packs: Names of the packs that have been read, except for the objects in `unread`.
        loose: Hexadecimal ids of the loose objects that the store had.
        ids: All objects that have been read, and those in `unread`.
        unread: Hexadecimal ids of objects that could not be read and may be readable another time.
        has_missing: Whether objects that history names were missing, or a part of history could not be read.
        attribution: Where the objects with hits are; None: it is incomplete, or too large to record.
    """

    packs: frozenset[str]
    loose: frozenset[bytes]
    ids: Ids
    unread: frozenset[str] = frozenset()
    has_missing: bool = False
    attribution: Attribution | None = None
