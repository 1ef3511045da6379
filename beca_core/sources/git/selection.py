"""Which objects of a repository are read: the whole store, or the files of HEAD."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.errors import SourceError
from beca_core.sources import Skipped
from beca_core.sources.git.objects import ObjectList, look_up
from beca_core.sources.git.process import GitFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.sources.git.view import RepositoryView


def select_history(view: RepositoryView, wanted: ObjectList, max_bytes: int) -> Iterator[Skipped]:
    """Put all blobs, commits and tags in the object store into `wanted`, and yield what cannot be read.

    Args:
        view: The repository.
        wanted: Where ids are put.
        max_bytes: Larger objects are skipped as `too-large`.

    Raises:
        SourceError: If git cannot list the objects.
    """
    if view.has_broken_head:
        yield Skipped("HEAD", "unreadable")
    for part in view.unusable:
        yield Skipped(part, "unreadable")
    for commit_id in view.shallow:
        yield Skipped(commit_id, "shallow")
    unreadable: set[bytes] = set()
    with ObjectList(view) as stored:
        yield from _list_store(view, stored)
        for skipped in _select(view, stored, wanted, max_bytes):
            unreadable.add(skipped.id.encode())
            yield skipped
    for skipped in _lost(view):
        if skipped.id.encode() not in unreadable:
            unreadable.add(skipped.id.encode())
            yield skipped


def select_head(view: RepositoryView, wanted: ObjectList, max_bytes: int) -> Iterator[Skipped]:
    """Put the distinct blobs of the files at HEAD into `wanted`, and yield what cannot be read; see above.

    Raises:
        SourceError: If HEAD cannot be understood, or what it names is not there.
    """
    if view.has_broken_head:
        raise SourceError("HEAD cannot be understood.", hint="Scan the whole history with --scope history.")
    head = view.head()
    if head is None:
        if view.tips():
            yield Skipped("HEAD", "missing")
        return
    with ObjectList(view, [head], b"^{tree}") as asked:
        (tree,) = look_up(view, asked)
    if not tree.kind:
        raise SourceError(
            "HEAD names a commit that is missing or unreadable, or whose tree is.",
            hint="Scan what is left of the history with --scope history.",
        )
    with ObjectList(view) as listed:
        yield from _reachable(view, tree.id, listed)
        yield from _select(view, listed, wanted, max_bytes, kinds=("blob",))


def _select(
    view: RepositoryView,
    listed: ObjectList,
    wanted: ObjectList,
    max_bytes: int,
    kinds: tuple[str, ...] = ("blob", "commit", "tag"),
) -> Iterator[Skipped]:
    for fact in look_up(view, listed):
        if not fact.kind:  # git has listed it, so it is there
            yield Skipped(fact.id.decode(), "unreadable")
        elif fact.kind in kinds:
            if fact.size <= max_bytes:
                wanted.append(fact.id)
            else:
                yield Skipped(fact.id.decode(), "too-large")


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


def _lost(view: RepositoryView) -> Iterator[Skipped]:
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
