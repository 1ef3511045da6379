"""What a machine keeps of repositories between their scans: `data_dir/mirrors/`, one directory for each."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import structlog
from pydantic import Field, TypeAdapter, ValidationError

from beca_api.worker.mirrors.mirror import LAST, STATE, Mirror
from beca_core.errors import InvalidSettings
from beca_core.sources.git.remote.fetch import disk_usage
from beca_core.storage.services.validation import is_id
from beca_core.system.private_files import write_private
from beca_core.system.regular_files import open_regular, read_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

_LAST_BYTES: Final = 100
_DYING_SECONDS: Final = 2.0
"""So long may the processes of a scan that was ended hold on to its lock."""

_log = structlog.stdlib.get_logger(__name__)


class Last(NamedTuple):
    """A scan that has left a state.

    Args:
        result_id: Its result; None: not known.
        unread: How many objects it could not read.
    """

    result_id: Annotated[int, Field(strict=True, ge=1)] | None = None
    unread: Annotated[int, Field(strict=True, ge=0)] = 0


_LAST: Final = TypeAdapter(Last)


class Mirrors:
    """All that this machine keeps.

    Args:
        root: The directory that holds it; belongs to BECA alone.
        max_bytes: What it may take on disk; 0: nothing is kept.
    """

    def __init__(self, root: Path, max_bytes: int) -> None:
        self._root = root
        self._max_bytes = max_bytes

    @classmethod
    def open(cls, data_dir: Path, max_bytes: int) -> Mirrors:
        """Make the directory, if something is to be kept.

        Raises:
            InvalidSettings: If it cannot be made, or others than BECA could read it or have put it there.
        """
        root = data_dir / "mirrors"
        try:
            if max_bytes:
                root.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.path.lexists(root):
                _refuse_strangers(root)
        except OSError as error:
            raise InvalidSettings(
                f"The mirrors in {data_dir} cannot be kept: {error.strerror}.",
                hint="Set BECA_DATA_DIR to a directory that BECA may write to.",
            ) from None
        return cls(root, max_bytes)

    def of(self, repository_id: int, url: str, scope: str) -> Kept | None:
        """Return what is kept for the scans of a repository at a URL in a scope, or None if nothing ever is."""
        return Kept(self._mirror(repository_id), url, scope) if self._max_bytes else None

    def tidy(self, known: Callable[[Collection[int]], Collection[int]]) -> None:
        """Remove what is kept of repositories that are no more; what a scan uses is left to the next time.

        Args:
            known: Says which repositories of some ids there are.
        """
        ids = list(self._ids())
        for repository_id in set(ids).difference(known(ids) if ids else ()):
            if self._done(repository_id, Mirror.remove):
                _log.info("mirror of a deleted repository removed", repository_id=repository_id)

    def trim(self) -> None:
        """Remove what crashes have left, and the mirrors that were not used for longest, down to what may be kept.

        States stay while that is enough: from them, a repository that is fetched anew is known all the same.
        """
        used = {repository_id: self._mirror(repository_id).used_at for repository_id in self._ids()}
        oldest = sorted(used, key=used.__getitem__)
        complete = [repository_id for repository_id in oldest if used[repository_id]]
        for repository_id in oldest:
            if not used[repository_id]:
                self._done(repository_id, Mirror.renew)
        sizes = {repository_id: disk_usage(self._mirror(repository_id).directory) for repository_id in used}
        for action, ids in ((Mirror.renew, complete), (Mirror.remove, oldest)):
            for repository_id in ids:
                if sum(sizes.values()) <= self._max_bytes:
                    return
                if self._done(repository_id, action):
                    sizes[repository_id] = disk_usage(self._mirror(repository_id).directory)
                    _log.info("mirror removed, all together are too large", repository_id=repository_id)

    def _done(self, repository_id: int, action: Callable[[Mirror], object]) -> bool:
        """Do something to a mirror, unless a scan uses it, and return whether it was done."""
        mirror = self._mirror(repository_id)
        try:
            with mirror.locked() as is_mine:
                if is_mine:
                    action(mirror)
                return is_mine
        except OSError as error:
            _log.warning("mirror not removed", repository_id=repository_id, error=type(error).__name__)
            return False

    def _mirror(self, repository_id: int) -> Mirror:
        return Mirror(self._root / str(repository_id))

    def _ids(self) -> Iterator[int]:
        """Yield the ids of the repositories of which something is kept; what has another name is not ours."""
        with contextlib.suppress(OSError):
            for path in self._root.iterdir():
                name = path.name
                if name.isascii() and name.isdigit() and name == str(int(name)) and is_id(int(name)):
                    yield int(name)


class Kept:
    """What the scans of one repository in one scope go on from.

    Args:
        mirror: What is kept of the repository.
        url: Where it is fetched from; what was kept of another URL does not count.
        scope: The scope.
    """

    def __init__(self, mirror: Mirror, url: str, scope: str) -> None:
        self._mirror = mirror
        self._url = url
        self._scope = scope
        name = f"{scope}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
        self._state = mirror.directory / f"{name}{STATE}"
        self._last = mirror.directory / f"{name}{LAST}"

    @property
    def directory(self) -> Path:
        """The directory of the repository."""
        return self._mirror.directory

    @property
    def has_mirror(self) -> bool:
        """Whether there is a mirror that is complete."""
        return self._mirror.repository(self._url) is not None

    @property
    def last(self) -> Last:
        """The scan that has left the state."""
        try:
            return _LAST.validate_json(read_regular(self._last, _LAST_BYTES) or b"")
        except (OSError, ValidationError):
            return Last()

    def lend_state(self, copy: Path) -> bool:
        """Copy the state to where a scan may change it, and return whether there is one.

        Args:
            copy: Where the copy is made; must not exist.
        """
        try:
            with open_regular(self._state) as state, open(copy, "xb", opener=_private) as file:
                shutil.copyfileobj(state, file)
        except OSError:
            copy.unlink(missing_ok=True)
            return False
        return True

    def keep_state(self, state: Path, scan: Last) -> None:
        """Keep what a scan has left, now that its result is stored; where that cannot be, the earlier state remains.

        Args:
            state: The file that it has left, on the same file system.
            scan: The scan.
        """
        try:
            if state.exists():
                state.replace(self._state)
                write_private(self._last, [json.dumps(scan).encode()])
                self._forget(but=(self._state, self._last))
        except OSError as error:  # the repository was deleted meanwhile, or the disk is full
            _log.warning("state not kept", error=type(error).__name__)

    def discard(self) -> None:
        """Throw away state and mirror, so that the next scan begins with nothing; a mirror that is in use is left."""
        try:
            self._forget()
            with self._mirror.locked(_DYING_SECONDS) as is_mine:
                if is_mine:
                    self._mirror.renew()
        except OSError as error:
            _log.warning("mirror not removed", error=type(error).__name__)

    def _forget(self, but: Collection[Path] = ()) -> None:
        """Remove what scans in this scope have left, whatever the URL was."""
        for path in self.directory.glob(f"{self._scope}-*"):
            if path not in but:
                path.unlink()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _refuse_strangers(root: Path) -> None:
    """Refuse a directory that is none, or a link, or open to others, since mirrors hold secrets in clear."""
    found = root.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise InvalidSettings(
            f"The directory {root.name} in the data directory is a link, or open to other users.",
            hint="Delete it; BECA makes it anew.",
        )
