"""`SourceDigests`: digests of the files of the packages from which plugins' code comes."""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_LEFT_OUT: Final = frozenset(("__pycache__",))
_PART_BYTES: Final = 1024 * 1024


class FileVersion(NamedTuple):
    """What tells apart two versions of a file without reading it."""

    path: Path
    inode: int
    size: int
    modified: int
    changed: int


_digests: dict[FileVersion, bytes] = {}
"""The digests of the files that this process has read; each file is read once."""


class ChangedSource(OSError):
    """Raised where a file has changed since it was loaded, so that it does not say what runs."""


class SourceDigests:
    """Digests of source files, for the rules of one plugin.

    The code may load other modules of its package while it runs, and read data files there. So all files of a package
    count, whether they are loaded or not. Of packages that are imported within functions only the names are seen; those
    of them that are installed beside the package count as well.

    Args:
        loaded_at: When the plugin was loaded, in seconds since 1970.
    """

    def __init__(self, loaded_at: float) -> None:
        self._loaded_at = loaded_at
        self._of_roots: dict[Path, bytes] = {}
        self._neighbours: dict[Path, dict[str, Path]] = {}

    def of_module(self, name: str, used_names: Collection[str]) -> bytes:
        """Return a digest of the package or single-file module that a module belongs to; the same for all in it.

        Args:
            name: The module's full name.
            used_names: Names that the code uses, which may be names of modules.

        Raises:
            OSError: If a file cannot be read, or has changed since the plugin was loaded.
        """
        root = _root(name)
        if root is None:  # made without a file: __main__, a notebook
            return b""
        if root.parent not in self._neighbours:
            self._neighbours[root.parent] = dict(_modules_in(root.parent))
        beside = self._neighbours[root.parent]
        roots = {root} | {beside[used] for used in used_names if used in beside}
        return sha256(b"".join(map(self._of_root, sorted(roots)))).digest()

    def _of_root(self, root: Path) -> bytes:
        if root not in self._of_roots:
            found = sha256()
            for path in sorted(_files(root)):
                found.update(os.fsencode(path.relative_to(root.parent)) + b"\0")
                found.update(self._of_file(path))
            self._of_roots[root] = found.digest()
        return self._of_roots[root]

    def _of_file(self, path: Path) -> bytes:
        found = path.stat()
        if max(found.st_mtime, found.st_ctime) > self._loaded_at:
            raise ChangedSource
        version = FileVersion(path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if version not in _digests:
            _digests[version] = _content_digest(path)
        return _digests[version]


def _root(name: str) -> Path | None:
    """Return the directory of the package that a module belongs to, or the file of a module that is in none.

    A namespace package can be shared by several distributions, so it is not a root.
    """
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        module = sys.modules.get(".".join(parts[:count]))
        file = getattr(module, "__file__", None)
        if name != "__main__" and isinstance(file, str):
            path = Path(file).absolute()
            return path.parent if hasattr(module, "__path__") else _existing(path)
    return None


def _existing(path: Path) -> Path:
    """Return the file, or the archive in which it is."""
    return next((parent for parent in (path, *path.parents) if parent.exists()), path)


def _modules_in(directory: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the root of each module in a directory."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(".py") and entry.is_file():
                yield entry.name[:-3], Path(entry.path)
            elif entry.name.isidentifier() and Path(entry.path, "__init__.py").is_file():
                yield entry.name, Path(entry.path)


def _files(root: Path) -> Iterator[Path]:
    """Yield the regular files of a package, or a module's only file."""
    if not root.is_dir():
        yield root
        return
    for path in root.iterdir():
        if path.is_dir():
            if path.name not in _LEFT_OUT and not path.name.startswith(".") and not path.is_symlink():
                yield from _files(path)
        elif path.is_file():
            yield path


def _content_digest(path: Path) -> bytes:
    found = sha256()
    with path.open("rb") as file:
        while part := file.read(_PART_BYTES):
            found.update(part)
    return found.digest()
