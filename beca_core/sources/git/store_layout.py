"""A look at an object store from outside: git says nothing about parts of it that it cannot use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.errors import SourceError
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALTERNATES_BYTES: Final = 1024 * 1024
_HEX: Final = frozenset("0123456789abcdef")


def unusable_parts(objects: Path) -> Iterator[str]:
    """Yield the paths of packs and directories that git would pass over as if they were not there.

    Args:
        objects: The `objects` directory; the stores that it borrows from are looked at too.

    Raises:
        SourceError: If there is a FIFO, device or socket in it, for which git would wait.
    """
    for store in with_alternates(objects):
        for directory in (store, store / "pack", *_fan_out(store)):
            if directory.is_dir() and not os.access(directory, os.R_OK | os.X_OK):
                yield str(directory)
            else:
                yield from _unusable_packs(directory)


def with_alternates(objects: Path) -> list[Path]:
    """Return a store and those that it names in `info/alternates`, and those that they name, each once."""
    stores = [Path(os.path.realpath(objects))]
    for store in stores:
        stores += [path for path in _alternates(store) if path not in stores and path.is_dir()]
    return stores


def lacks_alternates(objects: Path) -> bool:
    """Whether a store or one of its alternates names an alternate that is not there."""
    return any(not path.is_dir() for store in with_alternates(objects) for path in _alternates(store))


def _alternates(store: Path) -> list[Path]:
    try:
        content = read_regular(store / "info" / "alternates", _ALTERNATES_BYTES) or b""
    except OSError:
        return []
    lines = (line for line in content.split(b"\n") if line[:1] not in b'#"' and b"\0" not in line)
    return list(dict.fromkeys(Path(os.path.realpath(store / os.fsdecode(line))) for line in lines))


def _fan_out(store: Path) -> Iterator[Path]:
    if os.access(store, os.R_OK | os.X_OK):
        yield from sorted(path for path in store.iterdir() if len(path.name) == 2 and set(path.name) <= _HEX)


def _unusable_packs(directory: Path) -> Iterator[str]:
    """Check that all files are regular ones, and yield the halves of packs that lack the other half."""
    names: set[str] = set()
    if directory.is_dir():
        with os.scandir(directory) as entries:
            for entry in entries:
                if not (entry.is_symlink() or entry.is_file() or entry.is_dir()):
                    raise SourceError("There is a FIFO, device or socket among the repository's objects.")
                names.add(entry.name)
    halves = {name.rpartition(".")[0] for name in names if name.endswith((".pack", ".idx"))}
    for half in sorted(halves):
        files = [directory / f"{half}.{end}" for end in ("pack", "idx")]
        if not all(file.name in names and os.access(file, os.R_OK) for file in files):
            yield str(files[0])


def pack_name(checksum: bytes, objects: int) -> str:
    """Return what names a pack by its content: what it ends with, and how many objects it has."""
    return f"{checksum.hex()}-{objects}"


def find_packs(store: Path) -> list[Path]:
    """Return the packs of an object directory that have an index."""
    directory = store / "pack"
    try:
        names = set(os.listdir(directory))  # noqa: PTH208 - names are enough
    except OSError:  # mostly: there is none
        return []
    return [directory / name for name in sorted(names) if name.endswith(".pack") and f"{name[:-5]}.idx" in names]
