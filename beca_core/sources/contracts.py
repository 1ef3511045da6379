"""The contract between the engine and a source: what there is to read, and afterwards where it is.

Only a source knows how its contents are read. The engine asks in three steps, each of which gives the next::

    reading = source.start(limits, resume)     # what to read, shared out
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
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from beca_core.report import Skipped
from beca_core.sources.limits import PAUSE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

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
        own_from: Of a chunk, matches that begin before this offset belong to the chunk before it.
        own: Of a chunk, matches that begin before this offset are its own, and later ones belong to the next chunk;
            None: all are its own.
        positions: Turns offsets into positions where the data is a chunk; None: the data is the whole content.
        member: Path within the archive whose id this is, `!` between an archive and its member; empty: not a member.
        unwalked: Whether git had to read it, because it could not be read in its pack.
    """

    id: str
    data: bytes = field(repr=False)
    kind: Literal["blob", "commit", "tag"] = "blob"
    own_from: int = 0
    own: int | None = None
    positions: Positions | None = field(default=None, repr=False, compare=False)
    member: bytes = b""
    unwalked: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A path at which a blob is or was.

    Args:
        blob_id: Id of the blob.
        path: Bytes of the path relative to the source's root, `/`-separated. Contents without a path of their own get
            one under `.git/`: `.git/commits/ID`, `.git/tags/ID`, and `.git/objects/ID` for objects that no ref
            reaches or whose place was not found.
        in_head: Whether the blob is at this path in the current version.
        commit: The commit that put this blob at this path; None outside git and where it is not known.
    """

    blob_id: str
    path: bytes
    in_head: bool = True
    commit: Commit | None = None


class Share(Protocol):
    """A part of the work, read by one process and read once."""

    @property
    def cost(self) -> int:
        """About how many bytes of work it is; larger shares are read first."""

    @property
    def objects(self) -> int:
        """How many items `read` will yield."""

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the contents in any order; once there is a reason to stop, yield the remaining ones as skipped for it.

        Raises:
            SourceError: If reading cannot continue at all.
        """


class Resume(NamedTuple):
    """The request to read only what is new since an earlier scan.

    Args:
        checkpoint: What that scan has read.
        is_complete: Whether its hits are all hits in what it read; if not, `Resumed.all_shares` will be read too.
    """

    checkpoint: Checkpoint
    is_complete: bool


class Source(Protocol):
    """Something to scan. A source is used once and then closed by the caller."""

    @property
    def scope(self) -> Scope:
        """How much of the target this source reads."""

    def start(self, limits: Limits, resume: Resume | None = None) -> Reading:
        """Share out what there is to read.

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
        """Parts of the work that together yield every distinct content once."""

    @property
    def resumed(self) -> Resumed | None:
        """What the shares leave out because an earlier scan has read it; None: they leave out nothing."""

    def background(self) -> Iterator[bool]:
        """Do what can be done while others read the shares, step by step.

        Each step takes milliseconds. It yields whether the next one can follow at once; if not, it waits for something.
        """

    def finish(self) -> Contents:
        """Return the contents; called once all shares have been read and `background` has ended."""


class Resumed(Protocol):
    """What a reading leaves out because an earlier scan has read it."""

    def holds(self, blob_id: str) -> bool:
        """Whether a content is left out, and still there."""

    def all_shares(self) -> Sequence[Share]:
        """Return shares of everything, what was left out included."""

    def reread(self, blob_ids: Iterable[str]) -> Sequence[Share]:
        """Return shares of some contents."""


class Contents(Protocol):
    """The contents of a source after they were read."""

    def missing(self) -> Iterator[Skipped]:
        """Yield what should be there and is not; may name again what a share has skipped."""

    def versions(self, blob_ids: Collection[str]) -> Iterator[Blob]:
        """Yield earlier contents of the files that hold the given blobs, as far as no share has read them.

        They show since when a secret is in a file; what is found in them alone is not reported.
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
            None where a scan cannot resume from this one.
        """


class FlatReading(NamedTuple):
    """A source without history that is being read: everything is in its shares, and each content has one path.

    Args:
        shares: Parts of the work.
        path: Returns the path of a content.
    """

    shares: Sequence[Share]
    path: Callable[[str], bytes] = os.fsencode

    @property
    def resumed(self) -> None:
        """Nothing: every scan reads everything."""

    def background(self) -> Iterator[bool]:
        """Do nothing."""
        yield from ()

    def finish(self) -> Contents:
        """Return the contents, about which this says everything too."""
        return self

    def missing(self) -> Iterator[Skipped]:
        """Yield nothing: the shares say what they could not read."""
        yield from ()

    def versions(self, blob_ids: Collection[str]) -> Iterator[Blob]:  # noqa: ARG002
        """Yield nothing: there are no earlier versions."""
        yield from ()

    def places(self, blob_ids: Collection[str]) -> Iterator[Place]:
        """Yield the path of each content."""
        return (Place(blob_id, self.path(blob_id)) for blob_id in blob_ids)

    def checkpoint(self, skipped: Collection[Skipped]) -> None:
        """Return nothing: the next scan reads everything again."""


class FixedShare(NamedTuple):
    """A share whose items are known beforehand.

    Args:
        items: What it yields.
    """

    items: Sequence[Blob | Skipped]

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


def run_to_end(background: Iterator[bool]) -> None:
    """Take all remaining steps of `Reading.background`."""
    for can_go_on in background:
        if not can_go_on:
            time.sleep(PAUSE_SECONDS)
