"""The entry points of installed distributions.

`importlib.metadata` reads them too, but to import it takes a tenth of the time of a small scan: see "Start-up" in
`docs/explanation/performance.md`. So the files that today's installers write are read here. Anything else is left to
`importlib.metadata`: an archive or an egg on `sys.path`, another finder, another layout of a file, a damaged file. The
answer is always the one that it gives.

Formats: https://packaging.python.org/specifications/entry-points/ and
https://packaging.python.org/specifications/core-metadata/
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from functools import partial, reduce
from importlib import import_module
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import importlib.metadata
    from collections.abc import Callable, Iterator

_SECTION: Final = re.compile(r"\[([\w.-]+)\]\n((?:[\w.-]+ ?= ?[^\s=][^\n=]*\n|\n)*)", re.ASCII)
_OBJECT: Final = re.compile(r"(\w+(?:\.\w+)*)(?::(\w+(?:\.\w+)*))?", re.ASCII)
_METADATA: Final = re.compile(r"Metadata-Version: [\d.]+\nName: ([\w.-]+)\nVersion: ([\w.+!-]+)\n(?![ \t])", re.ASCII)

_REQUIRES: Final = re.compile(r"^Requires-Dist:(.*)$", re.MULTILINE)


class EntryPoint(NamedTuple):
    """A name, and how to import the object that it stands for.

    Args:
        name: The name.
        load: Imports the object and returns it; raises whatever importing it raises.
        module: The module that `load` imports.
    """

    name: str
    load: Callable[[], object]
    module: str = ""


class Distribution(NamedTuple):
    """An installed distribution that has entry points of a group.

    Args:
        name: Its name.
        version: Its version.
        entry_points: Returns those of the group, sorted; raises whatever makes them unreadable.
        path: Where its metadata are, if they are in a directory of their own.
        requires: The values of `Requires-Dist` in its metadata.
    """

    name: str
    version: str
    entry_points: Callable[[], list[EntryPoint]]
    path: str = ""
    requires: tuple[str, ...] = ()


def distributions_with(group: str) -> list[Distribution]:
    """Return the distributions that have entry points of a group, sorted by name.

    Of two with one name, the first one on `sys.path` is returned: Python imports that one.

    Args:
        group: The group, such as `beca.plugins`.
    """
    try:
        found = list(_read_here(group))
    except (OSError, ValueError):
        found = list(_read_by_importlib(group))
    first = {distribution.name: distribution for distribution in reversed(found)}
    return [first[name] for name in sorted(first)]


class _Unusual(ValueError):
    """Raised where something is not as today's installers write it."""


def _read_here(group: str) -> Iterator[Distribution]:
    if [finder for finder in sys.meta_path if getattr(finder, "find_distributions", None)] != [PathFinder]:
        raise _Unusual
    for directory in sys.path:
        for info in _infos(directory):
            text = _text(f"{info.path}/entry_points.txt")
            if group in text:
                written = _text(f"{info.path}/METADATA")
                metadata = _METADATA.match(written)
                if metadata is None:
                    raise _Unusual
                found: Callable[[], list[EntryPoint]] = partial(list, _entry_points(text, group))
                yield Distribution(metadata[1], metadata[2], found, info.path, _requirements(written))


def _infos(directory: object) -> list[os.DirEntry[str]]:
    """Return the directories with metadata in a directory on `sys.path`, in the order in which it is listed."""
    if not isinstance(directory, str) or directory.lower().endswith(".egg"):
        raise _Unusual
    try:
        with os.scandir(directory or ".") as entries:
            return [entry for entry in entries if entry.name.lower().endswith((".dist-info", ".egg-info"))]
    except FileNotFoundError:
        return []


def _text(path: str) -> str:
    """Return the text of a file, or an empty one if there is no file."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - there are hundreds, and pathlib takes twice as long
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _requirements(metadata: str) -> tuple[str, ...]:
    return tuple(match.strip() for match in _REQUIRES.findall(metadata.partition("\n\n")[0]))


def _entry_points(text: str, group: str) -> list[EntryPoint]:
    text += "\n"
    if _SECTION.sub("", text).strip():
        raise _Unusual
    bodies = [body for section, body in _SECTION.findall(text) if section == group]
    pairs = [line.split("=") for body in bodies for line in body.split("\n") if line]
    return [_entry_point(name, value) for name, value in sorted((name.strip(), value.strip()) for name, value in pairs)]


def _entry_point(name: str, value: str) -> EntryPoint:
    """Read `module.name` or `module.name:object.attribute`."""
    reference = _OBJECT.fullmatch(value)
    if reference is None:
        raise _Unusual
    module, attributes = reference.groups()
    return EntryPoint(name, partial(_load, module, attributes.split(".") if attributes else []), module)


def _load(module: str, attributes: list[str]) -> object:
    return reduce(getattr, attributes, import_module(module))


def _read_by_importlib(group: str) -> Iterator[Distribution]:
    from importlib.metadata import distributions

    for distribution in distributions():
        try:
            may_have = group in (distribution.read_text("entry_points.txt") or "")  # faster than to read all names
        except UnicodeDecodeError:
            may_have = True
        if may_have:
            path = str(getattr(distribution, "_path", ""))
            entry_points = partial(_selected, distribution, group)
            yield Distribution(*_name_and_version(distribution), entry_points, path, _required(distribution))


def _name_and_version(distribution: importlib.metadata.Distribution) -> tuple[str, str]:
    """Return name and version, each empty where the metadata are damaged: the entry points need not be."""
    name = version = ""
    with suppress(Exception):  # which one differs between versions of Python
        name = distribution.name or ""
    with suppress(Exception):
        version = distribution.version or ""
    return name, version


def _required(distribution: importlib.metadata.Distribution) -> tuple[str, ...]:
    with suppress(Exception):
        return tuple(distribution.requires or ())
    return ()


def _selected(distribution: importlib.metadata.Distribution, group: str) -> list[EntryPoint]:
    return [
        EntryPoint(found.name, found.load, found.value.partition(":")[0].strip())
        for found in sorted(distribution.entry_points.select(group=group))
    ]
