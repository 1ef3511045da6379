"""Which objects of a repository are read, the whole store or the files of HEAD, and which are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.errors import DeadlineExceeded, SourceError
from beca_core.report import Skipped
from beca_core.sources.contracts import FixedShare
from beca_core.sources.git.objects.cat_file import ObjectList, look_up
from beca_core.sources.git.objects.cat_file_shares import cat_file_shares, select
from beca_core.sources.git.process import GitFailed
from beca_core.sources.limits import Deadline

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from beca_core.sources.contracts import Share
    from beca_core.sources.git.objects.object_store import ObjectStore
    from beca_core.sources.git.view import RepositoryView


def select_history(
    view: RepositoryView, store: ObjectStore, excluded: Collection[bytes] = (), *, deadline: Deadline | None = None
) -> Iterator[Share]:
    """Yield shares of all blobs, commits and tags in the object store, and of what cannot be read.

    Args:
        view: The repository.
        store: Its object store.
        excluded: Binary ids of objects that are left out, except where git has to list the objects.
        deadline: When git has to stop listing; None: never.

    Raises:
        SourceError: If git has to list the objects and cannot.
    """
    yield known_unreadable(view)
    yield from store.shares(excluded)
    if not store.is_whole:
        with ObjectList(view) as listed:
            yield FixedShare(tuple(_list_store(view, listed, deadline)))
            yield from cat_file_shares(view, (object_id for object_id in listed if object_id not in store))


def select_head(view: RepositoryView, max_bytes: int, deadline: Deadline) -> Iterator[Share]:
    """Yield shares of the distinct blobs of the files at HEAD, and of what cannot be read.

    Args:
        view: The repository.
        max_bytes: Larger blobs are skipped as `too-large`.
        deadline: When to stop listing.

    Raises:
        SourceError: If HEAD is not valid, or what it names is missing.
    """
    if view.has_broken_head:
        raise SourceError(
            f"HEAD of the repository {view.name} is not valid.", hint="Scan the whole history with --scope history."
        )
    head = view.head()
    if head is None:
        yield FixedShare((Skipped("HEAD", "missing"),) if view.tips() else ())
        return
    with ObjectList(view, [head], b"^{tree}") as trees:
        (tree,) = look_up(view, trees)
    if not tree.kind:
        raise SourceError(
            f"HEAD of the repository {view.name} names a commit that is missing or unreadable, or whose tree is.",
            hint="Scan what is left of the history with --scope history.",
        )
    with ObjectList(view) as listed, ObjectList(view) as wanted:
        skipped = list(_list_tree(view, tree.id, listed, deadline))
        try:
            skipped += select(view, listed, wanted, max_bytes, kinds=("blob",), deadline=deadline)
        except DeadlineExceeded:
            skipped.append(Skipped("HEAD", "timeout"))
        yield FixedShare(tuple(skipped))
        yield from cat_file_shares(view, wanted, is_fallback=False)


def list_missing(view: RepositoryView, deadline: Deadline) -> Iterator[Skipped]:
    """Yield the objects that are reachable from refs and that the object store does not have.

    Args:
        view: The repository.
        deadline: When to stop; what is missing beyond is not known then, which is reported.
    """
    try:
        yield from _missing(view, Deadline(deadline.last))
    except DeadlineExceeded:
        yield Skipped("refs", "timeout")


def _missing(view: RepositoryView, deadline: Deadline) -> Iterator[Skipped]:
    with ObjectList(view, view.tips()) as tips:
        infos = list(look_up(view, tips, deadline))
    yield from (Skipped(info.id.decode(), "missing") for info in infos if not info.kind)
    command = ("rev-list", "--objects", "--no-object-names", "--missing=print", "--stdin")
    present = (info.id for info in infos if info.kind)
    with (
        ObjectList(view, present) as starts,
        view.git(*command, stdin=starts.start_at(0), seconds=deadline.remaining) as process,
    ):
        for line in process.stdout:
            if line.startswith(b"?"):
                yield Skipped(line[1:].strip().decode(), "missing")
        try:
            process.finish()
        except GitFailed:  # at a corrupt commit or tree: what is reachable from it is not known
            yield Skipped("refs", "unreadable")


def known_unreadable(view: RepositoryView) -> FixedShare:
    """Return what is known to be unreadable before anything is read."""
    return FixedShare(tuple(_known_unreadable(view)))


def _known_unreadable(view: RepositoryView) -> Iterator[Skipped]:
    if view.has_broken_head:
        yield Skipped("HEAD", "unreadable")
    for part in view.unusable:
        yield Skipped(part, "unreadable")
    for commit_id in view.shallow:
        yield Skipped(commit_id, "shallow")


def _list_store(view: RepositoryView, listed: ObjectList, deadline: Deadline | None) -> Iterator[Skipped]:
    """List all objects in the store, in the order in which they are stored."""
    command = ("cat-file", "--batch-check=%(objectname)", "--batch-all-objects", "--unordered")
    with view.git(*command, seconds=None if deadline is None else deadline.remaining) as process:
        for line in process.stdout:
            if len(object_id := line.strip()) == view.format.id_length:  # git may have been killed within a line
                listed.append(object_id)
        try:
            process.finish()
        except DeadlineExceeded:
            yield Skipped("objects", "timeout")
        if "error: " in process.stderr:  # git has ignored a part of the store
            yield Skipped("objects", "unreadable")


def _list_tree(view: RepositoryView, tree: bytes, listed: ObjectList, deadline: Deadline) -> Iterator[Skipped]:
    """List the objects that are reachable from a tree, each once, however many paths it has."""
    command = ("rev-list", "--objects", "--no-object-names", "--missing=print", tree.decode())
    with view.git(*command, seconds=deadline.remaining) as process:
        for line in process.stdout:
            if line.startswith(b"?"):
                yield Skipped(line[1:].strip().decode(), "missing")
            elif line.endswith(b"\n"):
                listed.append(line.strip())
        try:
            process.finish()
        except DeadlineExceeded:
            yield Skipped("HEAD", "timeout")
        except GitFailed:
            yield Skipped(tree.decode(), "unreadable")
