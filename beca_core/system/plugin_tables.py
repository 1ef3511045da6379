"""What a user has set for plugins: in tables `[plugins.NAME]` of the settings file, and in the environment.

A variable `BECA_PLUGINS__NAME__SETTING` sets one setting; in the name of a plugin, underscores stand for hyphens.
`BECA_PLUGINS` holds all tables as JSON: in this form one process of BECA hands them on to another.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

PluginTables: TypeAlias = dict[str, dict[str, Any]]
"""Values by the name of the plugin, then by the name of the setting; only the plugin knows what they mean."""

TABLES_VARIABLE: Final = "BECA_PLUGINS"
_ONE_SETTING: Final = re.compile(r"BECA_PLUGINS__([A-Z0-9]+(?:_[A-Z0-9]+)*)__([A-Z0-9]+(?:_[A-Z0-9]+)*)")
_MOST_TABLES: Final = 1_000


def is_variable_of_plugin(name: str) -> bool:
    """Return whether an environment variable sets something for a plugin."""
    return _ONE_SETTING.fullmatch(name.upper()) is not None


def read_tables(value: object) -> PluginTables:
    """Return tables that come from the settings file, or as JSON from the environment.

    Raises:
        ValueError: If they are not tables of plain values; the message repeats no value.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError("is not JSON") from None
    if not isinstance(value, dict) or len(value) > _MOST_TABLES:
        raise ValueError("must be tables, as in [plugins.NAME]")
    for plugin, table in value.items():
        if not isinstance(table, dict):
            raise ValueError(f"{plugin!s:.80} must be a table, as in [plugins.NAME]")
        for name, item in table.items():
            items = item if isinstance(item, list) else [item]
            if not all(isinstance(each, (str, int, float)) for each in items):
                raise ValueError(
                    f"{plugin!s:.80}.{name!s:.80} must be a text, a number, true, false or a list of these"
                )
    return value


def with_variables(tables: Mapping[str, Mapping[str, Any]]) -> PluginTables:
    """Return tables together with what single variables of the environment set, which wins."""
    found: PluginTables = {plugin: dict(table) for plugin, table in tables.items()}
    for name, value in os.environ.items():
        if value and (parts := _ONE_SETTING.fullmatch(name.upper())):
            plugin, setting = parts[1].lower(), parts[2].lower()
            own = {each for each in found if each.lower().replace("-", "_").replace(".", "_") == plugin}
            found.setdefault(min(own, default=plugin), {})[setting] = value
    return found


def as_variable(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the environment that hands tables on to another process of BECA."""
    return {TABLES_VARIABLE: json.dumps(tables)} if tables else {}


def handed_on() -> PluginTables:
    """Return the tables that another process of BECA has handed on; only such a process calls this."""
    return read_tables(os.environ.get(TABLES_VARIABLE) or {})
