"""Adds keys and entries of the allow-list to a configuration file, and leaves everything in it as it is written."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.configuration.config_files import MAX_CONFIG_BYTES, PYPROJECT
from beca_core.cli.configuration.configuration_keys import ALLOW_FIELDS
from beca_core.cli.configuration.repository_config import check_config
from beca_core.errors import InvalidInput, quoted_path
from beca_core.system.private_files import replace_file
from beca_core.system.regular_files import read_regular
from beca_core.system.toml_writing import toml_pair, toml_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from beca_core.rules.allow_entry import AllowEntry

_TABLE: Final = re.compile(r"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*beca[ \t]*\][^\n]*\n?", re.MULTILINE)
_KEYS: Final = {field_name: key for key, field_name in ALLOW_FIELDS.items()}


@dataclass(frozen=True)
class ConfigAdditions:
    """What is to be added to a configuration.

    Args:
        lists: Items of lists, by the key of the list.
        texts: Texts, by key.
        entries: Entries of the allow-list.
    """

    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    entries: tuple[AllowEntry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lists or self.texts or self.entries)

    def added_to(self, text: str, path: Path) -> str:
        """Return the text of a configuration with the additions.

        Args:
            text: The text of the file; empty: there is none.
            path: The file.

        Raises:
            InvalidInput: If they cannot be added without changing more, or no scan would take the result; the hint
                says what to write.
        """
        in_project = path.name == PYPROJECT
        before = _parsed(text, path)
        settings = before.get("tool", {}).get("beca", {}) if in_project else before
        pairs = [toml_pair(key, value) for key, value in self._new(settings, path).items()]
        result = _with_pairs(text, pairs, in_project=in_project)
        header = "[[tool.beca.allow]]" if in_project else "[[allow]]"
        entries = [entry for entry in self.entries if entry_document(entry) not in settings.get("allow", [])]
        for entry in entries:
            gap = "\n" if result else ""
            result = f"{result}{'' if not result or result.endswith(chr(10)) else chr(10)}{gap}"
            result += toml_table(header, entry_document(entry))
        wanted = {**settings, **self._new(settings, path)}
        if entries:
            wanted["allow"] = [*settings.get("allow", []), *map(entry_document, entries)]
        try:
            after = tomllib.loads(result)
        except tomllib.TOMLDecodeError:
            after = {}
        if (after.get("tool", {}).get("beca", {}) if in_project else after) != wanted:
            raise InvalidInput(
                f"Nothing can be added to {quoted_path(path)} without changing more.",
                hint=f"Write the allow-list as tables {header}, and settings in their own lines.",
            )
        check_config(path, wanted)
        return result

    def _new(self, settings: Mapping[str, Any], path: Path) -> dict[str, Any]:
        new: dict[str, Any] = {}
        for key, items in self.lists.items():
            missing = [item for item in items if item not in settings.get(key, [])]
            if key in settings and missing:
                raise InvalidInput(
                    f"{quoted_path(path)} sets {key} already.", hint=f"Add to that list: {', '.join(missing)}"
                )
            if missing:
                new[key] = missing
        return new | {key: text for key, text in self.texts.items() if key not in settings}


def entry_document(entry: AllowEntry) -> dict[str, Any]:
    """Return an entry of the allow-list as it is written in a configuration."""
    document: dict[str, Any] = {}
    for name, key in _KEYS.items():
        if items := getattr(entry, name):
            document[key] = items[0] if len(items) == 1 else list(items)
    document["reason"] = entry.reason
    if entry.owner:
        document["owner"] = entry.owner
    if entry.expires is not None:
        document["expires"] = entry.expires
    return document


def read_config_text(path: Path) -> str:
    """Return the text of a configuration, or an empty one if there is no such file.

    Raises:
        InvalidInput: If it cannot be read.
    """
    try:
        data = read_regular(path, MAX_CONFIG_BYTES)
        text = None if data is None else data.decode()
    except FileNotFoundError:
        return ""
    except OSError as error:
        why = error.strerror or "it is not a regular file"
        raise InvalidInput(f"{quoted_path(path)} cannot be read: {why}.") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{quoted_path(path)} is not UTF-8.") from None
    if text is None:
        raise InvalidInput(f"{quoted_path(path)} is larger than {MAX_CONFIG_BYTES:,} bytes.")
    return text


def write_config_text(path: Path, text: str) -> None:
    """Write the text of a configuration in one step.

    Raises:
        InvalidInput: If it cannot be written.
    """
    try:
        replace_file(path, [text.encode()])
    except OSError as error:
        raise InvalidInput(f"{quoted_path(path)} cannot be written: {error.strerror}.") from None


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{quoted_path(path)} is not valid TOML: {error}.") from None


def _with_pairs(text: str, pairs: Iterable[str], *, in_project: bool) -> str:
    """Return a text with new keys before its first table, or after the header of BECA's table."""
    lines = "".join(f"{pair}\n" for pair in pairs)
    if not lines:
        return text
    if in_project:
        found = _TABLE.search(text)
        if found is None:
            gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
            return f"{text}{gap}[tool.beca]\n{lines}"
        head = text[: found.end()]
        return f"{head}{'' if head.endswith(chr(10)) else chr(10)}{lines}{text[found.end() :]}"
    remarks = re.match(r"(?:#[^\n]*(?:\n|\Z))*", text)
    head = remarks[0] if remarks else ""
    return f"{head}{'' if not head or head.endswith(chr(10)) else chr(10)}{lines}{text[len(head) :]}"
