"""From ids of objects to their places: `Locator`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from beca_core.errors import SourceError
from beca_core.sources import Blob, Place, Scope, Skipped
from beca_core.sources.git.commits import parse_commit
from beca_core.sources.git.history import History
from beca_core.sources.git.objects import ObjectList, look_up, read_objects
from beca_core.sources.git.process import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.findings import Commit
    from beca_core.sources.git.objects import Fact
    from beca_core.sources.git.view import RepositoryView

_MAX_PLACES: Final = 250_000
"""A small tree can name one blob at more paths than fit into memory; beyond so many, places are not looked for."""

_GRACE_SECONDS: Final = 15.0
"""Steps whose cost is bound by what is already known get at least so long, even when the deadline has passed."""

_MAX_COMMIT_BYTES: Final = 16 * 1024 * 1024
_Standing: TypeAlias = tuple[bytes, bytes]
"""Id of a blob, and a path at which it stands or stood."""


class Locator:
    """Finds the places of objects in a repository.

    Args:
        view: The repository.
        scope: `history`, or `head` for the places at HEAD alone.
        seconds: Time for all of it.
    """

    def __init__(self, view: RepositoryView, scope: Scope, seconds: float) -> None:
        self._view = view
        self._scope = scope
        self._deadline = Deadline(seconds)
        self._is_complete = True
        self._lineage: dict[_Standing, bytes] | None = None

    def versions(self, object_ids: Iterable[str], max_bytes: int) -> Iterator[Blob]:
        """Yield what else stood at the paths at which the given blobs stand at HEAD."""
        wanted = {object_id.encode() for object_id in object_ids}
        history = History(self._view, self._deadline)
        head = self._view.head()
        self._lineage = self._introduced_before(history, head, self._standing(history, head, wanted))
        self._is_complete &= history.is_complete
        yield from self._contents((blob_id for blob_id, _ in self._lineage if blob_id not in wanted), max_bytes)

    def places(self, object_ids: Iterable[str]) -> Iterator[Place | Skipped]:
        """Yield the places of the given objects; see `Source.locate`."""
        ids = [object_id.encode() for object_id in object_ids]
        kinds = {fact.id: fact.kind for fact in self._facts(ids)}
        yield from self._of_commits([i for i in ids if kinds.get(i) == "commit"])
        yield from self._of_tags([i for i in ids if kinds.get(i) == "tag"])
        yield from self._of_blobs({i for i in ids if kinds.get(i) not in ("commit", "tag")})

    def _of_commits(self, ids: list[bytes]) -> Iterator[Place]:
        commits = self._commits(ids)
        for commit_id in ids:
            path = b".git/commits/" + commit_id
            yield Place(commit_id.decode(), path, in_head=False, commit=commits.get(commit_id))

    def _of_tags(self, ids: list[bytes]) -> Iterator[Place]:
        tagged = dict(zip(ids, self._peeled(ids), strict=False))
        commits = self._commits(commit for commit in tagged.values() if commit)
        for tag_id in ids:
            path = b".git/tags/" + tag_id
            yield Place(tag_id.decode(), path, in_head=False, commit=commits.get(tagged.get(tag_id, b"")))

    def _of_blobs(self, wanted: set[bytes]) -> Iterator[Place | Skipped]:
        if not wanted:
            return
        history = History(self._view, self._deadline)
        head = self._view.head()
        standing = self._standing(history, head, wanted)
        introduced = self._introduced(history, head, standing, wanted)
        commits = self._commits(introduced.values())
        for (blob_id, path), commit_id in introduced.items():
            at_head = (blob_id, path) in standing
            yield Place(blob_id.decode(), path, in_head=at_head, commit=commits.get(commit_id))
        for blob_id, path in sorted(standing - introduced.keys()):
            yield Place(blob_id.decode(), path, in_head=True)
        for blob_id in sorted(wanted - {blob_id for blob_id, _ in (*introduced, *standing)}):
            yield Place(blob_id.decode(), b".git/objects/" + blob_id, in_head=False)
        if not (history.is_complete and self._is_complete):
            for blob_id in sorted(wanted):
                yield Skipped(blob_id.decode(), "unattributed")

    def _standing(self, history: History, head: bytes | None, wanted: set[bytes]) -> set[_Standing]:
        """Where the wanted blobs stand at HEAD."""
        standing: set[_Standing] = set()
        for entry in history.at(head, wanted) if head else ():
            standing.add(entry)
            if self._is_too_many(standing):
                break
        return standing

    def _introduced(
        self, history: History, head: bytes | None, standing: set[_Standing], wanted: set[bytes]
    ) -> dict[_Standing, bytes]:
        """Which commit first put the wanted blobs where they stand or stood, oldest first."""
        if self._scope is Scope.HEAD:
            lineage = self._lineage
            if lineage is None:
                lineage = self._introduced_before(history, head, standing)
            return {place: commit_id for place, commit_id in lineage.items() if place[0] in wanted}
        if self._is_too_many(standing):
            return {}
        tips = filter(None, self._peeled(self._view.tips()))
        return self._first(history.changes(tips, wanted))

    def _introduced_before(
        self, history: History, head: bytes | None, standing: set[_Standing]
    ) -> dict[_Standing, bytes]:
        """Which commit first put each version of some files at HEAD where it stands or stood, oldest first."""
        if head is None or not standing or self._is_too_many(standing):
            return {}
        return self._first(history.changes(filter(None, self._peeled([head])), paths={path for _, path in standing}))

    def _first(self, changes: Iterator[tuple[bytes, bytes, bytes]]) -> dict[_Standing, bytes]:
        introduced: dict[_Standing, bytes] = {}
        for commit_id, blob_id, path in changes:
            introduced.setdefault((blob_id, path), commit_id)
            if self._is_too_many(introduced):
                break
        return introduced

    def _is_too_many(self, places: set[_Standing] | dict[_Standing, bytes]) -> bool:
        if len(places) < _MAX_PLACES:
            return False
        self._is_complete = False
        return True

    def _commits(self, ids: Iterable[bytes]) -> dict[bytes, Commit]:
        read = self._contents(ids, _MAX_COMMIT_BYTES)
        return {commit.id.encode(): parse_commit(commit.id, commit.data) for commit in read}

    def _contents(self, ids: Iterable[bytes], max_bytes: int) -> Iterator[Blob]:
        """Yield the distinct objects, as far as they can be read in time."""
        with ObjectList(self._view, dict.fromkeys(ids)) as wanted:
            try:
                for item in read_objects(self._view, wanted, max_bytes, Deadline(self._grace)):
                    if isinstance(item, Blob):
                        yield item
            except SourceError:
                self._is_complete = False

    def _peeled(self, ids: list[bytes]) -> list[bytes]:
        """The commit to which each tag leads, or an empty id; a commit leads to itself."""
        return [fact.id if fact.kind == "commit" else b"" for fact in self._facts(ids, b"^{commit}")]

    def _facts(self, ids: list[bytes], suffix: bytes = b"") -> list[Fact]:
        with ObjectList(self._view, ids, suffix) as asked:
            try:
                return list(look_up(self._view, asked, Deadline(self._grace)))
            except SourceError:
                self._is_complete = False
                return []

    @property
    def _grace(self) -> float:
        return max(self._deadline.remaining, _GRACE_SECONDS)
