"""Loose objects: each a file of its own, compressed as a whole; see gitformat-loose(5)."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from isal import igzip_lib, isal_zlib

from beca_core.report import Skipped
from beca_core.sources.contracts import Blob
from beca_core.sources.git.objects.cat_file_shares import READABLE, read_with_cat_file
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Literal

    from beca_core.sources.git.view import RepositoryView
    from beca_core.sources.limits import Limits, Stop

_InflateError: Final = cast("type[Exception]", igzip_lib.IsalError)
_HEADER: Final = re.compile(rb"(blob|commit|tag|tree) (0|[1-9][0-9]{0,18})\0")
_HEADER_BYTES: Final = 32
_FILE_COST: Final = 64 * 1024
_FILES_PER_SHARE: Final = 1000


class _NotReadable(Exception):
    """Raised when a file is not a loose object, is damaged, or holds one that is too large."""


class LooseShare(NamedTuple):
    """Some loose objects.

    Args:
        view: Reads what cannot be read here.
        paths: Their files, by hexadecimal id.
    """

    view: RepositoryView
    paths: dict[bytes, bytes]

    @property
    def cost(self) -> int:
        """Approximate bytes of work."""
        return len(self.paths) * _FILE_COST

    @property
    def objects(self) -> int:
        """Number of objects, including trees."""
        return len(self.paths)

    def read(self, limits: Limits, stop: Stop) -> Iterator[Blob | Skipped]:
        """Yield the objects that are not trees; then those that git had to read."""
        left: list[bytes] = []
        for object_id, path in self.paths.items():
            if reason := stop.reason:
                yield Skipped(object_id.decode(), reason)
                continue
            try:
                kind, content = _read(path, limits.max_blob_bytes)
            except (_NotReadable, OSError, _InflateError):
                left.append(object_id)
                continue
            if kind in READABLE:
                yield Blob(object_id.decode(), content, cast("Literal['blob', 'commit', 'tag']", kind))
        if left:
            yield from read_with_cat_file(self.view, left, limits, stop)


def find_loose(store: Path, id_length: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield hexadecimal id and path of each loose object in an object directory.

    Args:
        store: The directory.
        id_length: Length of a hexadecimal id.
    """
    name = re.compile(rb"[0-9a-f]{%d}" % (id_length - 2))
    root = os.fsencode(store)
    directories = [b"%02x" % first for first in range(256)]
    with suppress(OSError):  # it may be possible to list these and not the whole
        directories = sorted(set(directories).intersection(os.listdir(root)))  # noqa: PTH208 - bytes
    for first in directories:
        directory = os.path.join(root, first)  # noqa: PTH118 - bytes
        try:
            files = sorted(os.listdir(directory))  # noqa: PTH208 - bytes
        except OSError:  # there is no such directory, or it is reported as unusable
            continue
        for file in files:
            if name.fullmatch(file):
                yield first + file, os.path.join(directory, file)  # noqa: PTH118 - bytes


def share_loose(view: RepositoryView, paths: dict[bytes, bytes]) -> Iterator[LooseShare]:
    """Share out loose objects, given as paths by hexadecimal ids."""
    items = list(paths.items())
    for begin in range(0, len(items), _FILES_PER_SHARE):
        yield LooseShare(view, dict(items[begin : begin + _FILES_PER_SHARE]))


def _read(path: bytes, max_bytes: int) -> tuple[str, bytes]:
    """Return type and content of a loose object; a tree is returned without content."""
    data = read_regular(path, max_bytes + max_bytes // 1000 + _HEADER_BYTES + 1024)
    if data is None:
        raise _NotReadable
    inflater = isal_zlib.decompressobj()
    begin = inflater.decompress(data, _HEADER_BYTES)
    header = _HEADER.match(begin)
    if header is None or int(header[2]) > max_bytes:
        raise _NotReadable
    kind, size = header[1].decode(), int(header[2])
    if kind not in READABLE:
        return kind, b""
    content = begin[header.end() :]
    if not inflater.eof:
        content += inflater.decompress(inflater.unconsumed_tail, size + 1)
    if len(content) != size or not inflater.eof:
        raise _NotReadable
    return kind, content
