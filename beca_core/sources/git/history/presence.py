"""`PresenceFinder`: where objects stand that are not in the files of HEAD: in its past, on other refs, or nowhere."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from beca_core.errors import SourceError
from beca_core.findings import Presence
from beca_core.sources.git.history.history_diff import rev_list

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from beca_core.sources.git.history.history_diff import RefTips
    from beca_core.sources.git.history.lookup import ObjectLookup
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Deadline
    from beca_core.state.checkpoint import Age

_STASH: Final = b"refs/stash"
_NOTES: Final = b"refs/notes/"
_OBJECT: Final = b"object "
_MAX_TAG_BYTES: Final = 16 * 1024 * 1024


class PresenceFinder:
    """Says where commits, tags and what commits put at a path are.

    Args:
        view: The repository.
        refs: What refs name.
        lookup: Reads tags.
        deadline: When to stop.
    """

    def __init__(self, view: RepositoryView, refs: RefTips, lookup: ObjectLookup, deadline: Deadline) -> None:
        self._view = view
        self._refs = refs
        self._lookup = lookup
        self._deadline = deadline

    def of_file(self, ages: Collection[Age]) -> Presence | None:
        """Return where a file is that some commits put at a path and that is not in the files of HEAD.

        Args:
            ages: The ages of those commits; at least one.
        """
        if not all(is_off_head for is_off_head, _, _ in ages):
            return Presence.REMOVED
        return self._elsewhere({commit for _, _, commit in ages}, Presence.OTHER_BRANCH)

    def of_message(self, ages: Collection[Age]) -> Presence | None:
        """Return where a commit is, given its age, or nothing if no ref leads to it."""
        for is_off_head, _, commit in ages:
            return self._elsewhere({commit}, Presence.OTHER_MESSAGE) if is_off_head else Presence.MESSAGE
        return Presence.UNREACHABLE

    def of_tag(self, tag: bytes) -> Presence:
        """Return where an annotated tag is."""
        is_named = tag in self._tips or tag in self._tags_of_tags
        return Presence.TAG if is_named else Presence.UNREACHABLE

    def _elsewhere(self, commits: Collection[bytes], otherwise: Presence) -> Presence | None:
        """Return where commits are that are not reachable from HEAD; None: git cannot say."""
        try:
            if self._stashed.issuperset(commits):
                return Presence.STASH
            return Presence.NOTES if self._noted.issuperset(commits) else otherwise
        except SourceError:
            return None

    @cached_property
    def _stashed(self) -> set[bytes]:
        return self._reachable_only_from(lambda name: name == _STASH)

    @cached_property
    def _noted(self) -> set[bytes]:
        return self._reachable_only_from(lambda name: name.startswith(_NOTES))

    def _reachable_only_from(self, is_meant: Callable[[bytes], bool]) -> set[bytes]:
        """Return the commits that are reachable from some refs and from no branch, tag or HEAD."""
        named = self._view.refs()
        tips = {tip for name, tip in named.items() if is_meant(name)}
        if not tips:
            return set()
        special = {tip for name, tip in named.items() if _is_special(name)}
        others = set(self._refs.tips) - special | {tip for name, tip in named.items() if not _is_special(name)}
        others |= {self._refs.head} if self._refs.head else set()
        return set(rev_list(self._view, ("--ignore-missing",), tips, others, self._deadline))

    @cached_property
    def _tips(self) -> frozenset[bytes]:
        return frozenset(self._refs.tips)

    @cached_property
    def _tags_of_tags(self) -> set[bytes]:
        """The tags that are named by other tags only; they are rare."""
        found: set[bytes] = set()
        waiting = set(self._tips)
        while waiting:
            kinds = self._lookup.targets(sorted(waiting))
            tags = {tag for tag, target in kinds.items() if target is not None and target != tag}
            named = {_named_object(blob.data) for blob in self._lookup.contents(sorted(tags), _MAX_TAG_BYTES)}
            waiting = named - found - self._tips - {b""}
            found |= waiting
        return found


def _is_special(name: bytes) -> bool:
    return name == _STASH or name.startswith(_NOTES)


def _named_object(tag: bytes) -> bytes:
    """Return the id of the object that a tag names."""
    line = tag.partition(b"\n")[0]
    return line.removeprefix(_OBJECT).strip() if line.startswith(_OBJECT) else b""
