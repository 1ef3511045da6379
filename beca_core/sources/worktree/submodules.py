"""Submodules: which there are, and the reading of one as a part of the repository that contains it.

In the reading of the whole, the ids of a submodule's contents begin with its path and `//`, which no path of a file
contains. Their places begin with its path.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.report import OMISSIONS, Skipped
from beca_core.sources.contracts import NamedContents
from beca_core.sources.git.index import GITLINK
from beca_core.sources.limits import MIB
from beca_core.sources.worktree.changed_files import IN_SUBMODULE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from beca_core.sources.contracts import Blob, Contents, Place, Reading, Share
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Limits, Stop

_BY_PATH: Final = OMISSIONS.keys() - {"lfs-object"}
"""What is named by its path; everything else is named by its id."""
_LISTING_BYTES: Final = 16 * 1024**2
_LISTING_SECONDS: Final = 60.0


class PrefixedShare(NamedTuple):
    """A share whose ids get a prefix.

    Args:
        share: The share.
        prefix: What each id begins with.
    """

    share: Share
    prefix: str

    @property
    def cost(self) -> int:
        """That of the share."""
        return self.share.cost

    @property
    def objects(self) -> int:
        """That of the share."""
        return self.share.objects

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield what the share yields, with other ids."""
        for item in self.share.read(limits, stop):
            if not isinstance(item, Skipped):
                item.id = self.prefix + item.id
                yield item
            elif item.reason in _BY_PATH:
                yield Skipped(self.prefix.removesuffix("/") + item.id, item.reason)
            else:
                yield Skipped(self.prefix + item.id, item.reason)


class SubmoduleContents:
    """The contents of a submodule, as a part of those of the repository that contains it.

    Args:
        path: Path of the submodule.
        contents: Its contents, with their own ids and places.
    """

    def __init__(self, path: bytes, contents: Contents) -> None:
        self._path = path
        self._prefix = prefix_of(path)
        self._contents = contents

    def missing(self) -> Iterator[Skipped]:
        """Yield what is missing in the submodule."""
        return (Skipped(self._prefix + item.id, item.reason) for item in self._contents.missing())

    def versions(self, blob_ids: Collection[str]) -> Iterator[Blob]:
        """Yield earlier contents of files of the submodule; see `Contents.versions`."""
        for blob in self._contents.versions(self._own(blob_ids)):
            blob.id = self._prefix + blob.id
            yield blob

    def places(self, blob_ids: Collection[str]) -> Iterator[Place | Skipped]:
        """Yield the places of those of some contents that are in the submodule."""
        for item in self._contents.places(self._own(blob_ids)):
            if isinstance(item, Skipped):
                yield Skipped(self._prefix + item.id, item.reason)
            else:
                yield replace(item, blob_id=self._prefix + item.blob_id, path=self._path + b"/" + item.path)

    def names(self) -> Iterator[bytes]:
        """Yield the names in the submodule."""
        if isinstance(self._contents, NamedContents):
            yield from (self._path + b"/" + name for name in self._contents.names())

    def name_places(self, wanted: Collection[bytes]) -> Iterator[Place]:
        """Yield where some of its names are."""
        prefix = self._path + b"/"
        own = {name.removeprefix(prefix) for name in wanted if name.startswith(prefix)}
        for place in self._contents.name_places(own) if own and isinstance(self._contents, NamedContents) else ():
            yield replace(place, path=prefix + place.path)

    def _own(self, blob_ids: Collection[str]) -> list[str]:
        return [blob_id.removeprefix(self._prefix) for blob_id in blob_ids if blob_id.startswith(self._prefix)]


class SubmoduleReading(NamedTuple):
    """A submodule that is being read.

    Args:
        path: Path of the submodule.
        reading: Its reading.
    """

    path: bytes
    reading: Reading

    @property
    def shares(self) -> list[PrefixedShare]:
        """Shares of all of its contents."""
        return [PrefixedShare(share, prefix_of(self.path)) for share in self.reading.shares]

    def background(self) -> Iterator[bool]:
        """See `Reading.background`."""
        return self.reading.background()

    def finish(self) -> SubmoduleContents:
        """Return the contents."""
        return SubmoduleContents(self.path, self.reading.finish())


def prefix_of(path: bytes) -> str:
    """Return what the ids of a submodule's contents begin with."""
    return os.fsdecode(path) + IN_SUBMODULE


class GitlinkShare(NamedTuple):
    """The submodules of a repository without a work tree, none of which is read.

    Args:
        view: The repository.
        cost: Next to nothing; but git takes a while, so it is begun before small shares.
        objects: Not known beforehand; submodules do not count as contents.
    """

    view: RepositoryView
    cost: int = 8 * MIB
    objects: int = 0

    def read(self, limits: Limits, stop: Stop) -> Iterator[Skipped]:  # noqa: ARG002
        """Yield the submodules at HEAD, whether `.gitmodules` names them or not.

        A small tree can have more directories than can be listed. Then HEAD itself is named.
        """
        if (head := self.view.head()) is None:
            return
        seconds = min(_LISTING_SECONDS, stop.seconds_left)
        with self.view.git("ls-tree", "-r", "-d", "-z", "--full-tree", head.decode(), seconds=seconds) as process:
            listing = process.stdout.read(_LISTING_BYTES + 1)
            for record in listing.split(b"\0")[:-1]:
                if record.startswith(b"%o " % GITLINK):
                    yield Skipped(os.fsdecode(record.partition(b"\t")[2]), "submodule")
            if len(listing) > _LISTING_BYTES or process.timed_out:
                yield Skipped("HEAD", "submodule")  # if git failed, the shares of the objects report what is missing
