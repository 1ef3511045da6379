"""`open_changes`: what is staged, or what a range of commits has changed, and what was there before.

Only the contents that a change put at a path are read, whole, so that lines and columns are those of the file. What was
at the same paths before is a source of its own: a secret that it has too is not new.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from beca_core.errors import InvalidInput, InvalidTarget, quoted_path
from beca_core.findings import Presence
from beca_core.report import Skipped
from beca_core.sources.contracts import FixedShare, Place
from beca_core.sources.git.history.history_diff import message_path
from beca_core.sources.git.history.lookup import ObjectLookup
from beca_core.sources.git.history.tree_changes import GITLINK, TreeChange, new_mark, read_tree_changes, records
from beca_core.sources.git.layout import enclosing_repository, find_repository
from beca_core.sources.git.objects.cat_file_shares import cat_file_shares
from beca_core.sources.git.objects.lfs import with_lfs
from beca_core.sources.git.view import RepositoryView
from beca_core.sources.limits import Deadline, Limits, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from beca_core.sources.contracts import Blob, Resume, Share
    from beca_core.sources.git.layout import RepositoryLayout
    from beca_core.sources.worktree.commit_range import CommitRange

_EMPTY_TREES: Final = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""Ids of the tree without entries, which git knows in each repository, by their length."""
_LOG: Final = ("log", "--raw", "-r", "-c", "-z", "--root", "--no-abbrev", "--no-renames")
_STAGED: Final = ("diff-index", "--cached", "--raw", "-r", "-z", "--no-abbrev", "--no-renames")


class ChangedContent(NamedTuple):
    """A content at a path.

    Args:
        path: Relative to the root of the work tree.
        blob: Hexadecimal id of the content.
        commit: Id of the commit that put it there; empty: none has.
    """

    path: bytes
    blob: bytes
    commit: bytes = b""


class ChangeSource:
    """Read some versions of files.

    Args:
        view: The repository.
        scope: The scope that reports show.
        versions: What to read, oldest first.
        commits: Ids of commits whose messages are read too.
        tags: Ids of annotated tags whose messages are read too.
        at_tip: Returns which versions, without their commits, are in the current version; None: all are.
        unread: What cannot be read.
        before: Returns what was there before; None: nothing was.
    """

    def __init__(
        self,
        view: RepositoryView,
        scope: Scope,
        versions: Sequence[ChangedContent],
        *,
        commits: Sequence[bytes] = (),
        tags: Sequence[bytes] = (),
        at_tip: Callable[[], Collection[ChangedContent]] | None = None,
        unread: Sequence[Skipped] = (),
        before: Callable[[], ChangeSource] | None = None,
    ) -> None:
        self.scope = scope
        self.before = before
        self._view = view
        self._versions = versions
        self._commits = commits
        self._tags = tags
        self._at_tip = at_tip
        self._unread = unread

    def start(self, limits: Limits, resume: Resume | None = None) -> ChangeReading:  # noqa: ARG002
        """Share out the contents and the messages."""
        ids = dict.fromkeys([*(version.blob for version in self._versions), *self._commits, *self._tags])
        shares = with_lfs(self._view, cat_file_shares(self._view, ids, is_fallback=False))
        unread = [FixedShare(tuple(self._unread))] if self._unread else []
        places = _Places(
            self._view, self._versions, frozenset(self._commits), frozenset(self._tags), self._at_tip, limits
        )
        return ChangeReading((*shares, *unread), places)

    def close(self) -> None:
        """Do nothing: `open_changes` closes the repository."""


