"""Objects of a repository: lists of their ids, and reading them through `git cat-file`."""

from __future__ import annotations

import os
from functools import partial
from typing import IO, TYPE_CHECKING, Final, Literal, NamedTuple, Self, TypeVar, cast

from beca_core.report import Skipped
from beca_core.sources.contracts import Blob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType

    from beca_core.sources.git.process import GitProcess
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Deadline

_PART_BYTES: Final = 1024 * 1024
_Answer = TypeVar("_Answer")


class ObjectList:
    """Ids of objects, one a line of fixed width, in a temporary file that git reads as its standard input.

    So millions of ids take no memory, no thread has to feed git, and git can start anywhere in the list.

    Args:
        view: Whose objects they are.
        ids: The first ids.
        suffix: Appended to each id: `^{commit}` or `^{tree}` names the object that it peels to.
    """

    def __init__(self, view: RepositoryView, ids: Iterable[bytes] = (), suffix: bytes = b"") -> None:
        self._end = suffix + b"\n"
        self._width = view.format.id_length + len(self._end)
        self._file = view.scratch_file()
        self._count = 0
        for object_id in ids:
            self.append(object_id)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: int) -> str:
        self._file.flush()
        return os.pread(self._file.fileno(), self._width - len(self._end), position * self._width).decode()

    def __iter__(self) -> Iterator[bytes]:
        self._file.flush()
        for position in range(self._count):
            yield os.pread(self._file.fileno(), self._width - len(self._end), position * self._width)

    def append(self, object_id: bytes) -> None:
        """Add an id at the end."""
        self._file.write(object_id + self._end)
        self._count += 1

    def start_at(self, position: int) -> IO[bytes]:
        """Return the file, positioned so that git reads the ids from `position` on."""
        self._file.flush()
        os.lseek(self._file.fileno(), position * self._width, os.SEEK_SET)
        return self._file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


class ObjectInfo(NamedTuple):
    """What git reports about an object without its content.

    Args:
        id: Its id, without the suffix of the list.
        kind: Its type, or an empty string if the object is missing or unreadable.
        size: In bytes.
    """

    id: bytes
    kind: str
    size: int


def read_objects(
    view: RepositoryView, ids: ObjectList, max_bytes: int, deadline: Deadline | None = None
) -> Iterator[Blob | Skipped]:
    """Yield one item for each id, in order.

    Args:
        view: The repository.
        ids: What to read.
        max_bytes: Larger objects are skipped as `too-large`.
        deadline: When to stop; None: never.

    Raises:
        DeadlineExceeded: If the deadline passes.
    """
    answers = partial(_contents, ids=ids, max_bytes=max_bytes)
    for position, item in _cat_file(view, ids, ("--batch",), answers, deadline):
        yield Skipped(ids[position], "unreadable") if item is None else item


def look_up(view: RepositoryView, ids: ObjectList, deadline: Deadline | None = None) -> Iterator[ObjectInfo]:
    """Yield an `ObjectInfo` for each id, in order.

    Args:
        view: The repository.
        ids: The objects to look up.
        deadline: When to stop; None: never.

    Raises:
        DeadlineExceeded: If the deadline passes.
    """
    for position, info in _cat_file(
        view, ids, ("--batch-check=%(objectname) %(objecttype) %(objectsize)",), _infos, deadline
    ):
        yield ObjectInfo(ids[position].encode(), "", 0) if info is None else info


def _cat_file(
    view: RepositoryView,
    ids: ObjectList,
    options: Sequence[str],
    answers: Callable[[GitProcess, int], Iterator[_Answer]],
    deadline: Deadline | None,
) -> Iterator[tuple[int, _Answer | None]]:
    """Yield position and answer of `git cat-file` for each id.

    git ends at a corrupt object, and is then started again at that object. An object at which a new git ends at once
    gets the answer None.

    Args:
        view: The repository.
        ids: The objects.
        options: Options of `git cat-file`.
        answers: Yields the answers of a process that starts at a position in the list, up to the first one that cannot
            be used.
        deadline: When to stop; None: never.
    """
    position = 0
    while position < len(ids):
        begin = position
        seconds = None if deadline is None else deadline.remaining
        command = ("cat-file", *options, "--buffer")
        with view.git(*command, stdin=ids.start_at(begin), seconds=seconds) as process:
            for answer in answers(process, begin):
                yield position, answer
                position += 1
            if process.timed_out:
                process.finish()
        if position == begin:
            yield position, None
            position += 1


def _infos(process: GitProcess, _begin: int) -> Iterator[ObjectInfo | None]:
    for line in process.stdout:
        if not line.endswith(b"\n"):
            return
        fields = line.split()
        yield ObjectInfo(fields[0], fields[1].decode(), int(fields[2])) if len(fields) == 3 else None


def _contents(process: GitProcess, begin: int, ids: ObjectList, max_bytes: int) -> Iterator[Blob | Skipped]:
    """Yield the answers of git, up to the first one that is incomplete, or is about another object.

    git takes the size of a damaged delta from bytes that may be anything, and writes more than it announced. What
    follows could be taken for answers about other objects.
    """
    stdout = process.stdout
    for position in range(begin, len(ids)):
        fields = stdout.readline().split()
        if not fields or fields[0].decode("ascii", "replace") != (object_id := ids[position]):
            return
        if len(fields) != 3:
            yield Skipped(object_id, "missing")
            continue
        kind, size = fields[1].decode(), int(fields[2])
        if size > max_bytes:
            if not _discard(stdout, size + 1):
                return
            yield Skipped(object_id, "too-large")
            continue
        data = stdout.read(size)
        if len(data) != size or stdout.read(1) != b"\n":
            return
        yield Blob(object_id, data, cast("Literal['blob', 'commit', 'tag']", kind))


def _discard(stream: IO[bytes], size: int) -> bool:
    """Skip so many bytes, and return whether there were that many."""
    while size and (part := stream.read(min(size, _PART_BYTES))):
        size -= len(part)
    return not size
