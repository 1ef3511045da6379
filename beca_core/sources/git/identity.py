"""`RepositoryIdentity`: what says whether a repository is the one that an earlier scan has read."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from beca_core.sources.git.objects.cat_file import ObjectList, look_up
from beca_core.sources.git.resume.store_diff import StoreDiff
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection

    from beca_core.sources.git.view import RepositoryView
    from beca_core.state.checkpoint import Checkpoint

_CONFIG_BYTES: Final = 1024 * 1024
_SECTION: Final = r"\s*\[(.*)\]"
_URL: Final = r"(?i:\s*url)\s*=\s*(\S+)"
_USER: Final = r"(?<=://)[^/@]*@"


class RepositoryIdentity:
    """Where a repository is, and whether it has what an earlier scan has read.

    Args:
        view: The repository.
        url: Where it was fetched from; empty: it is a local one.
    """

    def __init__(self, view: RepositoryView, url: str = "") -> None:
        self._view = view
        self._url = url

    @property
    def path(self) -> str:
        """The directory of the repository, or an empty string if it was fetched for this scan only."""
        return "" if self._url else os.path.realpath(self._view.common_dir)

    @property
    def urls(self) -> list[str]:
        """The URLs of its remotes, or the one that it was fetched from, without user names and passwords."""
        return sorted({_plain_url(url) for url in ([self._url] if self._url else self._remotes())})

    def lacks_all_of(self, checkpoint: Checkpoint) -> bool:
        """Whether the repository has objects, and none of those of a checkpoint."""
        if checkpoint.ids.width * 2 != self._view.format.id_length:
            return bool(self._view.tips())
        return StoreDiff(self._view, checkpoint).is_foreign

    def lacks_all_objects(self, ids: Collection[bytes]) -> bool:
        """Whether the repository has refs, and none of some objects, given their hexadecimal ids."""
        if not ids or not self._view.tips():
            return False
        same_format = [object_id for object_id in ids if len(object_id) == self._view.format.id_length]
        with ObjectList(self._view, same_format) as listed:
            return not any(info.kind for info in look_up(self._view, listed))

    def _remotes(self) -> list[str]:
        """Read the URLs as data; what git would add from other files is not known."""
        try:
            content = read_regular(self._view.common_dir / "config", _CONFIG_BYTES) or b""
        except OSError:
            return []
        if b"url" not in content.lower():  # patterns are compiled when they are needed
            return []
        found, is_remote = [], False
        for line in content.decode("utf-8", "replace").splitlines():
            if section := re.match(_SECTION, line):
                is_remote = section[1].strip().lower().startswith("remote")
            elif is_remote and (url := re.match(_URL, line)):
                found.append(url[1])
        return found


def _plain_url(url: str) -> str:
    return re.sub(_USER, "", url).rstrip("/").removesuffix(".git")
