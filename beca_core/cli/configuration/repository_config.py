"""`RepositoryConfig`: what the configuration of a repository says, read without trust.

Whoever can commit to a repository writes its configuration. So it can hide nothing silently: what it hides is listed as
allowed by it. It names no file outside its directory, loads no plugin and sets nothing for one, and every option,
variable and setting of the user outranks it. A file named with `--config` is the user's own, and may set plugins.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beca_core.cli.configuration.config_files import MAX_CONFIG_BYTES, PYPROJECT, config_paths
from beca_core.cli.configuration.configuration_keys import ALLOW, ALLOW_FIELDS, ALLOW_KEYS, KEYS, PLUGINS
from beca_core.errors import InvalidInput, InvalidSettings, did_you_mean, quoted_path
from beca_core.rules.allow_entry import AllowEntry
from beca_core.system.plugin_tables import read_tables
from beca_core.system.regular_files import read_regular

if TYPE_CHECKING:
    from collections.abc import Mapping

from beca_core.cli.configuration.configuration_keys import Key

_MOST_ENTRIES: Final = 1_000
_MOST_CRITERIA: Final = 1_000
"""What each finding may have to be compared with; fingerprints, which are looked up fast, do not count."""
_HINT: Final = "--no-repo-config scans without the configuration of the repository."


class RepositoryConfig(NamedTuple):
    """A configuration file.

    Args:
        path: The file; None: there is none.
        values: What it sets, by key, as `KEYS` reads it.
        entries: Its allow-list.
        plugins: What it sets for plugins.
        trusted: Whether the user has named it.
    """

    path: Path | None = None
    values: Mapping[str, Any] = MappingProxyType({})
    entries: tuple[AllowEntry, ...] = ()
    plugins: Mapping[str, dict[str, Any]] = MappingProxyType({})
    trusted: bool = False

    def file(self, key: str, name: str) -> Path:
        """Return a file that the configuration names, relative to its own directory.

        Raises:
            InvalidSettings: If a repository's own file names one outside its directory, or a symbolic link.
        """
        assert self.path is not None  # noqa: S101 - for the type checker
        directory = self.path.parent
        named = directory / name
        if not self.trusted:
            real = Path(os.path.realpath(named))
            if not real.is_relative_to(os.path.realpath(directory)) or named.is_symlink():
                raise InvalidSettings(
                    f"{quoted_path(self.path)}: {key} names {quoted_path(name)}, which is a link or outside.",
                    hint="Name it with an option if it can be trusted.",
                )
        return named


def find_config(target: str) -> RepositoryConfig:
    """Return the configuration of a target, which `config_paths` finds, or one that says nothing.

    Args:
        target: The target of a scan.

    Raises:
        InvalidSettings: If the file cannot be read, or something in it is wrong.
    """
    found = (_read(path, trusted=False) for path in config_paths(target))
    return next((config for config in found if config is not None), RepositoryConfig())


def load_config(path: Path) -> RepositoryConfig:
    """Return the configuration that the user names.

    Raises:
        InvalidSettings: If the file cannot be read, or something in it is wrong.
    """
    found = _read(path, trusted=True)
    if found is None:
        raise InvalidSettings(f"{quoted_path(path)} has no table [tool.beca].")
    return found


def check_config(path: Path, document: object) -> None:
    """Check what is to be written into a configuration.

    Args:
        path: The file.
        document: Its data; of a `pyproject.toml`, those of BECA's table.

    Raises:
        InvalidSettings: If no scan would take it.
    """
    _config(path, document, trusted=True)


def _read(path: Path, *, trusted: bool) -> RepositoryConfig | None:
    """Return what a file says, or None if it is a `pyproject.toml` that says nothing of BECA."""
    try:
        data = read_regular(path.resolve() if trusted else path, MAX_CONFIG_BYTES)
    except OSError as error:
        why = error.strerror or "it is not a regular file"
        raise InvalidSettings(f"The configuration {quoted_path(path)} cannot be read: {why}.", hint=_HINT) from None
    if data is None:
        raise InvalidSettings(f"{quoted_path(path)} is larger than {MAX_CONFIG_BYTES:,} bytes.", hint=_HINT)
    try:
        document: Any = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        where = f": {error}" if isinstance(error, tomllib.TOMLDecodeError) else ""
        raise InvalidSettings(f"{quoted_path(path)} is not valid TOML{where}.", hint=_HINT) from None
    if path.name == PYPROJECT:
        tool = document.get("tool")
        document = tool.get("beca") if isinstance(tool, dict) else None
        if document is None:
            return None
    return _config(path, document, trusted=trusted)


def _config(path: Path, document: object, *, trusted: bool) -> RepositoryConfig:
    try:
        if not isinstance(document, dict):
            raise ValueError("tool.beca must be a table")
        given = {key: value for key, value in document.items() if key not in (ALLOW, PLUGINS)}
        values = _values(given, KEYS, (*KEYS, ALLOW, PLUGINS), "")
        plugins = read_tables(document.get(PLUGINS, {}))
        if plugins and not trusted:
            raise ValueError("the tables [plugins.NAME] are only read from a file that is named with --config")
        return RepositoryConfig(path, values, _entries(path, document.get(ALLOW, [])), plugins, trusted)
    except ValueError as error:
        raise InvalidSettings(f"{quoted_path(path)}: {error}.", hint=_HINT) from None
    except _Unknown as error:
        raise InvalidSettings(f"{quoted_path(path)}: {error.args[0]}.", hint=error.args[1]) from None


class _Unknown(Exception):
    """Raised for an unknown key, with the message and the hint."""


def _values(given: dict[str, object], keys: Mapping[str, Key], known: tuple[str, ...], where: str) -> dict[str, Any]:
    values = {}
    for name, value in given.items():
        if name not in keys:
            hint = did_you_mean(name.replace("_", "-"), known, otherwise=f"The keys are {', '.join(known)}.")
            raise _Unknown(f"there is no key {where}{name!r:.80}", hint)
        try:
            values[name] = keys[name].read(value)
        except ValueError as error:
            raise ValueError(f"{where}{name}{_continued(str(error))}") from None
    return values


def _continued(message: str) -> str:
    """Return what is wrong with a value so that it can follow its name: `must be ...`, or a sentence."""
    text = message.rstrip(".")
    return f": {text[0].lower()}{text[1:]}" if text[:1].isupper() else f" {text}"


def _entries(path: Path, given: object) -> tuple[AllowEntry, ...]:
    if not isinstance(given, list) or len(given) > _MOST_ENTRIES or not all(isinstance(each, dict) for each in given):
        raise ValueError(f"allow must be tables, each written as [[allow]], and at most {_MOST_ENTRIES:,}")
    entries = tuple(_entry(path, number, item) for number, item in enumerate(given, 1))
    if sum(len(each.rules + each.paths + each.values + each.stop_words) for each in entries) > _MOST_CRITERIA:
        raise ValueError(f"allow has more than {_MOST_CRITERIA:,} rules, paths, values and stop words")
    return entries


def _entry(path: Path, number: int, item: dict[str, object]) -> AllowEntry:
    values = _values(item, ALLOW_KEYS, tuple(ALLOW_KEYS), f"allow {number}: ")
    fields = {ALLOW_FIELDS.get(name, name): value for name, value in values.items()}
    try:
        return AllowEntry(**{"reason": "", **fields}, origin=f"{path.name}, allow {number}")
    except InvalidInput as error:
        raise ValueError(f"{error.message.rstrip('.')}: {error.hint.rstrip('.')}".rstrip(": ")) from None
