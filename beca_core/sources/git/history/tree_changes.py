"""Parsing what git writes about commits and their changes: `git log` and `git diff-tree` with `--raw -z`."""

from __future__ import annotations

import secrets
from itertools import chain, compress, repeat
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from beca_core.sources.git.history.commit_order import CommitNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

_PART_BYTES: Final = 256 * 1024
_RawCommit: TypeAlias = "tuple[bytes, list[bytes], list[bytes]]"
"""The line of a commit, empty if an earlier piece had it; the record of each change; the path of each change."""

GITLINK: Final = b"160000"
"""Mode of a submodule."""


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""


class TreeChange(NamedTuple):
    """A commit put a blob at a path.

    Args:
        commit: Id of the commit.
        blob: Id of the blob.
        path: The path.
    """

    commit: bytes
    blob: bytes
    path: bytes


def new_mark() -> bytes:
    """Return a random text that git writes before each commit, so that no path can be mistaken for a commit."""
    return secrets.token_hex(8).encode()


def read_tree_changes(
    stream: Readable, mark: bytes, wanted: AbstractSet[bytes] | None = None
) -> Iterator[TreeChange | CommitRecord]:
    """Yield each commit, followed by what it put at which path, in git's order.

    Args:
        stream: Output with `--raw -z` and a format of `mark`, `%H` and optionally ` %ct %P`. Pairs of records follow
            each commit. The first of a pair begins with as many colons as the commit has parents, and ends with the
            new object id and the status; the second is the path.
        mark: The text before each commit.
        wanted: Ids of blobs whose changes are yielded; None: of all.
    """
    commit = b""
    for line, records, paths in chain.from_iterable(_commits(stream, mark)):
        if line:
            commit = line.partition(b" ")[0]
            yield CommitRecord(line)
        blobs = _blobs(records)
        if wanted is None or not wanted.isdisjoint(blobs):
            for record, blob, path in zip(records, blobs, paths, strict=True):
                if (wanted is None or blob in wanted) and _adds_file(record):
                    yield TreeChange(commit, blob, path)


class TreeChanges(NamedTuple):
    """Many changes, as three lists of the same length.

    Args:
        commits: The commit of each.
        blobs: The blob of each.
        paths: The path of each.
    """

    commits: list[bytes]
    blobs: list[bytes]
    paths: list[bytes]

    def add(self, others: TreeChanges) -> None:
        """Append other changes."""
        for these, those in zip(self, others, strict=True):
            these.extend(those)

    def of(self, wanted: AbstractSet[bytes]) -> Iterator[TreeChange]:
        """Yield the changes that put one of some blobs at a path."""
        return (TreeChange(*change) for change in zip(*self, strict=True) if change[1] in wanted)


def read_batches(stream: Readable, mark: bytes) -> Iterator[tuple[list[CommitNode], TreeChanges]]:
    """Yield all commits and all of their changes, in batches.

    Args:
        stream: As for `read_tree_changes`.
        mark: As for `read_tree_changes`.
    """
    last = b""
    for batch in _commits(stream, mark):
        nodes = [_node(line) for line, _, _ in batch if line]
        ids = [node.id for node in nodes]
        if len(ids) < len(batch):
            ids.insert(0, last)
        commits = chain.from_iterable(repeat(i, len(changed)) for i, (_, changed, _) in zip(ids, batch, strict=True))
        records = [record for _, changed, _ in batch for record in changed]
        yield nodes, _added_files(commits, records, chain.from_iterable(paths for _, _, paths in batch))
        last = ids[-1] if ids else last


class CommitRecord(bytes):
    """What git writes about a commit itself."""

    __slots__ = ()

    @property
    def node(self) -> CommitNode:
        """The commit in the commit graph."""
        return _node(self)


def records(stream: Readable) -> Iterator[bytes]:
    """Yield the records of a stream, each of which ends with NUL; a last one without NUL was cut off and is dropped."""
    rest = b""
    while part := stream.read(_PART_BYTES):
        found = (rest + part).split(b"\0")
        rest = found.pop()
        yield from found


def _commits(stream: Readable, mark: bytes) -> Iterator[list[_RawCommit]]:
    """Yield the commits in batches; a commit with very many changes is split into several pieces."""
    rest = b""
    while part := stream.read(_PART_BYTES):
        whole, _, rest = (b"\0" + rest + part).rpartition(b"\0")
        more, *pieces = whole.split(b"\0" + mark)
        commits = [_raw_commit(piece) for piece in pieces]
        if more:
            commits.insert(0, _raw_commit(more))
        if commits and len(commits[-1][1]) > len(commits[-1][2]):
            rest = commits[-1][1].pop() + b"\0" + rest
        yield commits


def _raw_commit(piece: bytes) -> _RawCommit:
    """Split a piece into line, records and paths; git writes an empty field before the records of a merge."""
    line, *fields = piece.split(b"\0")
    begin = 1 if fields and not fields[0] else 0
    return line, fields[begin::2], fields[begin + 1 :: 2]


def _blobs(changes: Iterable[bytes]) -> list[bytes]:
    return [record.rsplit(b" ", 2)[1] for record in changes]


def _added_files(commits: Iterable[bytes], records: list[bytes], paths: Iterable[bytes]) -> TreeChanges:
    """Return the changes after which there is a file at the path."""
    if GITLINK in b"".join(records):  # testing each record takes longer than the rest of this function
        kept = [_adds_file(record) for record in records]
    else:
        kept = [not record.endswith(b"D") for record in records]
    return TreeChanges(list(compress(commits, kept)), _blobs(compress(records, kept)), list(compress(paths, kept)))


def _node(line: bytes) -> CommitNode:
    commit, _, rest = line.partition(b" ")
    date, _, parents = rest.partition(b" ")
    return CommitNode(commit, int(date) if date.isdigit() else _odd_date(date), tuple(parents.split()))


def _odd_date(field: bytes) -> int:
    """Parse a date before 1970; for a commit without a valid date git writes nothing or 0."""
    return int(field) if field.removeprefix(b"-").isdigit() else 0


def _adds_file(record: bytes) -> bool:
    """Whether there is a file at the path after the change: neither a deletion nor a submodule."""
    if GITLINK in record:
        parents = record.count(b":")
        if record.lstrip(b"\n").split(b" ", parents + 1)[parents] == GITLINK:
            return False
    return not record.endswith(b"D")
