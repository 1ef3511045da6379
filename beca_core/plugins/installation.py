"""What is installed, as far as plugins go: equal at two moments if nothing was installed, upgraded or removed between.

A long-lived process cannot load a module twice, so it compares two of these to know that its plugins are outdated.
Nothing is imported here. To look takes a few milliseconds.
"""

from __future__ import annotations

import os
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from beca_core.plugins.entry_points import distributions_with
from beca_core.plugins.hookspecs import ENTRY_POINT_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beca_core.plugins.entry_points import Distribution

_Stamp: TypeAlias = tuple[str, tuple[int, ...]]

_OWN_PACKAGES: Final = ("beca_core", "beca_api")
_MOST_FILES: Final = 20_000


class Installation(NamedTuple):
    """What is installed.

    Args:
        distributions: Each distribution that has plugins: its name, its version, and its entry points.
        files: The files of the plugins' packages, and of the metadata of their distributions, each with what changes
            when it is written.
        own_files: Those of BECA itself, which this process cannot load again.
    """

    distributions: tuple[tuple[str, ...], ...]
    files: tuple[_Stamp, ...]
    own_files: tuple[_Stamp, ...]

    @classmethod
    def look(cls, rules_files: Iterable[str] = ()) -> Installation:
        """Return what is installed now.

        Args:
            rules_files: Rule files that belong to it.
        """
        found = distributions_with(ENTRY_POINT_GROUP)
        described = [_described(distribution) for distribution in found]
        packages = sorted({module.partition(".")[0] for _, modules in described for module in modules} - {""})
        metadata = [distribution.path for distribution in found if distribution.path]
        return cls(
            tuple(description for description, _ in described),
            _stamps([*metadata, *_files_of(packages), *rules_files]),
            _stamps(_files_of(_OWN_PACKAGES)),
        )


def _described(distribution: Distribution) -> tuple[tuple[str, ...], list[str]]:
    """Return what distinguishes a distribution from another version of it, and the modules of its plugins."""
    try:
        entry_points = distribution.entry_points()
    except Exception as error:  # noqa: BLE001 - the registry says what is wrong with them
        return (distribution.name, distribution.version, type(error).__name__), []
    names = (f"{entry_point.name} = {entry_point.module}" for entry_point in entry_points)
    return (distribution.name, distribution.version, *names), [entry_point.module for entry_point in entry_points]


def _files_of(packages: Iterable[str]) -> Iterator[str]:
    """Yield the files of packages, and of modules that are no packages, wherever Python would find them."""
    for package in packages:
        for root in _roots(package):
            if os.path.isdir(root):  # noqa: PTH112 - called for each sweep
                yield from islice(_walk(root), _MOST_FILES)
            else:
                yield root


def _roots(package: str) -> list[str]:
    loaded = sys.modules.get(package)
    places = [*(getattr(loaded, "__path__", None) or ())] or [getattr(loaded, "__file__", None)]
    if places := [place for place in places if isinstance(place, str)]:
        return places
    candidates = (Path(directory or ".", name) for directory in sys.path for name in (package, f"{package}.py"))
    return [str(path) for path in candidates if path.exists()][:1]


def _walk(root: str) -> Iterator[str]:
    for directory, directories, names in os.walk(root):
        directories[:] = sorted(name for name in directories if name != "__pycache__")
        yield from (os.path.join(directory, name) for name in sorted(names))  # noqa: PTH118


def _stamps(paths: Iterable[str]) -> tuple[_Stamp, ...]:
    return tuple((path, _stamp(path)) for path in paths)


def _stamp(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return ()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
