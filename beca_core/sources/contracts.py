"""The contract between the engine and a source: what there is to read, and afterwards where it is.

Only a source knows how its contents are read. The engine takes three steps, and each returns what the next one needs::

    reading = source.start(limits, resume)     # what to read, divided into shares
    ...read reading.shares in any process, and run reading.background() meanwhile...
    contents = reading.finish()                # what was read
    contents.missing(), .versions(ids), .places(ids), .checkpoint(skipped)
    source.close()

A source without history starts a `FlatReading`: its shares, and the path of each content.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

from beca_core.report import Skipped
from beca_core.sources.limits import PAUSE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from beca_core.findings import Commit, Position, Presence
    from beca_core.sources.limits import Limits, Scope, Stop
    from beca_core.sources.novelty import Novelty
    from beca_core.state.checkpoint import Checkpoint


class PositionLookup(Protocol):
    """Converts byte offsets into positions; offsets are given in ascending order."""

    def position(self, offset: int) -> Position:
        """Return line and column of a byte offset."""


@dataclass(slots=True, unsafe_hash=True)  # a frozen one takes five times as long to make, and there are many
class Blob:
    """One content that was read, or a chunk of it.

    Args:
        id: Identifies the content within its source.
        data: The bytes.
        kind: What it is; commits and tags are scanned as `git cat-file -p` prints them.
        own_from: In a chunk, matches that begin before this byte offset belong to the previous chunk.
        own: In a chunk, matches that begin at or after this byte offset belong to the next chunk; None: there is none.
        positions: Converts offsets into positions if the data is a chunk; None: the data is the whole content.
        member: Path within the archive with this id, `!` between an archive and its member; empty: not a member.
        unwalked: Whether git had to read it, because it could not be read from its pack directly.
        form: `text` is a chunk of the transcoded text of a content in UTF-16 or UTF-32, whose own chunks are `bytes`;
            empty: the data has no transcoded chunks beside it.
        novelty: How the data differs from that of a blob that was yielded before; None: not known.
    """

    id: str
    data: bytes = field(repr=False)
    kind: Literal["blob", "commit", "tag"] = "blob"
    own_from: int = 0
    own: int | None = None
    positions: PositionLookup | None = field(default=None, repr=False, compare=False)
    member: bytes = b""
    unwalked: bool = False
    form: Literal["", "bytes", "text"] = ""
    novelty: Novelty | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Place:
    """A path at which a blob is or was.

    Args:
        blob_id: Id of the blob.
        path: Bytes of the path relative to the source's root, `/`-separated. Contents without a path of their own get
            one under `.git/`: `.git/commits/ID`, `.git/tags/ID`, and `.git/objects/ID` for objects that are not
            reachable from any ref or whose place was not found.
        in_head: Whether the blob is at this path in the current version.
        commit: The commit that put this blob at this path; None if it is not known, or the source is not git.
        presence: Where it is if it is not in the current version; None: it is, or that is not known.
        uncommitted: Whether the blob is only in the work tree or in the index; then it is in the current version.
    """

    blob_id: str
    path: bytes
    in_head: bool = True
    commit: Commit | None = None
    presence: Presence | None = None
    uncommitted: bool = False


class Share(Protocol):
    """A part of the work, which one process reads once."""

    @property
    def cost(self) -> int:
        """Approximate bytes of work; larger shares are read first."""

    @property
    def objects(self) -> int:
        """Number of items that `read` will yield."""

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the contents in any order; once `stop` has a reason, yield the others as skipped for that reason.

        Raises:
            SourceError: If reading cannot continue at all.
        """


class Resume(NamedTuple):
    """The request to read only what is new since an earlier scan.

    Args:
        checkpoint: What that scan has read.
        is_complete: Whether all hits in that are known; if not, `Resumed.all_shares` will be read too.
    """

    checkpoint: Checkpoint
    is_complete: bool


class Source(Protocol):
    """Something to scan. A source is used for one scan and then closed by the caller."""

    @property
    def scope(self) -> Scope:
        """How much of the target this source reads."""

    def start(self, limits: Limits, resume: Resume | None = None) -> Reading:
        """Divide what there is to read into shares.

        Args:
            limits: Bounds of the scan.
            resume: What an earlier scan has read; a source that cannot resume from it reads everything.

        Raises:
            SourceError: If it cannot be read at all.
        """

    def close(self) -> None:
        """Release files and processes; further calls do nothing."""


