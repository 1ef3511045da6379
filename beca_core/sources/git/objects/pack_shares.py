"""`PackShare`: a pack is cut into shares of about equal cost; each reads whole families of deltas.

A base is read before its deltas, and each entry is inflated once.
"""

from __future__ import annotations

from array import array
from os import pread
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, cast

from dulwich._pack import apply_delta  # type: ignore[import-not-found]  # `dulwich.pack` takes long to import
from dulwich.errors import ApplyDeltaError
from isal import igzip_lib, isal_zlib

from beca_core.report import Skipped
from beca_core.sources.contracts import Blob
from beca_core.sources.git.objects.cat_file_shares import read_with_cat_file
from beca_core.sources.git.objects.pack_forest import BLOB, COMMIT, TAG
from beca_core.sources.novelty import HAS_NOVELTY, Novelty
from beca_core.system.regular_files import open_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from beca_core.sources.git.objects.pack_forest import Forest
    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Limits, Stop
    from beca_core.sources.novelty import Verdict

_KINDS: Final[dict[int, Literal["commit", "blob", "tag"]]] = {COMMIT: "commit", BLOB: "blob", TAG: "tag"}
_ENTRY_COST: Final = 16 * 1024
"""Overhead of an entry, in bytes that could be read in that time."""

_LEAST_COST: Final = 16 * 1024 * 1024
_MOST_SHARES: Final = 64

_HELD_BYTES: Final = 64 * 1024 * 1024
_SLACK_BYTES: Final = 1024
_MAX_SHIFT: Final = 60
_WINDOW_BITS: Final = 15
_SMALL_BYTES: Final = 16 * 1024
_InflateError: Final = cast("type[Exception]", igzip_lib.IsalError)
"""Raised when data is not a zlib stream, or its checksum is wrong."""

_Step: TypeAlias = "tuple[int, bytes | None, bool, Verdict | None]"
"""An entry, the content of its base, whether it is the last entry that needs that content, and what is known of it."""


class _DamagedEntry(Exception):
    """Raised when an entry does not match its header or the index, or is too large."""


