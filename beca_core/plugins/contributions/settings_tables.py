"""What a user has set for plugins, by the name of the plugin: which table is for which plugin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from beca_core.errors import InvalidInput, did_you_mean
from beca_core.report import Problem
from beca_core.system.lazy_regexp import lazy

if TYPE_CHECKING:
    from collections.abc import Iterable

_SEPARATORS: Final = lazy(r"[-_.]+")


def table_of(plugin: str, tables: Mapping[str, Mapping[str, object]]) -> Mapping[str, object]:
    """Return what was set for a plugin; a name of a plugin is the same with hyphens and with underscores."""
    found: dict[str, object] = {}
    for name, table in tables.items():
        if same_name(name) == same_name(plugin):
            found.update(table)
    return found


def same_name(plugin: str) -> str:
    """Return a name that all spellings of the name of a plugin share: an environment variable can have no hyphen."""
    return _SEPARATORS.sub("_", plugin).lower()


def check_tables(tables: object) -> None:
    """Refuse settings that are no tables of plain values.

    Raises:
        InvalidInput: Which of them.
    """
    if not isinstance(tables, Mapping) or not all(isinstance(table, Mapping) for table in tables.values()):
        raise InvalidInput("settings must be a mapping from the names of plugins to mappings of their settings.")
    for name, table in tables.items():
        for key, value in table.items():
            if not isinstance(key, str) or not _is_plain(value):
                raise InvalidInput(f"Setting {key!r:.80} of {name!r:.80} is not a text, number, truth value or list.")


def unused_tables(tables: Iterable[str], plugins: Iterable[str]) -> list[Problem]:
    """Return which settings belong to no plugin; they may be for one that is installed on another machine.

    Args:
        tables: The names for which there are settings.
        plugins: The names of the installed plugins.
    """
    known = {same_name(name): name for name in plugins}
    return [
        Problem(name, f"has settings and is not installed. {did_you_mean(name, known.values())}".rstrip())
        for name in tables
        if same_name(name) not in known
    ]


def _is_plain(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(isinstance(item, (str, int, float)) for item in value)
    return isinstance(value, (str, int, float))
