"""What to read: a `Source` yields blobs, and afterwards says where the interesting ones stand.

Nobody but a source knows how its blobs are read. The engine asks in turn: `shares` cuts the work into parts that can be
read in any order and by any process, and together give every distinct content once; `unread` tells what only then
turned out to be lost; `versions` adds what is needed to tell since when something stands there; and `locate` gives the
places of those contents in which something was found.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

from beca_core.report import Skipped
from beca_core.sources.limits import PAUSE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from beca_core.findings import Commit, Position
    from beca_core.sources.limits import Limits, Scope, Stop
    from beca_core.state.checkpoint import Checkpoint


class Positions(Protocol):
    """Turns ascending byte offsets into positions."""

    def position(self, offset: int) -> Position:
        """Return line and column of a byte offset."""


@dataclass(slots=True, unsafe_hash=True)  # a frozen one takes five times as long to make, and there are many
class Blob:
    """One content that was read.

    Args:
        id: Names the content within its source.
        data: The bytes.
        kind: What it is; commits and tags are scanned as `git cat-file -p` prints them.
        own_from: Of a chunk, matches that begin before this offset are those of the chunk before it.
        own: Of a chunk, matches that begin before this offset are its own, and later ones are those of the chunk
            that follows; None: all are.
        positions: Turns offsets into positions, where the data is a chunk; None: the data is the whole.
        member: Path within the archive whose id this is, `!` between an archive and its member; empty: no member.
        unwalked: Whether it could not be read in its pack, so that git had to read it.
    """

    id: str
    data: bytes
    kind: Literal["blob", "commit", "tag"] = "blob"
    own_from: int = 0
    own: int | None = None
    positions: Positions | None = field(default=None, repr=False, compare=False)
    member: bytes = b""
    unwalked: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A path at which a blob stands or stood.

    Args:
        blob_id: Id of the blob.
        path: Bytes of the path relative to the source's root, `/`-separated. Contents without a path of their own get
            one under `.git/`: `.git/commits/ID`, `.git/tags/ID`, and `.git/objects/ID` for objects that no ref
            reaches or whose place was not found.
        in_head: Whether the blob stands at this path in the current version.
        commit: The commit that put this blob at this path; None outside git and where it is not known.
    """

    blob_id: str
    path: bytes
    in_head: bool = True
    commit: Commit | None = None


class Share(Protocol):
    """A part of the work, to be read by one process. It is read once."""

    @property
    def cost(self) -> int:
        """About how many bytes of work it is; larger shares are read first."""

    @property
    def objects(self) -> int:
        """How many items `read` will yield."""

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the contents, in any order; once there is a reason to stop, each that is left as skipped for it.

        Raises:
            SourceError: If reading cannot go on at all.
        """


class Source(Protocol):
    """Something to scan. A source is used once and closed; `with` closes it."""

    @property
    def scope(self) -> Scope:
        """How much of the target this source reads."""

    def shares(self, limits: Limits) -> Sequence[Share]:
        """Cut the work into shares that together yield every distinct content once.

        Raises:
            SourceError: If reading cannot go on at all.
        """

    def meanwhile(self, limits: Limits) -> Iterator[bool]:
        """Do what can be done while others read the shares, step by step.

        Each step takes milliseconds. It yields whether the next one can follow at once; if not, it has to wait for
        something.
        """

    def unread(self, limits: Limits) -> Iterator[Skipped]:
        """Yield what should be there and is not; called when all shares have been read, and `meanwhile` has ended.

        It may name again what a share has skipped.
        """

    def versions(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Blob]:
        """Yield earlier contents of the files in which the given blobs stand, as far as no share has read them.

        They tell since when a secret stands in a file; what is found in them alone is not reported.
        """

    def locate(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Place | Skipped]:
        """Yield the places of the given blobs, oldest first, each (blob, path) pair once.

        Every blob gets at least one place. A `Skipped` says that places may be missing, and why.
        """

    def close(self) -> None:
        """Release files and processes; further calls do nothing."""


class Unversioned:
    """Base of sources that have no history: all that there is to read is in their shares."""

    def meanwhile(self, limits: Limits) -> Iterator[bool]:  # noqa: ARG002
        """Do nothing."""
        yield from ()

    def unread(self, limits: Limits) -> Iterator[Skipped]:  # noqa: ARG002
        """Yield nothing: the shares tell what they could not read."""
        yield from ()

    def versions(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Blob]:  # noqa: ARG002
        """Yield nothing: there are no earlier versions."""
        yield from ()

    def close(self) -> None:
        """Do nothing: nothing is kept open."""


class Known(NamedTuple):
    """A share of which all is known beforehand.

    Args:
        items: What it yields.
    """

    items: tuple[Blob | Skipped, ...]

    @property
    def cost(self) -> int:
        """Bytes of all contents."""
        return sum(len(item.data) for item in self.items if isinstance(item, Blob))

    @property
    def objects(self) -> int:
        """Number of items."""
        return len(self.items)

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the items; contents that are too large are skipped."""
        for item in self.items:
            if isinstance(item, Skipped):
                yield item
            elif reason := stop.reason:
                yield Skipped(item.id, reason)
            elif len(item.data) > limits.max_blob_bytes:
                yield Skipped(item.id, "too-large")
            else:
                yield item


def finish(meanwhile: Iterator[bool]) -> None:
    """Take all the steps of `Source.meanwhile` that are left."""
    for goes_on in meanwhile:
        if not goes_on:
            time.sleep(PAUSE_SECONDS)


@runtime_checkable
class Resumable(Source, Protocol):
    """A source whose contents never change, but come and go."""

    def resume(self, covered: Checkpoint, *, knows_all: bool) -> bool:
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

    def covered(self, skipped: Collection[Skipped]) -> Checkpoint | None:
        """Return what has been read, those left out included; called after `locate`.

        Args:
            skipped: What has not been read, and may be another time; and what is missing.

        Returns:
            None where a scan cannot go on from this one.
        """
