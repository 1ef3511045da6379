"""Reading what git writes about commits and their changes: `git log` and `git diff-tree` with `--raw -z`."""

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
"""The line of a commit, empty if that came before; what changed, and the path of each change."""

GITLINK: Final = b"160000"
"""Mode of a submodule."""


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, no more than so many; none at the end."""


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
    """Return what git is to write before each commit: a path cannot look like a commit whose mark nobody knows."""
    return secrets.token_hex(8).encode()


def read_tree_changes(
    stream: Readable, mark: bytes, wanted: AbstractSet[bytes] | None = None
) -> Iterator[TreeChange | CommitRecord]:
    """Yield each commit, and then what it put where, in the order in which git tells it.

    Args:
        stream: Output with `--raw -z` and a format that begins with `mark` and `%H`, and goes on with ` %ct %P` or with
            nothing. Behind it come pairs of records: one that begins with as many colons as the commit has parents
            and ends with the new object id and the status, and the path.
        mark: What stands before each commit.
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
                if (wanted is None or blob in wanted) and _puts_a_file(record):
                    yield TreeChange(commit, blob, path)


class TreeChanges(NamedTuple):
    """Changes, told in three lists of one length.

    Args:
        commits: The commit of each.
        blobs: The blob of each.
        paths: The path of each.
    """

    commits: list[bytes]
    blobs: list[bytes]
    paths: list[bytes]

    def add(self, others: TreeChanges) -> None:
        """Add others."""
        for these, those in zip(self, others, strict=True):
            these.extend(those)

    def of(self, wanted: AbstractSet[bytes]) -> Iterator[TreeChange]:
        """Yield those of some blobs."""
        return (TreeChange(*change) for change in zip(*self, strict=True) if change[1] in wanted)


def survey(stream: Readable, mark: bytes) -> Iterator[tuple[list[CommitNode], TreeChanges]]:
    """Yield all commits and all that they put somewhere, part by part.

    Args:
        stream: As for `read_tree_changes`.
        mark: As there.
    """
    last = b""
    for told in _commits(stream, mark):
        nodes = [_node(line) for line, _, _ in told if line]
        ids = [node.id for node in nodes]
        if len(ids) < len(told):
            ids.insert(0, last)
        commits = chain.from_iterable(repeat(i, len(changed)) for i, (_, changed, _) in zip(ids, told, strict=True))
        records = [record for _, changed, _ in told for record in changed]
        yield nodes, _puts(commits, records, chain.from_iterable(paths for _, _, paths in told))
        last = ids[-1] if ids else last


class CommitRecord(bytes):
    """What git writes of a commit itself."""

    __slots__ = ()

    @property
    def node(self) -> CommitNode:
        """The commit's place in history."""
        return _node(self)


def records(stream: Readable) -> Iterator[bytes]:
    """Yield what stands before each NUL; an end without NUL was cut off, and is dropped."""
    rest = b""
    while part := stream.read(_PART_BYTES):
        found = (rest + part).split(b"\0")
        rest = found.pop()
        yield from found


def _commits(stream: Readable, mark: bytes) -> Iterator[list[_RawCommit]]:
    """Yield what is told of commits, part by part; of one with very many changes in several pieces."""
    rest = b""
    while part := stream.read(_PART_BYTES):
        whole, _, rest = (b"\0" + rest + part).rpartition(b"\0")
        more, *pieces = whole.split(b"\0" + mark)
        commits = [_told(piece) for piece in pieces]
        if more:
            commits.insert(0, _told(more))
        if commits and len(commits[-1][1]) > len(commits[-1][2]):
            rest = commits[-1][1].pop() + b"\0" + rest
        yield commits


def _told(piece: bytes) -> _RawCommit:
    """Take the pieces of `_commits` apart; of a merge git writes nothing between two NULs first."""
    line, *fields = piece.split(b"\0")
    begin = 1 if fields and not fields[0] else 0
    return line, fields[begin::2], fields[begin + 1 :: 2]


def _blobs(told: Iterable[bytes]) -> list[bytes]:
    return [record.rsplit(b" ", 2)[1] for record in told]


def _puts(commits: Iterable[bytes], records: list[bytes], paths: Iterable[bytes]) -> TreeChanges:
    """Leave out what puts no file anywhere."""
    if GITLINK in b"".join(records):  # asking each one takes longer than all else here
        kept = [_puts_a_file(record) for record in records]
    else:
        kept = [not record.endswith(b"D") for record in records]
    return TreeChanges(list(compress(commits, kept)), _blobs(compress(records, kept)), list(compress(paths, kept)))


def _node(line: bytes) -> CommitNode:
    commit, _, rest = line.partition(b" ")
    date, _, parents = rest.partition(b" ")
    return CommitNode(commit, int(date) if date.isdigit() else _odd_date(date), tuple(parents.split()))


def _odd_date(field: bytes) -> int:
    """Read a date before 1970; of a commit that has none, or one that makes no sense, git tells nothing or 0."""
    return int(field) if field.removeprefix(b"-").isdigit() else 0


def _puts_a_file(record: bytes) -> bool:
    """Whether a record says that a file is there now, and not that it is gone, or a submodule."""
    if GITLINK in record:
        parents = record.count(b":")
        if record.lstrip(b"\n").split(b" ", parents + 1)[parents] == GITLINK:
            return False
    return not record.endswith(b"D")