class _Places(NamedTuple):
    view: RepositoryView
    versions: Sequence[ChangedContent]
    commits: frozenset[bytes]
    tags: frozenset[bytes]
    at_tip: Callable[[], Collection[ChangedContent]] | None
    limits: Limits

    def of(self, blob_ids: Collection[str]) -> Iterator[Place]:
        """Yield the places of some contents, oldest first, each once."""
        wanted = {blob_id.encode() for blob_id in blob_ids}
        newest_first = (version for version in reversed(self.versions) if version.blob in wanted)
        placed = {(version.blob, version.path): version for version in newest_first}
        messages = self.commits & wanted
        made_by = messages | {version.commit for version in placed.values() if version.commit}
        deadline = Deadline(self.limits.locate_seconds)
        commits = ObjectLookup(self.view, deadline, deadline).commits(made_by, {}) if made_by else {}
        at_tip = None if self.at_tip is None or not placed else self.at_tip()
        for version in reversed(placed.values()):
            in_head = at_tip is None or version._replace(commit=b"") in at_tip
            yield Place(
                version.blob.decode(),
                version.path,
                in_head,
                commits.get(version.commit),
                None if in_head else Presence.REMOVED,
                uncommitted=not version.commit and self.at_tip is None,
            )
        for commit in sorted(messages):
            yield Place(commit.decode(), message_path(commit), False, commits.get(commit), Presence.MESSAGE)
        for tag in sorted(self.tags & wanted):
            yield Place(tag.decode(), b".git/tags/" + tag, False, presence=Presence.TAG)


class ChangeReading(NamedTuple):
    """The reading of a change, which is also its contents.

    Args:
        shares: The contents.
        where: Where they are.
    """

    shares: Sequence[Share]
    where: _Places

    @property
    def resumed(self) -> None:
        """None: every scan reads everything."""

    def background(self) -> Iterator[bool]:
        """Do nothing."""
        yield from ()

    def finish(self) -> ChangeReading:
        """Return itself."""
        return self

    def missing(self) -> Iterator[Skipped]:
        """Yield nothing: the shares report what they could not read."""
        yield from ()

    def versions(self, blob_ids: Collection[str]) -> Iterator[Blob]:  # noqa: ARG002
        """Yield nothing: what was before is a source of its own."""
        yield from ()

    def places(self, blob_ids: Collection[str]) -> Iterator[Place]:
        """Yield the places of some contents."""
        return self.where.of(blob_ids)

    def names(self) -> Iterator[bytes]:
        """Yield the paths of what is changed."""
        return (version.path for version in self.where.versions)

    def name_places(self, wanted: Collection[bytes]) -> Iterator[Place]:
        """Yield the places of the contents at some of the paths."""
        named = {version.blob.decode() for version in self.where.versions if version.path in wanted}
        return (place for place in self.where.of(named) if place.path in wanted)

    def checkpoint(self, skipped: Collection[Skipped]) -> None:
        """Return None: the next scan reads everything."""


@contextmanager
def open_changes(target: str | os.PathLike[str], commits: CommitRange | None = None) -> Iterator[ChangeSource]:
    """Open what a change of a repository puts into it.

    Args:
        target: A directory in a work tree, or a repository.
        commits: The commits that make the change; None: what is staged is the change.

    Raises:
        InvalidTarget: If there is no repository.
        InvalidInput: If a commit does not exist.
        SourceError: If git cannot read the repository.
    """
    path = Path(target).absolute()
    root = path if find_repository(path) is not None else enclosing_repository(path / "x")
    layout = None if root is None else find_repository(root)
    if layout is None:
        raise InvalidTarget(f"{quoted_path(path)} is in no git repository.", hint="Name a directory of a repository.")
    view = RepositoryView(layout, incoming=_incoming(layout))
    try:
        yield _staged(view) if commits is None else _range(view, commits)
    finally:
        view.close()


def _incoming(layout: RepositoryLayout) -> Path | None:
    """Return the directory in which git keeps what is pushed until the hook accepts it; see git-receive-pack(1)."""
    named = os.environ.get("GIT_QUARANTINE_PATH")
    if not named:
        return None
    directory = Path(os.path.realpath(named))
    return directory if directory.parent == (layout.common_dir / "objects").resolve() and directory.is_dir() else None


