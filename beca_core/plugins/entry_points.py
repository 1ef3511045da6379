"""The entry points of installed distributions.

`importlib.metadata` knows them too, but importing it takes longer than scanning a small repository. So the files that
installers write are read here, as it would read them. Where anything is not as installers write it (an archive or an
egg on `sys.path`, a finder of another kind, a damaged file), all is left to `importlib.metadata`: the answer is always
the one that it gives.

Formats: https://packaging.python.org/specifications/entry-points/ and
https://packaging.python.org/specifications/core-metadata/
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import partial, reduce
from importlib import import_module
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import importlib.metadata
    from collections.abc import Callable, Iterator


class EntryPoint(NamedTuple):
    """A name, and how to import what it stands for.

    Args:
        name: The name.
        load: Imports the object and returns it; raises whatever importing it raises.
    """

    name: str
    load: Callable[[], object]


class Distribution(NamedTuple):
    """An installed distribution that names entry points of a group.

    Args:
        name: Its name.
        version: Its version.
        entry_points: Returns those of the group, sorted; raises whatever makes them unreadable.
    """

    name: str
    version: str
    entry_points: Callable[[], list[EntryPoint]]


def distributions_with(group: str) -> list[Distribution]:
    """Return the distributions that name entry points of a group, sorted by name.

    Of two with one name, it is the one that comes first on `sys.path`: what Python imports is the first one's.

    Args:
        group: The group, such as `beca.plugins`.
    """
    try:
        found = list(_as_installers_write_them(group))
    except (OSError, ValueError):
        found = list(_as_importlib_finds_them(group))
    first = {distribution.name: distribution for distribution in reversed(found)}
    return [first[name] for name in sorted(first)]


def entry_point_names(group: str) -> frozenset[str]:
    """Return the names of all entry points of a group, those that cannot be read left out."""
    names: set[str] = set()
    for distribution in distributions_with(group):
        try:
            names.update(entry_point.name for entry_point in distribution.entry_points())
        except Exception:  # noqa: BLE001, S112 - whoever loads the plugins names the damaged file
            continue
    return frozenset(names)


class _Unusual(ValueError):
    """Raised where something is not as installers write it."""


def _as_installers_write_them(group: str) -> Iterator[Distribution]:
    if [finder for finder in sys.meta_path if getattr(finder, "find_distributions", None)] != [PathFinder]:
        raise _Unusual
    for directory in sys.path:
        for info in _infos(directory):
            text = _text(f"{info.path}/entry_points.txt")
            if group in text:
                entry_points = _entry_points(text, group)
                yield Distribution(*_name_and_version(info), partial(list, entry_points))


def _infos(directory: object) -> list[os.DirEntry[str]]:
    """Return the directories with metadata in a directory on `sys.path`, in the order in which that lists them."""
    if not isinstance(directory, str) or directory.lower().endswith(".egg"):
        raise _Unusual
    try:
        with os.scandir(directory or ".") as entries:
            return [entry for entry in entries if entry.name.lower().endswith((".dist-info", ".egg-info"))]
    except FileNotFoundError:
        return []


def _text(path: str) -> str:
    """Return what a file holds, nothing where there is none."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - there are hundreds, and pathlib takes twice as long
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _name_and_version(info: os.DirEntry[str]) -> tuple[str, str]:
    """Return what the first lines of the metadata say; the name must agree with the one that its directory has."""
    lines = (_text(f"{info.path}/METADATA") or _text(f"{info.path}/PKG-INFO")).split("\n", 3)
    if len(lines) < 4 or not lines[0].startswith("Metadata-Version: ") or lines[3].startswith((" ", "\t")):
        raise _Unusual
    name, version = _value(lines[1], "Name: "), _value(lines[2], "Version: ")
    if _normalized(name) != _normalized(info.name.rpartition(".")[0].partition("-")[0]):
        raise _Unusual
    return name, version


def _value(line: str, key: str) -> str:
    value = line.removeprefix(key)
    if value == line or not value or value != value.strip() or not value.isascii() or not value.isprintable():
        raise _Unusual
    return value


def _normalized(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def _entry_points(text: str, group: str) -> list[EntryPoint]:
    section, found = "", []
    for line in map(str.strip, text.splitlines()):
        name, sign, value = map(str.strip, line.partition("="))
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            section = _section(line)
        elif not section or not sign:
            raise _Unusual
        elif section == group:
            found.append((name, value))
    return [EntryPoint(name, partial(_load, *_module_and_attributes(value))) for name, value in sorted(found)]


def _section(line: str) -> str:
    section = line[1:-1]
    if not section or section != section.strip("[] "):
        raise _Unusual
    return section


def _module_and_attributes(value: str) -> tuple[str, list[str]]:
    """Read `module.name` or `module.name:object.attribute`."""
    module, colon, attributes = value.partition(":")
    names = [*module.split("."), *attributes.split(".")] if colon else module.split(".")
    if not value.isascii() or not all(map(str.isidentifier, names)):
        raise _Unusual
    return module, attributes.split(".") if colon else []


def _load(module: str, attributes: list[str]) -> Any:
    return reduce(getattr, attributes, import_module(module))


def _as_importlib_finds_them(group: str) -> Iterator[Distribution]:
    from importlib.metadata import distributions

    for distribution in distributions():
        if _may_name(distribution, group):
            yield Distribution(*_told_by(distribution), partial(_read_by_importlib, distribution, group))


def _told_by(distribution: importlib.metadata.Distribution) -> tuple[str, str]:
    """Return name and version, each empty where the metadata are damaged: the entry points need not be."""
    name = version = ""
    with suppress(Exception):  # the kinds differ between versions of Python
        name = distribution.name or ""
    with suppress(Exception):
        version = distribution.version or ""
    return name, version


def _may_name(distribution: importlib.metadata.Distribution, group: str) -> bool:
    """Look at the entry points' text: reading the names of all distributions takes eight times as long."""
    try:
        return group in (distribution.read_text("entry_points.txt") or "")
    except UnicodeDecodeError:
        return True


def _read_by_importlib(distribution: importlib.metadata.Distribution, group: str) -> list[EntryPoint]:
    return [EntryPoint(found.name, found.load) for found in sorted(distribution.entry_points.select(group=group))]
