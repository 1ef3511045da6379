"""Whether a state comes from the repository that is scanned.

Objects tell it for sure: two repositories that share one have a common origin. A repository may have lost all that an
earlier scan has read, by a force-push of everything or because each shallow clone is a new one. So a state is refused
only if the repository is at another place too: with other remotes, or where either has none, in another directory.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final, Protocol

from beca_core.errors import InvalidInput
from beca_core.state.state import RepositoryOrigin

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from beca_core.sources.contracts import Contents
    from beca_core.state.checkpoint import Checkpoint
    from beca_core.state.state import State

_MARK: Final = b"beca.origin.v1\0"


class Identity(Protocol):
    """What a source knows of itself; a source without the attribute `identity` knows nothing."""

    @property
    def path(self) -> str:
        """Its directory, or an empty string."""

    @property
    def urls(self) -> Sequence[str]:
        """Where it comes from."""

    def lacks_all_of(self, checkpoint: Checkpoint) -> bool:
        """Whether it has contents, and none of those of a checkpoint."""

    def lacks_all_objects(self, ids: Collection[bytes]) -> bool:
        """Whether it has contents, and none of those with these ids."""


def origin_of(identity: Identity | None, contents: Contents | None, key: bytes) -> RepositoryOrigin:
    """Return what a state records of where a repository is.

    Args:
        identity: The identity; None: it has none.
        contents: What was read; None: only the place counts.
        key: Key of the digests.
    """
    if identity is None:
        return RepositoryOrigin()
    path = _digest(key, identity.path) if identity.path else ""
    sample: Callable[[], tuple[bytes, ...]] = getattr(contents, "sample", tuple)
    return RepositoryOrigin(path, tuple(_digest(key, url) for url in identity.urls), sample())


def refuse_other_repository(state: State, identity: Identity | None, key: bytes) -> None:
    """Refuse a state that comes from another repository, as far as that can be known.

    Raises:
        InvalidInput: If it does.
    """
    here = origin_of(identity, None, key)
    if identity is None or not _is_elsewhere(state.origin, here):
        return
    checkpoint, objects = state.checkpoint, state.origin.objects
    if checkpoint is None and not objects:
        return
    if identity.lacks_all_objects(objects) if checkpoint is None else identity.lacks_all_of(checkpoint):
        raise InvalidInput(
            "The state comes from a scan of another repository: this one has none of its objects.",
            hint="Name another file, or delete this one to scan everything.",
        )


def _is_elsewhere(recorded: RepositoryOrigin, here: RepositoryOrigin) -> bool:
    if recorded.urls and here.urls:
        return set(recorded.urls).isdisjoint(here.urls)
    return bool(recorded.path and here.path) and recorded.path != here.path


def _digest(key: bytes, text: str) -> str:
    return hmac.digest(key, _MARK + text.encode("utf-8", "surrogateescape"), "sha256").hex()
