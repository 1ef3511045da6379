"""`GitSource`: a local git repository, read object by object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from beca_core.errors import InvalidTarget, SourceError
from beca_core.sources import Blob, Limits, Place, Scope, Skipped
from beca_core.sources.git.layout import find_layout
from beca_core.sources.git.objects import ObjectList, read_objects
from beca_core.sources.git.places import Locator
from beca_core.sources.git.selection import select_head, select_history
from beca_core.sources.git.view import RepositoryView

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator
    from pathlib import Path
    from types import TracebackType


class GitSource:
    """Read a git repository: its whole object store, or the files of HEAD.

    `history` reads every blob, commit and tag in the object store, those that no ref reaches included. `head` reads
    the blobs of the commit that HEAD names, symbolic links (their text) included and submodules not.

    Args:
        path: Work tree or bare repository.
        scope: `history` or `head`.
        scratch_dir: Where temporary files are made; None: where the system keeps such.

    Raises:
        InvalidTarget: If there is no repository at the path.
        SourceError: If git cannot read it.
    """

    def __init__(
        self, path: Path, scope: Scope = Scope.HISTORY, *, scratch_dir: str | os.PathLike[str] | None = None
    ) -> None:
        self.scope = scope
        self._locator: Locator | None = None
        self.expected_blobs: int | None = None
        try:
            layout = find_layout(path.absolute())
            if layout is None:
                raise InvalidTarget("There is no git repository at this path.")
            self._view = RepositoryView(layout, scratch_dir)
        except OSError as error:
            raise SourceError(f"The repository cannot be read: {error.strerror}.") from None

    def read(self, limits: Limits) -> Iterator[Blob | Skipped]:
        """Yield every distinct object once, and what is known to be missing.

        Raises:
            SourceError: If HEAD is needed but leads nowhere, or git cannot list the objects.
        """
        select = select_history if self.scope is Scope.HISTORY else select_head
        skipped = 0
        with ObjectList(self._view) as wanted:
            for item in select(self._view, wanted, limits.max_blob_bytes):
                yield item
                skipped += 1
            self.expected_blobs = len(wanted) + skipped
            yield from read_objects(self._view, wanted, limits.max_blob_bytes)

    def versions(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Blob]:
        """Yield earlier contents of the files at HEAD that hold the given blobs; `history` has read them already."""
        if self.scope is Scope.HEAD:
            yield from self._places(limits).versions(blob_ids, limits.max_blob_bytes)

    def locate(self, blob_ids: Collection[str], limits: Limits) -> Iterator[Place | Skipped]:
        """Yield the places of the given objects, oldest first.

        Commits and tags have places of their own: `.git/commits/ID` and `.git/tags/ID`. A blob that no ref reaches
        stands at `.git/objects/ID`.
        """
        yield from self._places(limits).places(blob_ids)

    def _places(self, limits: Limits) -> Locator:
        if self._locator is None:
            self._locator = Locator(self._view, self.scope, limits.locate_seconds)
        return self._locator

    def close(self) -> None:
        """End git, and remove the temporary files."""
        self._view.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
