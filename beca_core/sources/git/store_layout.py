"""The files of an object store: packs, alternates, and parts that git silently ignores because it cannot use them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from beca_core.errors import SourceError, quoted_path
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALTERNATES_BYTES: Final = 1024 * 1024
_HEX: Final = frozenset("0123456789abcdef")


def unusable_parts(objects: Path) -> Iterator[str]:
    """Yield the paths of packs and directories that git would silently ignore.

    Args:
        objects: The `objects` directory; its alternates are checked too.

    Raises:
        SourceError: If it holds a FIFO, device or socket, on which git would wait.
    """
    for store in with_alternates(objects):
        for directory in (store, store / "pack", *_fan_out(store)):
            if directory.is_dir() and not os.access(directory, os.R_OK | os.X_OK):
                yield str(directory)
            else:
                yield from _unusable_packs(directory)


def with_alternates(objects: Path) -> list[Path]:
    """Return a store and its alternates, direct and indirect, each once; see `info/alternates` in gitformat-layout."""
    stores = [Path(os.path.realpath(objects))]
    for store in stores:
        stores += [path for path in _alternates(store) if path not in stores and path.is_dir()]
    return stores


def lacks_alternates(objects: Path) -> bool:
    """Whether a store or one of its alternates names an alternate that does not exist."""
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
    """Check that all files are regular, and yield the packs of which the `.pack` or the `.idx` file is unusable."""
    names: set[str] = set()
    if directory.is_dir():
        with os.scandir(directory) as entries:
            for entry in entries:
                if not (entry.is_symlink() or entry.is_file() or entry.is_dir()):
                    raise SourceError(
                        f"{quoted_path(entry.path)}, in the repository's object store, is a FIFO, device or socket."
                    )
                names.add(entry.name)
    stems = {name.rpartition(".")[0] for name in names if name.endswith((".pack", ".idx"))}
    for stem in sorted(stems):
        files = [directory / f"{stem}.{extension}" for extension in ("pack", "idx")]
        if not all(file.name in names and os.access(file, os.R_OK) for file in files):
            yield str(files[0])


def pack_name(checksum: bytes, objects: int) -> str:
    """Return a name for a pack that follows from its content: its checksum and number of objects."""
    return f"{checksum.hex()}-{objects}"


def find_packs(store: Path) -> list[Path]:
    """Return the packs of an object directory that have an index."""
    directory = store / "pack"
    try:
        names = set(os.listdir(directory))  # noqa: PTH208 - names are enough
    except OSError:  # usually: there is no such directory
        return []
    return [directory / name for name in sorted(names) if name.endswith(".pack") and f"{name[:-5]}.idx" in names]