def cut(view: RepositoryView, forest: Forest, duplicate: bytearray) -> Iterator[PackShare]:
    """Share out the families of a pack.

    Args:
        view: Reads what cannot be walked.
        forest: The pack.
        duplicate: Which objects other packs yield, one byte for each position in the index; empty: none.
    """
    families = [(root, forest.weights[root] * (forest.sizes[root] + _ENTRY_COST)) for root in forest.roots]
    fair = max(_LEAST_COST, sum(cost for _, cost in families) // _MOST_SHARES)
    roots, total, objects = array("L"), 0, 0
    for root, cost in families:
        roots.append(root)
        total += cost
        objects += forest.weights[root]
        if total >= fair:
            yield PackShare(view, forest, roots, total, objects, duplicate)
            roots, total, objects = array("L"), 0, 0
    if roots:
        yield PackShare(view, forest, roots, total, objects, duplicate)


class PackShare(NamedTuple):
    """Some families of a pack.

    Args:
        view: Reads what cannot be walked.
        forest: The pack.
        roots: The root entry of each family.
        cost: Approximate bytes of work.
        objects: Number of entries in the families.
        duplicate: Which objects other packs yield, one byte for each position in the index; empty: none.
    """

    view: RepositoryView
    forest: Forest
    roots: array[int]
    cost: int
    objects: int
    duplicate: bytearray

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the contents of the families, one after the other; then what git had to read."""
        if (reason := stop.reason) is not None:
            entries = (entry for root in self.roots for entry in self.forest.descent(root))
            ids = _own_ids(self.forest, self.duplicate, entries)
            yield from (Skipped(object_id.decode(), reason) for object_id in ids)
            return
        try:
            with open_regular(self.forest.path) as file:
                walk = FamilyWalk(self.forest, file.fileno(), self.roots, limits.max_blob_bytes)
                yield from self._walk(walk, stop)
                left_to_git = walk.left_to_git
        except OSError:  # opening failed: the pack was removed, and git may find the objects in another
            left_to_git = [entry for root in self.roots for entry in self.forest.descent(root)]
        if ids := _own_ids(self.forest, self.duplicate, left_to_git):
            yield from read_with_cat_file(self.view, ids, limits, stop)

    def _walk(self, walk: FamilyWalk, stop: Stop) -> Iterator[Blob | Skipped]:
        forest = self.forest
        kinds = forest.kinds
        for entry, content, novelty in walk.contents():
            if (reason := stop.reason) is not None:
                unread = [entry, *walk.remaining(), *walk.left_to_git]
                walk.left_to_git = []
                ids = _own_ids(forest, self.duplicate, unread)
                yield from (Skipped(object_id.decode(), reason) for object_id in ids)
                return
            if not (self.duplicate and _is_duplicate(forest, self.duplicate, entry)):
                yield Blob(forest.id(entry).hex(), content, _KINDS[kinds[entry]], novelty=novelty)


def unwalkable(forest: Forest, duplicate: bytearray) -> tuple[list[bytes], list[bytes]]:
    """Return the hexadecimal ids of `Forest.unresolved`, which are left to git, and of `Forest.cyclic`.

    Args:
        forest: The pack.
        duplicate: As for `cut`.
    """
    return _own_ids(forest, duplicate, forest.unresolved), _own_ids(forest, duplicate, forest.cyclic)


def _own_ids(forest: Forest, duplicate: bytearray, entries: Iterable[int]) -> list[bytes]:
    """Return the hexadecimal ids of the entries that no other pack yields."""
    return [forest.id(entry).hex().encode() for entry in entries if not _is_duplicate(forest, duplicate, entry)]


def _is_duplicate(forest: Forest, duplicate: bytearray, entry: int) -> bool:
    return bool(duplicate) and duplicate[forest.positions[entry]] != 0


class FamilyWalk:
    """Reads families of one pack, one after the other.

    For a family of n entries, at most log2(n) contents are held in addition to the one in use: the heaviest branch is
    read last, and its base is released then. Together they take at most 64 MiB; a branch whose base would not fit is
    left to git.

    Args:
        forest: The pack.
        file: Descriptor of the open `.pack` file.
        roots: The root entry of each family.
        max_bytes: Larger objects are left to git.

    Attributes:
        left_to_git: Entries that are damaged or too large, or have such a base, direct or indirect.
    """

    def __init__(self, forest: Forest, file: int, roots: Sequence[int], max_bytes: int) -> None:
        self._forest = forest
        self._file = file
        self._max_bytes = max_bytes
        self._held = 0
        self.left_to_git: list[int] = []
        self._waiting: list[_Step] = [(root, None, True, None) for root in reversed(roots)]

    def contents(self) -> Iterator[tuple[int, bytes, Novelty | None]]:
        """Yield each entry with its content and how that differs from its base, except those that are left to git.

        Of a content that is too small to profit from it, the difference is left out.
        """
        waiting, child = self._waiting, self._forest.child
        read = self._reader()
        while waiting:
            entry, base, is_last, verdict = waiting.pop()
            if is_last and base is not None:
                self._held -= len(base)
            try:
                content, delta = read(entry, base)
            except (_DamagedEntry, _InflateError, ApplyDeltaError, IndexError, MemoryError, OSError):
                self.left_to_git += self._forest.descent(entry)
                continue
            novelty = Novelty(verdict, delta) if len(content) >= HAS_NOVELTY else None
            if child[entry] >= 0:
                self._add_children(entry, content, None if novelty is None else novelty.verdict)
            yield entry, content, novelty

    def remaining(self) -> list[int]:
        """Return the entries that `contents` has not reached yet."""
        return [member for entry, *_ in self._waiting for member in self._forest.descent(entry)]

    def _add_children(self, entry: int, content: bytes, verdict: Verdict | None) -> None:
        """Queue the deltas on an entry, and leave to git those for which too much would have to be held."""
        forest = self._forest
        children = forest.children(entry)
        if self._held + len(content) > _HELD_BYTES:
            self.left_to_git += [member for child in children[1:] for member in forest.descent(child)]
            del children[1:]
        self._held += len(content)
        self._waiting += [(child, content, child == children[0], verdict) for child in children]

    def _reader(self) -> Callable[[int, bytes | None], tuple[bytes, bytes]]:
        """Return what reads and checks an entry: its content, and its delta if that is how it is stored."""
        starts, sizes, headers = self._forest.starts, self._forest.sizes, self._forest.headers
        crcs, positions = self._forest.index.crcs, self._forest.positions
        file, max_bytes = self._file, self._max_bytes

        def read(entry: int, base: bytes | None) -> tuple[bytes, bytes]:
            size, start = sizes[entry], starts[entry]
            stored = starts[entry + 1] - start
            if size > max_bytes or stored > size + size // 1000 + _SLACK_BYTES:
                raise _DamagedEntry
            data = pread(file, stored, start)
            if isal_zlib.crc32(data) != crcs[positions[entry]]:
                raise _DamagedEntry
            inflated = inflate(data[headers[entry] :], size)
            if base is None:
                return inflated, b""
            if _result_size(inflated) > max_bytes:
                raise _DamagedEntry
            parts: list[bytes] = apply_delta(base, inflated)
            return parts[0] if len(parts) == 1 else b"".join(parts), inflated

        return read


def _result_size(delta: bytes) -> int:
    """Return the size of a delta's result: the second number in the delta; see gitformat-pack(5)."""
    at = 0
    while delta[at] & 128:
        at += 1
    at += 1
    size = shift = 0
    while (byte := delta[at]) & 128 and shift < _MAX_SHIFT:
        size |= (byte & 127) << shift
        shift += 7
        at += 1
    return size | (byte & 127) << shift


def inflate(data: bytes | memoryview, size: int) -> bytes:
    """Inflate a zlib stream.

    Args:
        data: The stream; bytes after its end are ignored.
        size: Length of the result, in bytes.

    Raises:
        _DamagedEntry: If the result has another length, or the stream is incomplete.
        igzip_lib.IsalError: If the stream is damaged.
    """
    if len(data) < _SMALL_BYTES:  # faster, and even inflated a thousandfold it does no harm
        inflated = isal_zlib.decompress(data, _WINDOW_BITS, size + 1)
        is_whole = True
    else:
        inflater = isal_zlib.decompressobj()
        inflated = inflater.decompress(data, size + 1)
        is_whole = inflater.eof
    if len(inflated) != size or not is_whole:
        raise _DamagedEntry
    return inflated