class Reading(Protocol):
    """A source that is being read."""

    @property
    def shares(self) -> Sequence[Share]:
        """Parts of the work; together they yield every distinct content once."""

    @property
    def resumed(self) -> Resumed | None:
        """What the shares leave out because an earlier scan has read it; None: they leave out nothing."""

    def background(self) -> Iterator[bool]:
        """Do, in small steps, what can be done while the shares are read.

        Each step takes milliseconds, and then yields whether the next step can follow at once; if not, it is waiting
        for something, such as a process.
        """

    def finish(self) -> Contents:
        """Return the contents; called once all shares have been read and `background` has ended."""


class Resumed(Protocol):
    """What a reading leaves out because an earlier scan has read it."""

    def holds(self, blob_id: str) -> bool:
        """Whether a content is left out, and still exists."""

    def all_shares(self) -> Sequence[Share]:
        """Return shares of everything, including what was left out."""

    def reread(self, blob_ids: Iterable[str]) -> Sequence[Share]:
        """Return shares of some contents."""


class Contents(Protocol):
    """The contents of a source after they were read."""

    def missing(self) -> Iterator[Skipped]:
        """Yield contents that should exist and do not; it may repeat what a share has skipped."""

    def versions(self, blob_ids: Collection[str]) -> Iterator[Blob]:
        """Yield the earlier contents, not yet read by a share, of the files that hold the given blobs.

        They show since when a secret has been in a file. A secret that is found only in them is not reported.
        """

    def places(self, blob_ids: Collection[str]) -> Iterator[Place | Skipped]:
        """Yield the places of the given blobs, oldest first, each (blob, path) pair once.

        Every blob gets at least one place. A `Skipped` says that places may be missing, and why.
        """

    def checkpoint(self, skipped: Collection[Skipped]) -> Checkpoint | None:
        """Return what has been read, by this scan or before, so that a later scan can resume; called after `places`.

        Args:
            skipped: What could not be read and may be readable another time, and what is missing.

        Returns:
            None if a later scan cannot resume from this one.
        """


@runtime_checkable
class NamedContents(Protocol):
    """The additional methods of `Contents` that know their names beforehand, so that these are scanned too."""

    def names(self) -> Iterable[bytes]:
        """Return all names: paths, and refs as `.git/refs/heads/NAME`; one may be repeated."""

    def name_places(self, wanted: Collection[bytes]) -> Iterator[Place]:
        """Yield where some of the names are, oldest first; the ids of the blobs may be empty."""


class FlatReading(NamedTuple):
    """The reading of a source without history: the shares hold everything, and each content has one path.

    Args:
        shares: Parts of the work.
        path: Returns the path of a content.
        paths: Returns the paths of all contents, if they are known beforehand.
    """

    shares: Sequence[Share]
    path: Callable[[str], bytes] = os.fsencode
    paths: Callable[[], Iterable[bytes]] = tuple

    @property
    def resumed(self) -> None:
        """None: every scan reads everything."""

    def background(self) -> Iterator[bool]:
        """Do nothing."""
        yield from ()

    def finish(self) -> Contents:
        """Return itself, which is also the contents."""
        return self

    def missing(self) -> Iterator[Skipped]:
        """Yield nothing: the shares report what they could not read."""
        yield from ()

    def versions(self, blob_ids: Collection[str]) -> Iterator[Blob]:  # noqa: ARG002
        """Yield nothing: there are no earlier versions."""
        yield from ()

    def places(self, blob_ids: Collection[str]) -> Iterator[Place]:
        """Yield the path of each content."""
        return (Place(blob_id, self.path(blob_id)) for blob_id in blob_ids)

    def names(self) -> Iterable[bytes]:
        """Return the paths of all contents."""
        return self.paths()

    def name_places(self, wanted: Collection[bytes]) -> Iterator[Place]:
        """Yield a place for each path."""
        return (Place("", path) for path in wanted)

    def checkpoint(self, skipped: Collection[Skipped]) -> None:
        """Return None: the next scan reads everything again."""


class FixedShare(NamedTuple):
    """A share whose items are known beforehand.

    Args:
        items: What it yields.
    """

    items: Sequence[Blob | Skipped]

    @property
    def cost(self) -> int:
        """Bytes of all contents together."""
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


def run_to_end(background: Iterator[bool]) -> None:
    """Run all remaining steps of `Reading.background`."""
    for can_continue in background:
        if not can_continue:
            time.sleep(PAUSE_SECONDS)
