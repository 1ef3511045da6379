"""Which objects of a repository are read: the whole store, or the files of HEAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.errors import SourceError
from beca_core.report import Skipped
from beca_core.sources.contracts import FixedShare
from beca_core.sources.git.objects.cat_file import ObjectList, look_up
from beca_core.sources.git.objects.cat_file_shares import cat_file_shares, select
from beca_core.sources.git.process import GitFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from beca_core.sources.contracts import Share
    from beca_core.sources.git.objects.object_store import ObjectStore
    from beca_core.sources.git.view import RepositoryView


def select_history(view: RepositoryView, store: ObjectStore, without: Collection[bytes] = ()) -> Iterator[Share]:
    """Yield shares of all blobs, commits and tags in the object store, and what cannot be read.

    Args:
        view: The repository.
        store: Its object store.
        without: Binary ids of objects that are left out, as far as git is not needed to list them.

    Raises:
        SourceError: If git is needed to list the objects and cannot.
    """
    yield known_gaps(view)
    yield from store.shares(without)
    if not store.is_whole:
        with ObjectList(view) as listed:
            yield FixedShare(tuple(_list_store(view, listed)))
            yield from cat_file_shares(view, (object_id for object_id in listed if object_id not in store))


def select_head(view: RepositoryView, max_bytes: int) -> Iterator[Share]:
    """Yield shares of the distinct blobs of the files at HEAD, and what cannot be read.

    Args:
        view: The repository.
        max_bytes: Larger blobs are skipped as `too-large`.

    Raises:
        SourceError: If HEAD cannot be understood, or what it names is not there.
    """
    if view.has_broken_head:
        raise SourceError("HEAD cannot be understood.", hint="Scan the whole history with --scope history.")
    head = view.head()
    if head is None:
        yield FixedShare((Skipped("HEAD", "missing"),) if view.tips() else ())
        return
    with ObjectList(view, [head], b"^{tree}") as asked:
        (tree,) = look_up(view, asked)
    if not tree.kind:
        raise SourceError(
            "HEAD names a commit that is missing or unreadable, or whose tree is.",
            hint="Scan what is left of the history with --scope history.",
        )
    with ObjectList(view) as listed, ObjectList(view) as wanted:
        gaps = list(_reachable(view, tree.id, listed))
        gaps += select(view, listed, wanted, max_bytes, kinds=("blob",))
        yield FixedShare(tuple(gaps))
        yield from cat_file_shares(view, wanted, is_fallback=False)


def lost(view: RepositoryView) -> Iterator[Skipped]:
    """Yield what refs name or lead to, and the object store does not have."""
    with ObjectList(view, view.tips()) as tips:
        facts = list(look_up(view, tips))
    yield from (Skipped(fact.id.decode(), "missing") for fact in facts if not fact.kind)
    command = ("rev-list", "--objects", "--no-object-names", "--missing=print", "--stdin")
    present = (fact.id for fact in facts if fact.kind)
    with ObjectList(view, present) as starts, view.git(*command, stdin=starts.start_at(0)) as process:
        for line in process.stdout:
            if line.startswith(b"?"):
                yield Skipped(line[1:].strip().decode(), "missing")
        try:
            process.finish()
        except GitFailed:  # at a commit or tree that is corrupt: what it leads to is not known
            yield Skipped("refs", "unreadable")


def known_gaps(view: RepositoryView) -> FixedShare:
    """Return what can be said at once not to be readable."""
    return FixedShare(tuple(_known_gaps(view)))


def _known_gaps(view: RepositoryView) -> Iterator[Skipped]:
    if view.has_broken_head:
        yield Skipped("HEAD", "unreadable")
    for part in view.unusable:
        yield Skipped(part, "unreadable")
    for commit_id in view.shallow:
        yield Skipped(commit_id, "shallow")


def _list_store(view: RepositoryView, listed: ObjectList) -> Iterator[Skipped]:
    """List all objects in the store, in the order in which they lie there."""
    with view.git("cat-file", "--batch-check=%(objectname)", "--batch-all-objects", "--unordered") as process:
        for line in process.stdout:
            listed.append(line.strip())
        process.finish()
        if "error: " in process.stderr:  # of a part of the store that git then passed over
            yield Skipped("objects", "unreadable")


def _reachable(view: RepositoryView, tree: bytes, listed: ObjectList) -> Iterator[Skipped]:
    """List what a tree holds, each object once however many paths lead to it."""
    command = ("rev-list", "--objects", "--no-object-names", "--missing=print", tree.decode())
    with view.git(*command) as process:
        for line in process.stdout:
            if line.startswith(b"?"):
                yield Skipped(line[1:].strip().decode(), "missing")
            else:
                listed.append(line.strip())
        try:
            process.finish()
        except GitFailed:
            yield Skipped(tree.decode(), "unreadable")
