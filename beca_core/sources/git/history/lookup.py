"""Looking up single objects: their types, the commits that tags name, and who made a commit and when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from beca_core.errors import SourceError
from beca_core.findings import Commit
from beca_core.sources.contracts import Blob
from beca_core.sources.git.objects.cat_file import ObjectList, look_up, read_objects
from beca_core.sources.limits import Deadline
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from beca_core.sources.git.objects.cat_file import ObjectInfo
    from beca_core.sources.git.view import RepositoryView

_GRACE_SECONDS: Final = 15.0
"""Steps whose cost is bounded get at least so long, even after the deadline."""

_MAX_COMMIT_BYTES: Final = 16 * 1024 * 1024


class ObjectLookup:
    """Looks up objects of a repository.

    Args:
        view: The repository.
        deadline: When to stop; each step gets at least 15 seconds, even after the deadline.
        scan_deadline: When no step may go on.

    Attributes:
        is_complete: False after something could not be read in time.
    """

    def __init__(self, view: RepositoryView, deadline: Deadline, scan_deadline: Deadline) -> None:
        self._view = view
        self._deadline = deadline
        self._scan_deadline = scan_deadline
        self.is_complete = True

    def targets(self, ids: list[bytes]) -> dict[bytes, bytes | None]:
        """Return what each object names: a commit itself, a tag its commit or an empty id, any other object None."""
        kinds = {info.id: info.kind for info in self._infos(ids)} if ids else {}
        tags = [object_id for object_id in ids if kinds.get(object_id) == "tag"]
        found: dict[bytes, bytes | None] = {i: i if kinds.get(i) == "commit" else None for i in ids}
        if tags:
            found |= dict.fromkeys(tags, b"") | dict(zip(tags, self.peeled(tags), strict=False))
        return found

    def peeled(self, ids: list[bytes]) -> list[bytes]:
        """Return the commit that each object peels to, or an empty id; a commit peels to itself."""
        return [info.id if info.kind == "commit" else b"" for info in self._infos(ids, b"^{commit}")]

    def commits(self, ids: Iterable[bytes], known: Mapping[bytes, Commit]) -> dict[bytes, Commit]:
        """Return id, author and date of commits, by id.

        Args:
            ids: The commits.
            known: Commits that need not be read again.
        """
        wanted = set(ids)
        found = {commit_id: known[commit_id] for commit_id in wanted & known.keys()}
        for commit in self.contents(sorted(wanted - found.keys()), _MAX_COMMIT_BYTES):
            found[commit.id.encode()] = parse_commit(commit.id, commit.data)
        return found

    def contents(self, ids: Iterable[bytes], max_bytes: int) -> Iterator[Blob]:
        """Yield the distinct objects that can be read in time and are at most `max_bytes` large."""
        with ObjectList(self._view, dict.fromkeys(ids)) as wanted:
            try:
                for item in read_objects(self._view, wanted, max_bytes, Deadline(self._grace)):
                    if isinstance(item, Blob):
                        yield item
            except SourceError:
                self.is_complete = False

    def _infos(self, ids: list[bytes], suffix: bytes = b"") -> list[ObjectInfo]:
        with ObjectList(self._view, ids, suffix) as listed:
            try:
                return list(look_up(self._view, listed, Deadline(self._grace)))
            except SourceError:
                self.is_complete = False
                return []

    @property
    def _grace(self) -> float:
        return min(max(self._deadline.remaining, _GRACE_SECONDS), self._scan_deadline.last)


_AUTHOR: Final = lazy(rb"^author (?P<who>.*>|[^>\n]*)(?: +(?P<seconds>-?[0-9]{1,20}))?", re.MULTILINE)
_MAX_AUTHOR: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND: Final = int((datetime(1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
_LAST_SECOND: Final = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH).total_seconds())


def parse_commit(commit_id: str, data: bytes) -> Commit:
    """Return id, author and date of a raw commit object, however malformed it is.

    Args:
        commit_id: Its object id.
        data: The object as stored. Dates that `datetime` cannot hold are clamped; a commit without a date gets the
            epoch.
    """
    header = data.partition(b"\n\n")[0]
    author = _AUTHOR.search(header)
    if author is None:
        return Commit(commit_id, "", _EPOCH)
    who = author["who"].decode("utf-8", "replace").replace("\0", "")
    return Commit(commit_id, who[:_MAX_AUTHOR], _date(int(author["seconds"] or 0)))


def _date(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=min(max(seconds, _FIRST_SECOND), _LAST_SECOND))
