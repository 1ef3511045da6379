"""List the files under a directory, and gather them into batches of about the same cost."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.report import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.sources.files.ignored import IgnoredPaths
    from beca_core.sources.limits import Stop

FILE_COST: Final = 16 * 1024
"""The cost of opening a file, in bytes that could be scanned in the same time."""
_BATCH_COST: Final = 1024 * 1024
_MAX_BATCHES: Final = 256
_GIT: Final = b".git"
_BARE: Final = frozenset((b"HEAD", b"objects", b"refs"))
_ENTRY_STEPS: Final = 4
_LINK_STEPS: Final = 16


class ListedFile(NamedTuple):
    """A file.

    Args:
        path: Relative to the directory that was listed.
        size: In bytes, as far as it is known without opening the file; 0 for a symbolic link.
    """

    path: bytes
    size: int


@dataclass(frozen=True, slots=True)
class FileBatch:
    """Some files that are read together.

    Args:
        paths: Their paths, joined by NUL: a million separate objects would take much more memory.
        count: How many files there are.
        cost: Sum of their sizes, plus `FILE_COST` for each.
    """

    paths: bytes
    count: int
    cost: int

    def joined(self, other: FileBatch) -> FileBatch:
        """Return a batch with the files of this one, then those of another one."""
        return FileBatch(self.paths + b"\0" + other.paths, self.count + other.count, self.cost + other.cost)


def list_files(
    root: bytes,
    ignored: IgnoredPaths | None,
    stop: Stop,
    *,
    begin: Iterable[tuple[bytes, frozenset[bytes]]] = ((b"", frozenset()),),
) -> Iterator[ListedFile | Skipped]:
    """Yield the files and symbolic links under a directory, and what could not be read or is left out.

    Devices, FIFOs and sockets hold no content and are left out. So are directories named `.git`: they hold the history
    of a repository, which is an omission, like submodules that are not there, and links that lead out of the root.

    Args:
        root: The directory, with all symbolic links resolved.
        ignored: What to leave out; None: nothing.
        stop: When to end; the directories that remain are then skipped.
        begin: The directories to list, each with what is left out in it, as `IgnoredPaths` returns it; paths are
            relative to the root. The default is the root itself.
    """
    waiting = list(begin)
    while waiting:
        here, left_out = waiting.pop()
        if reason := stop.reason:
            yield Skipped(os.fsdecode(here or b"."), reason)
            continue
        try:
            with os.scandir(os.path.join(root, here)) as found:  # noqa: PTH118 - bytes
                entries = sorted(takewhile(lambda _: not stop.step(), found), key=_name)
        except OSError:
            yield Skipped(os.fsdecode(here or b"."), "unreadable")
            continue
        names = {entry.name for entry in entries}
        is_repository = _GIT in names
        if is_repository or names >= _BARE:
            yield Skipped(os.fsdecode(here or b"."), "history")
        if is_repository:
            yield from _absent_submodules(root, here)
        if ignored is not None and (not here or is_repository):
            left_out = ignored.within(here) if here else ignored.around()
        directories = []
        for entry in entries:
            if stop.step(_ENTRY_STEPS):
                break
            path = os.path.join(here, entry.name)  # noqa: PTH118 - bytes
            is_directory = entry.is_dir(follow_symlinks=False)
            if left_out and (path + b"/" if is_directory else path) in left_out:
                yield Skipped(os.fsdecode(path + b"/" if is_directory else path), "gitignored")
            elif not is_directory:
                yield from _listed(entry, path)
                if entry.is_symlink() and not stop.step(_LINK_STEPS) and _leads_out(entry.path, root):
                    yield Skipped(os.fsdecode(path), "link")
            elif entry.name != _GIT:
                directories.append((path, left_out))
        waiting.extend(reversed(directories))
        if stop.reason:
            yield Skipped(os.fsdecode(here or b"."), "timeout")


def _name(entry: os.DirEntry[bytes]) -> bytes:
    return entry.name


def _absent_submodules(root: bytes, here: bytes) -> Iterator[Skipped]:
    """Yield the submodules of a repository that are not there.

    Args:
        root: The directory that is listed.
        here: Path of the work tree in there.
    """
    from beca_core.sources.git.index import gitlinks

    absolute = os.path.join(root, here, _GIT)  # noqa: PTH118 - bytes
    if os.path.islink(absolute) or not os.path.isdir(absolute):  # noqa: PTH114, PTH112 - bytes
        return
    for gitlink in gitlinks(os.path.join(absolute, b"index")):  # noqa: PTH118 - bytes
        path = os.path.join(here, gitlink)  # noqa: PTH118 - bytes
        if not os.path.lexists(os.path.join(root, path, _GIT)):  # noqa: PTH118 - bytes
            yield Skipped(os.fsdecode(path), "submodule")


def _leads_out(link: bytes, root: bytes) -> bool:
    """Whether a symbolic link leads to a file or directory outside of the root."""
    try:
        target = os.path.realpath(link, strict=True)
        mode = os.lstat(target).st_mode
    except OSError:
        return False
    is_within = target == root or target.startswith(root.rstrip(b"/") + b"/")
    return not is_within and (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _listed(entry: os.DirEntry[bytes], path: bytes) -> Iterator[ListedFile]:
    if entry.is_file(follow_symlinks=False):
        try:
            yield ListedFile(path, entry.stat(follow_symlinks=False).st_size)
        except OSError:  # it has vanished; reading it will report that
            yield ListedFile(path, 0)
    elif entry.is_symlink():
        yield ListedFile(path, 0)


def gather(files: Iterable[ListedFile], huge: int) -> list[FileBatch]:
    """Gather files into batches: a few hundred at most, and one for each file that is larger than `huge` bytes."""
    large, batches = [], []
    cost_of_batch = _BATCH_COST
    paths: list[bytes] = []
    cost = 0
    for path, size in files:
        if size > huge:
            large.append(FileBatch(path, 1, size + FILE_COST))
            continue
        paths.append(path)
        cost += size + FILE_COST
        if cost >= cost_of_batch:
            batches.append(FileBatch(b"\0".join(paths), len(paths), cost))
            paths, cost = [], 0
        if len(batches) > _MAX_BATCHES:
            batches = [_joined(batches[at : at + 2]) for at in range(0, len(batches), 2)]
            cost_of_batch *= 2
    if paths:
        batches.append(FileBatch(b"\0".join(paths), len(paths), cost))
    return batches + large


def _joined(batches: list[FileBatch]) -> FileBatch:
    return batches[0] if len(batches) == 1 else batches[0].joined(batches[1])
