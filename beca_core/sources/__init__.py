"""What to read: a `Source` yields blobs, and afterwards says where the interesting ones stand.

Nobody but a source knows how its blobs are read. The engine asks in turn: `read` gives every distinct content once,
and `locate` gives the places of those contents in which something was found. In between, `versions` adds what is
needed to tell since when something stands there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from beca_core.findings import Commit

MIB: Final = 1024 * 1024


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
        max_blob_bytes: Larger blobs are skipped as `too-large`.
        locate_seconds: Time for finding the places of findings in git history; places not found by then are
            reported without a path and counted as `unattributed`.
        fetch_seconds: Time for fetching a remote repository.
        fetch_bytes: Disk space that a fetched repository may take.
    """

    max_blob_bytes: int = 256 * MIB
    locate_seconds: float = 600.0
    fetch_seconds: float = 3600.0
    fetch_bytes: int = 20 * 1024 * MIB


@dataclass(frozen=True, slots=True)
class Blob:
    """One content that was read.

    Args:
        id: Names the content within its source.
        data: The bytes.
        kind: What it is; commits and tags are scanned as `git cat-file -p` prints them.
    """

    id: str
    data: bytes
    kind: Literal["blob", "commit", "tag"] = "blob"


@dataclass(frozen=True, slots=True)
class Skipped:
    """One content that was not read, and the reason in the words of `Coverage.skipped`."""

    id: str
    reason: str


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


class Source(Protocol):
    """Something to scan. A source is used once and closed; `with` closes it."""

    @property
    def scope(self) -> Scope:
        """How much of the target this source reads."""

    @property
    def expected_blobs(self) -> int | None:
        """How many items `read` will yield in all, once known; for progress displays."""

    def read(self, limits: Limits) -> Iterator[Blob | Skipped]:
        """Yield every distinct content once, in any order.

        Raises:
            SourceError: If reading cannot go on at all.
        """

    def versions(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Blob]:
        """Yield earlier contents of the files in which the given blobs stand, as far as `read` has left them out.

        They tell since when a secret stands in a file; what is found in them alone is not reported.
        """

    def locate(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Place | Skipped]:
        """Yield the places of the given blobs, oldest first, each (blob, path) pair once.

        Every blob gets at least one place. A `Skipped` says that places may be missing, and why.
        """

    def close(self) -> None:
        """Release files and processes; further calls do nothing."""
