"""`RepositoryView`: an empty repository of ours, through which git reads another one safely.

git executes what a repository's configuration says: pagers, filters, file system monitors, remote helpers. So git
never runs in the repository that is read. It runs in an empty one, which borrows the objects of the other through
`GIT_ALTERNATE_OBJECT_DIRECTORIES` and has copies of its refs: plain data. Nothing is written to the target.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from beca_core.errors import quoted_path
from beca_core.sources.git import refs
from beca_core.sources.git.config import RepositoryFormat, read_format
from beca_core.sources.git.process import GitFailed, GitProcess
from beca_core.sources.git.store_layout import unusable_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from beca_core.sources.git.layout import RepositoryLayout

_MAX_MEMORY: Final = 4 * 1024**3
"""Bytes that git may allocate: the base of a small delta can be enormous, and so can the changes of a small tree."""

_INDEX_BYTES: Final = 512 * 1024**2
_QUICK_SECONDS: Final = 60.0
_OPTIONS: Final = ("-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false", "-c", "core.quotePath=true")
"""git's caches are not used: in a hostile repository their content can be false."""


class RepositoryView:
    """A git directory of ours through which git reads a repository.

    Args:
        layout: The repository.
        scratch_dir: Where the git directory is made; None: in the system's directory for temporary files.
        incoming: A directory with further objects, which a push has brought and git has not taken in yet; None: none.

    Attributes:
        name: The path of the repository's git directory, for messages.
        format: How the repository stores its objects and refs.
        shallow: Commits whose parents the repository does not have, because it is a shallow clone.
        has_broken_head: Whether there is a HEAD that is not valid.
        unusable: Paths of parts of the object store that git cannot use.

    Raises:
        SourceError: If git cannot read such a repository.
    """

    def __init__(
        self,
        layout: RepositoryLayout,
        scratch_dir: str | os.PathLike[str] | None = None,
        *,
        incoming: Path | None = None,
    ) -> None:
        self.name = quoted_path(layout.git_dir)
        self._layout = layout
        self._incoming = incoming
        self._processes: weakref.WeakSet[GitProcess] = weakref.WeakSet()
        self._temporary = tempfile.TemporaryDirectory(prefix="beca-view-", dir=scratch_dir, ignore_cleanup_errors=True)
        self._git_dir = Path(self._temporary.name)
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def git(
        self,
        *arguments: str,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        seconds: float | None = None,
        file_bytes: int | None = None,
        memory: int = _MAX_MEMORY,
        index: Path | None = None,
    ) -> GitProcess:
        """Start git in the view, which has no index of its own but may be shown one; see `GitProcess`."""
        process = GitProcess(
            (*_OPTIONS, *arguments),
            environment=self._environment() | ({} if index is None else {"GIT_INDEX_FILE": str(index)}),
            stdin=stdin,
            stdout=stdout,
            seconds=seconds,
            file_bytes=file_bytes,
            memory=memory,
            repository=self.name,
        )
        self._processes.add(process)
        return process

    def run(self, *arguments: str) -> bytes:
        """Run git in the view to its end, and return what it writes."""
        with self.git(*arguments, seconds=_QUICK_SECONDS) as process:
            output = process.stdout.read()
            process.finish()
        return output

    @property
    def objects(self) -> Path:
        """The directory in which the repository keeps its objects."""
        return self._layout.common_dir / "objects"

    @property
    def common_dir(self) -> Path:
        """The directory in which the repository keeps its refs and its configuration."""
        return self._layout.common_dir

    @property
    def lfs_objects(self) -> Path:
        """The directory in which Git LFS keeps contents, if it is used."""
        return self._layout.common_dir / "lfs" / "objects"

    def scratch_file(self) -> IO[bytes]:
        """Open an empty file that is removed when it is closed."""
        return tempfile.TemporaryFile(dir=self._git_dir)

    def head(self) -> bytes | None:
        """Return the object id that HEAD names, or None where HEAD is missing or its branch has no commit yet."""
        if self.format.has_reftable:
            return self._resolved_head
        head = refs.read_head(self._git_dir)
        if head.startswith(b"refs/"):
            return self._refs.get(head)
        return head if len(head) == self.format.id_length else None

    def refs(self) -> Mapping[bytes, bytes]:
        """Return the object ids that refs name, by the refs' full names."""
        return self._refs

    @property
    def index_file(self) -> Path:
        """The index of the repository, which may not exist."""
        return self._layout.git_dir / "index"

    def tips(self) -> list[bytes]:
        """Return the distinct object ids that refs, HEAD and the HEADs of linked work trees name."""
        head = self.head()
        heads = refs.detached_heads(self._layout, self.format.id_length)
        return list(dict.fromkeys([*([head] if head else []), *heads, *self._refs.values()]))

    @cached_property
    def _refs(self) -> dict[bytes, bytes]:
        """The object ids that refs name, by the refs' names."""
        if self._plain_refs is not None:
            return self._plain_refs
        lines = self.run("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        return {name: object_id for object_id, _, name in (line.partition(b" ") for line in lines)}

    @cached_property
    def _resolved_head(self) -> bytes | None:
        """What HEAD names, as git resolves it."""
        try:
            return self.run("rev-parse", "--quiet", "--verify", "HEAD").strip()
        except GitFailed:
            return None

    def close(self) -> None:
        """End all processes, and remove the git directory."""
        for process in list(self._processes):
            process.close()
        self._temporary.cleanup()

    def _build(self) -> None:
        (self._git_dir / "objects").mkdir()
        (self._git_dir / "refs").mkdir()
        self.format: RepositoryFormat = read_format(self._layout.common_dir, self._git_dir)
        self.has_broken_head = not refs.copy_head(self._layout.git_dir, self._git_dir)
        self.shallow = refs.copy_shallow(self._layout.common_dir, self._git_dir, self.format.id_length)
        self.unusable = list(unusable_parts(self.objects))
        self._plain_refs = refs.copy_refs(self._layout, self._git_dir, self.format)

    def _environment(self) -> dict[str, str]:
        stores = [self.objects, *([] if self._incoming is None else [self._incoming])]
        borrowed = ":".join(_quoted(os.fsencode(store)) for store in stores)
        return {"GIT_DIR": str(self._git_dir), "GIT_ALTERNATE_OBJECT_DIRECTORIES": borrowed}


def _quoted(path: bytes) -> str:
    """Quote a path as `GIT_ALTERNATE_OBJECT_DIRECTORIES` requires it: in double quotes, C style."""
    plain = frozenset(b"/._-") | frozenset(range(ord("0"), ord("9") + 1))
    letters = frozenset(range(ord("A"), ord("Z") + 1)) | frozenset(range(ord("a"), ord("z") + 1))
    return '"' + "".join(chr(c) if c in plain | letters else f"\\{c:03o}" for c in path) + '"'
