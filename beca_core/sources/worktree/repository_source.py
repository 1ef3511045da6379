"""`RepositorySource`: a repository as a user sees it, with its work tree and its submodules."""

from __future__ import annotations

import os
from contextlib import ExitStack
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.errors import SourceError
from beca_core.findings import Presence
from beca_core.report import Skipped
from beca_core.sources.contracts import FixedShare, NamedContents, Place
from beca_core.sources.git.index import DIRECTORY, GITLINK, Index, UnsupportedIndex, read_work_tree_index
from beca_core.sources.git.layout import find_repository
from beca_core.sources.git.objects.cat_file_shares import cat_file_shares
from beca_core.sources.git.objects.lfs import with_lfs
from beca_core.sources.git.repository_reading import HeadReading
from beca_core.sources.git.source import GitSource
from beca_core.sources.limits import Scope, Stop
from beca_core.sources.worktree.changed_files import IN_SUBMODULE, ON_DISK, compare, hash_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path
    from typing import Self

    from beca_core.sources.contracts import Blob, Contents, Reading, Resume, Resumed, Share
    from beca_core.sources.git.layout import RepositoryLayout
    from beca_core.sources.limits import Limits
    from beca_core.sources.worktree.submodules import SubmoduleContents, SubmoduleReading
    from beca_core.state.checkpoint import Checkpoint

_IGNORE_SECONDS: Final = 60.0
_HEX: Final = frozenset("0123456789abcdef")


class _Family:
    """What a repository and its submodules share.

    Args:
        layout: The repository.
        root: Its work tree.
    """

    def __init__(self, layout: RepositoryLayout, root: Path | None) -> None:
        self._common_dirs = {layout.common_dir.resolve()}
        self._homes = [layout.common_dir.resolve(), *([root] if root else [])]

    def adopts(self, submodule: RepositoryLayout) -> bool:
        """Whether a submodule is stored in the repository or in its work tree, and was not met before."""
        common_dir = submodule.common_dir.resolve()
        if common_dir in self._common_dirs or not any(common_dir.is_relative_to(home) for home in self._homes):
            return False
        self._common_dirs.add(common_dir)
        return True