def _staged(view: RepositoryView) -> ChangeSource:
    head = view.head()
    base = _EMPTY_TREES[view.format.id_length] if head is None else head.decode()
    index = _index_of_hook(view) or view.index_file
    now, before, unread = [], [], []
    with view.git(*_STAGED, base, index=index) as process:
        for record in (fields := records(process.stdout)):
            old_mode, mode, old, new, status = record.lstrip(b":").split(b" ")
            path = next(fields)
            if status == b"U":
                unread.append(Skipped(os.fsdecode(path), "unreadable"))  # of a merge that is not resolved
            if old.strip(b"0") and old_mode != GITLINK:
                before.append(ChangedContent(path, old))
            if new.strip(b"0") and mode != GITLINK:
                now.append(ChangedContent(path, new))
        process.finish()
    return ChangeSource(view, Scope.HEAD, now, unread=unread, before=lambda: ChangeSource(view, Scope.HEAD, before))


def _index_of_hook(view: RepositoryView) -> Path | None:
    """Return the index that git names to its hooks, if the repository has it: `git commit FILE` makes another one."""
    named = os.environ.get("GIT_INDEX_FILE")
    if not named:
        return None
    index = Path(os.path.realpath(named))
    return index if index.parent == view.index_file.parent.resolve() and index.is_file() else None


def _range(view: RepositoryView, commits: CommitRange) -> ChangeSource:
    begins = [_commit(view, name) for name in commits.known]
    begins += [commit for name in commits.elsewhere if (commit := _found(view, name)) is not None]
    ends = {name: _commit(view, name) for name in commits.tips}
    tags = [name.encode() for name, commit in ends.items() if commits.has_ids and name != commit]
    mark = new_mark()
    changes: list[TreeChange] = []
    parents: dict[bytes, tuple[bytes, ...]] = {}
    known = [*(f"^{begin}" for begin in begins), *(["--not", *commits.known_refs] if commits.known_refs else [])]
    with view.git(*_LOG, f"--format={mark.decode()}%H %ct %P", *dict.fromkeys(ends.values()), *known) as process:
        for entry in read_tree_changes(process.stdout, mark):
            if isinstance(entry, TreeChange):
                changes.append(entry)
            else:
                parents[entry.node.id] = entry.node.parents
        process.finish()
    versions = [ChangedContent(each.path, each.blob, each.commit) for each in reversed(changes)]
    boundary = {parent for of_commit in parents.values() for parent in of_commit} - parents.keys()
    boundary.update(begin.encode() for begin in begins)
    paths = frozenset(version.path for version in versions)

    def before() -> ChangeSource:
        at_end = {version.path for end in ends.values() for version in _files(view, end)}
        old = [
            version
            for commit in sorted(boundary)
            for version in _files(view, commit.decode())
            if version.path in paths or version.path not in at_end
        ]
        return ChangeSource(view, Scope.HISTORY, old)

    return ChangeSource(
        view,
        Scope.HISTORY,
        versions,
        commits=list(parents),
        tags=tags,
        at_tip=lambda: frozenset(version for end in ends.values() for version in _files(view, end)),
        before=before,
    )


def _commit(view: RepositoryView, name: str) -> str:
    commit = _found(view, name)
    if commit is None:
        hint = "A shallow clone has no older commits; `git fetch --unshallow` gets them." if view.shallow else ""
        raise InvalidInput(f"There is no commit {name!r:.80} in {view.name}.", hint=hint)
    return commit


def _found(view: RepositoryView, name: str) -> str | None:
    """Return the id of a commit. Its name is written to git's standard input: command lines are seen by others."""
    if "\n" in name:
        return None
    with view.scratch_file() as asked:
        asked.write(os.fsencode(f"{name}^{{commit}}\n"))
        asked.seek(0)
        with view.git("cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=asked) as process:
            answer = process.stdout.read()
            process.finish()
    kind, _, object_id = answer.decode("utf-8", "replace").strip().rpartition(" ")
    return object_id if kind == "commit" else None


def _files(view: RepositoryView, commit: str) -> Iterator[ChangedContent]:
    """Yield the files of a commit."""
    with view.git("ls-tree", "-r", "-z", "--full-tree", commit) as process:
        for record in records(process.stdout):
            entry, _, path = record.partition(b"\t")
            mode, _, blob = entry.split(b" ")
            if mode != GITLINK:
                yield ChangedContent(path, blob)
        process.finish()
