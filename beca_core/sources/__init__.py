"""What to read: a `Source` yields blobs, and afterwards says where the interesting ones stand.

Nobody but a source knows how its blobs are read. The engine asks in turn: `shares` cuts the work into parts that can be
read in any order and by any process, and together give every distinct content once; `unread` tells what only then
turned out to be lost; `versions` adds what is needed to tell since when something stands there; and `locate` gives the
places of those contents in which something was found.
"""

from __future__ import annotations

import mmap
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from beca_core.report import Skipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from beca_core.findings import Commit, Position

MIB: Final = 1024 * 1024
PAUSE_SECONDS: Final = 0.002
_STOP_REASONS: Final = ("", "scan-limit")


class Scope(StrEnum):
    """How much of a target is looked at."""

    HISTORY = "history"
    """Everything in a git repository's object store: all versions of all files, commit and tag messages."""
    HEAD = "head"
    """The files of the commit that HEAD names."""
    FILES = "files"
    """The files of a directory, as they lie there."""
    TEXT = "text"
    """One text."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a scan; whatever is not read because of one is counted in the coverage.

    Args:
        max_blob_bytes: Larger git blobs, texts and members of archives are skipped as `too-large`; files of directories
            and standard input are read in chunks instead, however large they are.
        scan_seconds: Time for reading; what is not read by then is skipped as `timeout`.
        scan_bytes: What is not read after so many bytes is skipped as `scan-limit`.
        archive_depth: How deep archives are opened that lie in archives; 0: none is opened.
        archive_members: How many members of one archive are read, those of archives in it included.
        archive_bytes: How many bytes the members of one archive may hold together.
        locate_seconds: Time for finding the places of findings in git history; places not found by then are
            reported without a path and counted as `unattributed`.
        fetch_seconds: Time for fetching a remote repository.
        fetch_bytes: Disk space that a fetched repository may take.
    """

    max_blob_bytes: int = 256 * MIB
    scan_seconds: float = 24 * 3600.0
    scan_bytes: int = 2**63 - 1
    archive_depth: int = 4
    archive_members: int = 100_000
    archive_bytes: int = 1024 * MIB
    locate_seconds: float = 600.0
    fetch_seconds: float = 3600.0
    fetch_bytes: int = 20 * 1024 * MIB


class Stop:
    """Says whether reading has to end early. Processes that are forked share it.

    Args:
        seconds: From now; then the reason is `timeout`.
    """

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._flag = mmap.mmap(-1, 1)

    @property
    def reason(self) -> str | None:
        """Why reading has to end, in the words of `Coverage.skipped`, or None."""
        if number := self._flag[0]:
            return _STOP_REASONS[number]
        return "timeout" if time.monotonic() > self._deadline else None

    def too_many_bytes(self) -> None:
        """End reading because `Limits.scan_bytes` have been read."""
        self._flag[0] = _STOP_REASONS.index("scan-limit")


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