class RepositorySource:
    """Read a git repository, what is not committed in its work tree, and its submodules.

    Args:
        path: Root of a work tree, a bare repository, or a `.git` directory.
        scope: `history` or `head`.
        scratch_dir: Where temporary files are made; None: in the system's directory for them.
        log_seconds: See `GitSource`.
        url: See `GitSource`.
        worktree: Whether changed and untracked files are read, and submodules; else they are omitted.
        family: What the containing repository shares with this submodule; None: it is not a submodule.

    Raises:
        InvalidTarget: If there is no repository at the path.
        SourceError: If git cannot read it.
    """

    def __init__(
        self,
        path: Path,
        scope: Scope = Scope.HISTORY,
        *,
        scratch_dir: str | os.PathLike[str] | None = None,
        log_seconds: float | None = None,
        url: str = "",
        worktree: bool = True,
        family: _Family | None = None,
    ) -> None:
        self.scope = scope
        self._scratch_dir = scratch_dir
        self._open = ExitStack()
        self._git = self._open.enter_context(
            GitSource(path, scope, scratch_dir=scratch_dir, log_seconds=log_seconds, url=url)
        )
        self.identity: Final = self._git.identity
        self._path = path
        self._root = path.resolve() if os.path.lexists(path / ".git") else None
        self._reads_files = worktree and self._root is not None
        self._is_fetched = bool(url)
        self._is_submodule = family is not None
        self._family = family or _Family(self._git.layout, self._root)

    def start(self, limits: Limits, resume: Resume | None = None) -> RepositoryReading:
        """Share out the objects to read, and what is not committed.

        Raises:
            SourceError: If HEAD is needed but cannot be read, or git cannot list the objects.
        """
        git = self._git.start(limits, resume)
        width = self._git.view.format.id_length // 2
        index_file = self._git.layout.git_dir / "index"
        stop = Stop(limits.scan_seconds)
        left_out = self._out_of_scope()
        if self._root is None and not os.path.lexists(index_file):  # a bare repository
            from beca_core.sources.worktree.submodules import GitlinkShare

            bare: list[Share] = [GitlinkShare(self._git.view), FixedShare(tuple(left_out))]
            return RepositoryReading(git, Index(), bare, [], b"", width)
        try:
            index = read_work_tree_index(index_file, width)
        except UnsupportedIndex:  # whatever is on disk may be changed
            index = Index()
        gitlinks = list(dict.fromkeys(entry.path for entry in index.entries if entry.mode == GITLINK))
        if self._root is None or not self._reads_files:
            left_out.append(Skipped(str(self._path), "worktree"))
            left_out += (Skipped(os.fsdecode(path), "submodule") for path in gitlinks)
            return RepositoryReading(git, index, [FixedShare(tuple(left_out))], [], b"", width)
        root = os.fsencode(self._root)
        changes = compare(root, self._git.layout, index, stop, min(_IGNORE_SECONDS, limits.scan_seconds))
        left_out += changes.left_out
        submodules = list(self._submodules(self._root, gitlinks, changes.submodules, limits, left_out))
        own = [*_file_shares(root, changes.files), *self._staged_shares(git, index), FixedShare(tuple(left_out))]
        files = [path for path, _ in changes.files]
        return RepositoryReading(git, index, own, submodules, root, width, files)

    def _out_of_scope(self) -> list[Skipped]:
        """Return what the scope leaves out of the repository as a whole."""
        if self.scope is not Scope.HEAD or self._is_submodule:
            return []
        return [Skipped(self.identity.urls[0] if self._is_fetched else str(self._path), "history")]

    def close(self) -> None:
        """End git, and remove the temporary files."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _submodules(
        self,
        root: Path,
        gitlinks: Collection[bytes],
        present: Collection[bytes],
        limits: Limits,
        left_out: list[Skipped],
    ) -> Iterator[SubmoduleReading]:
        if not gitlinks:
            return
        from beca_core.sources.worktree.submodules import SubmoduleReading  # most repositories have none

        for path in gitlinks:
            name = os.fsdecode(path)
            try:
                layout = find_repository(root / name) if path in present else None
                if layout is None or not self._family.adopts(layout):
                    left_out.append(Skipped(name, "submodule"))
                    continue
                source = RepositorySource(root / name, self.scope, scratch_dir=self._scratch_dir, family=self._family)
                self._open.callback(source.close)
                yield SubmoduleReading(path, source.start(limits))
            except (SourceError, OSError):
                left_out.append(Skipped(ON_DISK + name, "unreadable"))

    def _staged_shares(self, git: Reading, index: Index) -> Iterator[Share]:
        """Yield shares of what is in the index and not at HEAD, unless the whole object store is read anyway."""
        if not isinstance(git, HeadReading):
            return
        blobs = (entry for entry in index.entries if entry.mode not in (GITLINK, DIRECTORY))
        staged = sorted({entry.id.hex().encode() for entry in blobs} - git.listed())
        yield from with_lfs(self._git.view, cat_file_shares(self._git.view, staged, is_fallback=False))


def _file_shares(root: bytes, files: Sequence[tuple[bytes, int]]) -> list[Share]:
    if not files:
        return []
    from beca_core.sources.files.chunks import DEFAULT_SIZES  # slow to import: most scans find no changed file
    from beca_core.sources.files.directory import FileReader, FileShare
    from beca_core.sources.files.listing import ListedFile, gather
    from beca_core.sources.worktree.submodules import PrefixedShare

    listed = (ListedFile(path, size) for path, size in files)
    reader = FileReader(root, exclude_binary=False, sizes=DEFAULT_SIZES)
    return [PrefixedShare(FileShare(batch, reader), ON_DISK) for batch in gather(listed, DEFAULT_SIZES.own)]


class RepositoryReading(NamedTuple):
    """A repository that is being read.

    Args:
        git: The reading of its objects.
        tracked: What its work tree tracks.
        own_shares: Shares of the work tree.
        submodules: Its submodules.
        root: Path of the work tree; empty: no file of it is read.
        width: Length of an object id, in bytes.
        files: Paths of the files of the work tree that are read.
    """

    git: Reading
    tracked: Index
    own_shares: Sequence[Share]
    submodules: Sequence[SubmoduleReading]
    root: bytes
    width: int
    files: Sequence[bytes] = ()

    @property
    def shares(self) -> Sequence[Share]:
        """Parts of the work."""
        return [*self.git.shares, *self.own_shares, *chain(*(part.shares for part in self.submodules))]

    @property
    def resumed(self) -> Resumed | None:
        """What an earlier scan has read of the objects; the work tree and submodules are read each time."""
        return self.git.resumed

    def background(self) -> Iterator[bool]:
        """See `Reading.background`."""
        return chain(self.git.background(), *(part.background() for part in self.submodules))

    def finish(self) -> RepositoryContents:
        """Return the contents."""
        parts = [part.finish() for part in self.submodules]
        return RepositoryContents(self.git.finish(), self.tracked, parts, self.root, self.width, self.files)


class RepositoryContents:
    """The contents of a repository, of its work tree and of its submodules.

    Args:
        git: The objects.
        index: What the work tree tracks.
        submodules: The submodules.
        root: Path of the work tree; empty: no file of it was read.
        width: Length of an object id, in bytes.
        files: Paths of the files of the work tree that were read.
    """

    def __init__(
        self,
        git: Contents,
        index: Index,
        submodules: Sequence[SubmoduleContents],
        root: bytes,
        width: int,
        files: Sequence[bytes] = (),
    ) -> None:
        self._files = files
        self._git = git
        self._index = index
        self._submodules = submodules
        self._root = root
        self._width = width

    def missing(self) -> Iterator[Skipped]:
        """Yield what is missing in the repository and in its submodules."""
        return chain(self._git.missing(), *(part.missing() for part in self._submodules))

    def versions(self, blob_ids: Collection[str]) -> Iterator[Blob]:
        """Yield earlier contents of files; see `Contents.versions`."""
        own = list(filter(_is_object, blob_ids))
        return chain(self._git.versions(own), *(part.versions(blob_ids) for part in self._submodules))

    def places(self, blob_ids: Collection[str]) -> Iterator[Place | Skipped]:
        """Yield the places of some contents: of objects first, then of what is staged, then of files on disk."""
        objects = list(filter(self._is_object_id, blob_ids))
        on_disk = {blob_id: self._identical(blob_id) for blob_id in blob_ids if blob_id.startswith(ON_DISK)}
        known = set(objects)
        copies = [(same, _path(blob_id)) for blob_id, same in on_disk.items() if same in known]
        yield from self._places_of_objects(objects, [*self._staged(objects), *copies])
        for blob_id, same in on_disk.items():
            if same not in known:
                yield Place(blob_id, _path(blob_id), uncommitted=True)
        for part in self._submodules:
            yield from part.places(blob_ids)

    @property
    def is_unchanged(self) -> bool:
        """Whether the repository has no new commit; see `HistoryReading.is_unchanged`."""
        return bool(getattr(self._git, "is_unchanged", False))

    def names(self) -> Iterator[bytes]:
        """Yield the names in the repository, in its work tree and in its submodules."""
        if isinstance(self._git, NamedContents):
            yield from self._git.names()
        if not self.is_unchanged:  # what is in the index was committed before, or soon will be
            yield from (entry.path for entry in self._index.entries)
        yield from self._files
        for part in self._submodules:
            yield from part.names()

    def name_places(self, wanted: Collection[bytes]) -> Iterator[Place]:
        """Yield where some names are: in the repository first, then what is not committed."""
        committed = set[bytes]()
        for place in self._git.name_places(wanted) if isinstance(self._git, NamedContents) else ():
            committed.update([place.path] if place.in_head else ())
            yield place
        for path in dict.fromkeys([*(entry.path for entry in self._index.entries), *self._files]):
            if path in wanted and path not in committed:
                yield Place("", path, uncommitted=True)
        for part in self._submodules:
            yield from part.name_places(wanted)

    def checkpoint(self, skipped: Collection[Skipped]) -> Checkpoint | None:
        """Return which objects have been read; the work tree and submodules are read again by the next scan."""
        return self._git.checkpoint([item for item in skipped if _is_object(item.id)])

    def sample(self) -> tuple[bytes, ...]:
        """Return the ids of some objects by which the repository can be recognised."""
        sample: Callable[[], tuple[bytes, ...]] = getattr(self._git, "sample", tuple)
        return sample()

    def _places_of_objects(
        self, blob_ids: Collection[str], uncommitted: Sequence[tuple[str, bytes]]
    ) -> Iterator[Place | Skipped]:
        """Yield the places of some objects, of which some are also in the index or in files, each an id and a path."""
        placed = {blob_id for blob_id, _ in uncommitted}
        at_head = set()
        for item in self._git.places(blob_ids):
            if isinstance(item, Place):
                if item.in_head:
                    at_head.add((item.blob_id, item.path))
                is_loose = item.presence is Presence.STAGED or item.path.startswith(b".git/objects/")
                if is_loose and item.blob_id in placed:
                    continue
            yield item
        for blob_id, path in dict.fromkeys(uncommitted):
            if (blob_id, path) not in at_head:
                yield Place(blob_id, path, uncommitted=True)

    def _is_object_id(self, blob_id: str) -> bool:
        return len(blob_id) == 2 * self._width and set(blob_id) <= _HEX

    def _identical(self, blob_id: str) -> str:
        """Return the id of the blob that is identical to a file, or an empty one if the file cannot be read again."""
        try:
            return hash_file(os.path.join(self._root, _path(blob_id)), self._width).hex()  # noqa: PTH118 - bytes
        except OSError:
            return ""

    def _staged(self, blob_ids: Collection[str]) -> list[tuple[str, bytes]]:
        """Return id and path of those of some objects that the index has."""
        wanted = {bytes.fromhex(blob_id): blob_id for blob_id in blob_ids}
        entries = self._index.entries if wanted else ()
        return [(wanted[entry.id], entry.path) for entry in entries if entry.id in wanted and entry.mode != GITLINK]


def _is_object(blob_id: str) -> bool:
    """Whether an id is that of an object of the repository itself."""
    return not blob_id.startswith(ON_DISK) and IN_SUBMODULE not in blob_id


def _path(blob_id: str) -> bytes:
    """Return the path of a file on disk."""
    return os.fsencode(blob_id.removeprefix(ON_DISK))
