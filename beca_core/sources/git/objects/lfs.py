"""Git LFS: files of which git stores only a pointer; their contents are beside the object store, in `lfs/objects`.

The format is that of https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md. Nothing is fetched, and a directory
that is configured as `lfs.storage` is not looked into.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.report import Skipped
from beca_core.sources.contracts import Blob
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from beca_core.sources.contracts import Share
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Limits, Stop

_MAX_POINTER_BYTES: Final = 1024
_BEGIN: Final = b"version https://"
_POINTER: Final = (
    rb"version https://(?:git-lfs|hawser)\.github\.com/spec/v1\r?\n(?:ext-[^\n]*\n)*"
    rb"oid sha256:(?P<oid>[0-9a-f]{64})\r?\nsize (?P<size>[0-9]{1,20})\s*"
)
"""A pattern, which is compiled when it is needed: most repositories have no pointer."""


class LfsShare(NamedTuple):
    """A share of git objects, with the contents that pointers among them name.

    Args:
        share: The objects.
        store: The directory `lfs/objects` of the repository.
    """

    share: Share
    store: Path

    @property
    def cost(self) -> int:
        """That of the share; how large the contents are is not known."""
        return self.share.cost

    @property
    def objects(self) -> int:
        """Number of git objects."""
        return self.share.objects

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the objects, and after each pointer the content that it names, with the same id."""
        for item in self.share.read(limits, stop):
            yield item
            if not isinstance(item, Skipped) and item.data.startswith(_BEGIN) and (oid := pointed_to(item.data)):
                yield from self._content(item.id, oid, limits, stop)

    def _content(self, blob_id: str, oid: str, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        if reason := stop.reason:
            yield Skipped(blob_id, reason)
            return
        try:
            data = read_regular(self.store / oid[:2] / oid[2:4] / oid, limits.max_blob_bytes)
        except FileNotFoundError:
            yield Skipped(blob_id, "lfs-object")
            return
        except OSError:
            yield Skipped(blob_id, "unreadable")
            return
        if data is None:
            yield Skipped(blob_id, "too-large")
            return
        yield Blob(blob_id, data)
        if hashlib.sha256(data).hexdigest() != oid:
            yield Skipped(blob_id, "unreadable")


def pointed_to(data: bytes) -> str | None:
    """Return the SHA-256 of the content that a pointer names, as 64 hexadecimal digits; None: it is not a pointer."""
    if len(data) > _MAX_POINTER_BYTES or not data.startswith(_BEGIN):
        return None
    pointer = re.fullmatch(_POINTER, data)
    return None if pointer is None or not int(pointer["size"]) else pointer["oid"].decode()


def with_lfs(view: RepositoryView, shares: Iterable[Share]) -> tuple[Share, ...]:
    """Return shares that also yield the contents to which pointers point."""
    return tuple(LfsShare(share, view.lfs_objects) for share in shares)
