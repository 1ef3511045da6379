"""`ResumePoint`: what the scans of one repository in one scope resume from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import structlog
from pydantic import Field, TypeAdapter, ValidationError

from beca_api.worker.mirrors.mirror_directory import PREVIOUS_SUFFIX, STATE_SUFFIX
from beca_core.system.private_files import write_private
from beca_core.system.regular_files import open_regular, read_regular

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from beca_api.worker.mirrors.mirror_directory import MirrorDirectory

_PREVIOUS_BYTES: Final = 100
_UNLOCK_SECONDS: Final = 2.0
"""How long the processes of a scan that was ended may still hold its lock."""

_log = structlog.stdlib.get_logger(__name__)


class PreviousScan(NamedTuple):
    """The scan that wrote a state.

    Args:
        result_id: Its result; None if that is not known.
        unread: Number of objects that it could not read.
    """

    result_id: Annotated[int, Field(strict=True, ge=1)] | None = None
    unread: Annotated[int, Field(strict=True, ge=0)] = 0


_PREVIOUS: Final = TypeAdapter(PreviousScan)


class ResumePoint:
    """The mirror and the state with which a scan of one repository, URL and scope begins.

    Args:
        mirror: What is cached of the repository.
        url: Where it is fetched from; what was cached of another URL is ignored.
        scope: The scope.
    """

    def __init__(self, mirror: MirrorDirectory, url: str, scope: str) -> None:
        self._mirror = mirror
        self._url = url
        self._scope = scope
        name = f"{scope}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
        self._state_file = mirror.directory / f"{name}{STATE_SUFFIX}"
        self._previous_file = mirror.directory / f"{name}{PREVIOUS_SUFFIX}"

    @property
    def directory(self) -> Path:
        """The directory of the repository."""
        return self._mirror.directory

    @property
    def has_mirror(self) -> bool:
        """Whether there is a complete mirror."""
        return self._mirror.repository(self._url) is not None

    @property
    def previous(self) -> PreviousScan:
        """The scan that wrote the state."""
        try:
            return _PREVIOUS.validate_json(read_regular(self._previous_file, _PREVIOUS_BYTES) or b"")
        except (OSError, ValidationError):
            return PreviousScan()

    def copy_state(self, copy: Path) -> bool:
        """Copy the state to a file that a scan may change, and return whether there is a state.

        Args:
            copy: The path of the copy; must not exist.
        """
        try:
            with open_regular(self._state_file) as state, open(copy, "xb", opener=_private) as file:
                shutil.copyfileobj(state, file)
        except OSError:
            copy.unlink(missing_ok=True)
            return False
        return True

    def save_state(self, state: Path, scan: PreviousScan) -> None:
        """Save the state of a scan whose result is stored; on an error the earlier state remains.

        Args:
            state: The file that the scan wrote, on the same file system.
            scan: The scan.
        """
        try:
            if state.exists():
                state.replace(self._state_file)
                write_private(self._previous_file, [json.dumps(scan).encode()])
                self._delete_states(but=(self._state_file, self._previous_file))
        except OSError as error:  # the repository was deleted in the meantime, or the disk is full
            _log.warning("state not saved", directory=str(self.directory), error=type(error).__name__)

    def discard(self) -> None:
        """Delete state and mirror, so that the next scan reads everything; a mirror that is in use remains."""
        try:
            self._delete_states()
            with self._mirror.locked(_UNLOCK_SECONDS) as is_mine:
                if is_mine:
                    self._mirror.reset()
        except OSError as error:
            _log.warning("mirror not removed", directory=str(self.directory), error=type(error).__name__)

    def remove_incomplete(self) -> None:
        """Delete what a failed fetch has left of a mirror; its states remain."""
        if self.has_mirror or not self.directory.is_dir():
            return
        try:
            with self._mirror.locked(_UNLOCK_SECONDS) as is_mine:
                if is_mine:
                    self._mirror.reset()
        except OSError as error:
            _log.warning("mirror not removed", directory=str(self.directory), error=type(error).__name__)

    def _delete_states(self, but: Collection[Path] = ()) -> None:
        """Delete what scans in this scope have left, of any URL."""
        for path in self.directory.glob(f"{self._scope}-*"):
            if path not in but:
                path.unlink()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
