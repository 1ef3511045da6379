"""Reading what git writes about commits and their changes: `git log` and `git diff-tree` with `--raw -z`."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from beca_core.sources.git.lineage import CommitNode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_PART_BYTES: Final = 256 * 1024
GITLINK: Final = b"160000"
"""Mode of a submodule."""
_NAMED: Final = re.compile(rb" (?!160000)\d{6} (?:[0-9a-f]{40,64} )+(?!0{40})([0-9a-f]{40,64}) [A-Z]+\0")
"""Last mode and id of a change, but of what is gone and of submodules."""


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, no more than so many; none at the end."""


class Change(NamedTuple):
    """A commit put a blob at a path.

    Args:
        commit: Id of the commit.
        blob: Id of the blob.
        path: The path.
    """

    commit: bytes
    blob: bytes
    path: bytes


def read_changes(stream: Readable, wanted: Collection[bytes] | None = None) -> Iterator[Change | CommitNode]:
    """Yield each commit, and then what it put where, in the order in which git tells it.

    Args:
        stream: Output with `--raw -z` and a format that begins with `%H`, and goes on with ` %ct %P` or with nothing. A
            commit is a record of that. Then come pairs of records: one that begins with as many colons as the
            commit has parents and ends with the new object id and the status, and the path.
        wanted: Ids of blobs whose changes are yielded; None: of all.
    """
    commit = b""
    read = records(stream)
    for record in read:
        if record.startswith((b":", b"\n")):
            path = next(read, None)
            blob = record.rsplit(b" ", 2)[1]
            if path is not None and (wanted is None or blob in wanted) and _puts_a_file(record, blob):
                yield Change(commit, blob, path)
        elif record:
            commit, *rest = record.split(b" ")
            yield CommitNode(commit, _date(rest[0]) if rest else 0, tuple(filter(None, rest[1:])))


def records(stream: Readable) -> Iterator[bytes]:
    """Yield what stands before each NUL; an end without NUL was cut off, and is dropped."""
    return chain.from_iterable(_records(stream))


def _records(stream: Readable) -> Iterator[list[bytes]]:
    rest = b""
    while part := stream.read(_PART_BYTES):
        found = (rest + part).split(b"\0")
        rest = found.pop()
        yield found


def _date(field: bytes) -> int:
    """Read a date; of a commit that has none, or one that makes no sense, git tells nothing or 0."""
    return int(field) if field.removeprefix(b"-").isdigit() else 0


def named_blobs(stream: Readable) -> Iterator[list[bytes]]:
    """Yield ids of blobs that changes name, part by part: fast, and a path can be made to look like one.

    Args:
        stream: As for `read_changes`.
    """
    rest = b""
    while part := stream.read(_PART_BYTES):
        whole, end, rest = (rest + part).rpartition(b"\0")
        yield _NAMED.findall(whole + end)


def _puts_a_file(record: bytes, blob: bytes) -> bool:
    """Whether a record says that a file is there now, and not that it is gone, or a submodule."""
    if GITLINK in record:
        parents = record.count(b":")
        if record.lstrip(b"\n").split(b" ", parents + 1)[parents] == GITLINK:
            return False
    return blob.strip(b"0") != b""
