"""`MirrorStore`: the mirrors that a machine keeps in `data_dir/mirrors/`, one directory for each repository."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

import structlog

from beca_api.worker.mirrors.mirror_directory import MirrorDirectory
from beca_api.worker.mirrors.resume_point import ResumePoint
from beca_core.errors import InvalidSettings
from beca_core.sources.git.remote.fetch import disk_usage
from beca_core.storage.services.validation import is_id
from beca_core.system.disk_space import room

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

_log = structlog.stdlib.get_logger(__name__)


class MirrorStore:
    """The directories of all repositories, within a disk quota.

    Args:
        root: The directory that holds them; belongs to BECA alone.
        max_bytes: Disk quota; 0 keeps nothing.
        min_free_bytes: Disk space that stays free, at most a tenth of the file system.
    """

    def __init__(self, root: Path, max_bytes: int, min_free_bytes: int = 0) -> None:
        self._root = root
        self._max_bytes = max_bytes
        self._min_free_bytes = min_free_bytes

    @classmethod
    def open(cls, data_dir: Path, max_bytes: int, min_free_bytes: int = 0) -> MirrorStore:
        """Create the directory, unless the quota is 0.

        Raises:
            InvalidSettings: If it cannot be created, is a link, or belongs or is open to other users.
        """
        root = data_dir / "mirrors"
        try:
            if max_bytes:
                root.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.path.lexists(root):
                _require_private(root)
        except OSError as error:
            raise InvalidSettings(
                f"The mirrors in {data_dir} cannot be kept: {error.strerror}.",
                hint="Set BECA_DATA_DIR to a directory that BECA may write to.",
            ) from None
        return cls(root, max_bytes, min_free_bytes)

    def resume_point(self, repository_id: int, url: str, scope: str) -> ResumePoint | None:
        """Return what the next scan of a repository at a URL in a scope resumes from; None if nothing is kept."""
        return ResumePoint(self._mirror(repository_id), url, scope) if self._max_bytes else None

    def remove_deleted(self, known: Callable[[Collection[int]], Collection[int]]) -> None:
        """Remove the mirrors of repositories that were deleted; the next call removes those that a scan uses now.

        Args:
            known: Returns those of some ids that are ids of repositories.
        """
        ids = list(self._ids())
        for repository_id in set(ids).difference(known(ids) if ids else ()):
            if self._change(repository_id, MirrorDirectory.remove):
                _log.info("mirror of a deleted repository removed", repository_id=repository_id)

    def trim(self) -> None:
        """Remove what crashes have left, then the least recently used mirrors, until the rest fits quota and disk.

        States remain if that is enough: a scan can resume from its state after the repository was fetched again.
        """
        used = {repository_id: self._mirror(repository_id).used_at for repository_id in self._ids()}
        oldest = sorted(used, key=used.__getitem__)
        complete = [repository_id for repository_id in oldest if used[repository_id]]
        for repository_id in oldest:
            if not used[repository_id]:
                self._change(repository_id, MirrorDirectory.reset)
        sizes = {repository_id: disk_usage(self._mirror(repository_id).directory) for repository_id in used}
        for action, ids in ((MirrorDirectory.reset, complete), (MirrorDirectory.remove, oldest)):
            for repository_id in ids:
                if sum(sizes.values()) <= self._max_bytes and self._is_room():
                    return
                if self._change(repository_id, action):
                    sizes[repository_id] = disk_usage(self._mirror(repository_id).directory)
                    _log.info("mirror removed to fit the disk space", repository_id=repository_id)

    def _is_room(self) -> bool:
        """Whether the space that stays free is free."""
        return not os.path.lexists(self._root) or room(self._root, self._min_free_bytes) >= 0

    def _change(self, repository_id: int, action: Callable[[MirrorDirectory], object]) -> bool:
        """Change a mirror unless a scan uses it, and return whether it was changed."""
        mirror = self._mirror(repository_id)
        try:
            with mirror.locked() as is_mine:
                if is_mine:
                    action(mirror)
                return is_mine
        except OSError as error:
            _log.warning("mirror not removed", repository_id=repository_id, error=type(error).__name__)
            return False

    def _mirror(self, repository_id: int) -> MirrorDirectory:
        return MirrorDirectory(self._root / str(repository_id))

    def _ids(self) -> Iterator[int]:
        """Yield the ids of the repositories that have a directory; directories with other names are not ours."""
        with contextlib.suppress(OSError):
            for path in self._root.iterdir():
                name = path.name
                if name.isascii() and name.isdigit() and name == str(int(name)) and is_id(int(name)):
                    yield int(name)


def _require_private(root: Path) -> None:
    """Refuse anything but a directory of this user that no other can open, since mirrors hold secrets in clear text."""
    found = root.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise InvalidSettings(
            f"{root} is not a directory that only this user can open.",
            hint="Delete it; BECA creates it again.",
        )
