"""`beca config`: the configuration that holds for a target, and where each value comes from."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from beca_core.cli.framework.command import Command, Group
from beca_core.cli.framework.options import add_list_format
from beca_core.cli.framework.standard_streams import say, standard_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beca_core.cli.configuration.configuration_keys import Key
    from beca_core.cli.configuration.repository_config import RepositoryConfig
    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.cli.scans.scan_settings import ScanSettings

_CHOICES: Final = {
    "rules": "rules",
    "exclude-rules": "excluded",
    "rules-files": "files",
    "min-severity": "min_severity",
    "min-confidence": "min_confidence",
}
"""The fields of `RuleChoice` that settings can set, by key."""


class _ConfiguredValue(NamedTuple):
    name: str
    value: Any
    origin: str


def _declare_show(parser: CommandParser) -> None:
    parser.add_argument("target", metavar="TARGET", nargs="?", default=".", help="What would be scanned. Default: .")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="Show this configuration in place of that of the repository."
    )
    add_list_format(parser)


def show_config(target: str, config: Path | None, output_format: str) -> None:
    """Show each value of the configuration for a target, and where it comes from.

    The environment and the settings file outrank the configuration of a repository; an option of `beca scan` outranks
    both.
    """
    from beca_core.cli.configuration.repository_config import find_config, load_config
    from beca_core.cli.scans.scan_settings import ScanSettings
    from beca_core.reports.console import Console
    from beca_core.reports.escaping import printable
    from beca_core.reports.json_document import to_json

    found = find_config(target) if config is None else load_config(config)
    shown = list(_shown(ScanSettings.load(), found))
    if output_format == "json":
        say(to_json({"file": None if found.path is None else str(found.path), "items": [_document(s) for s in shown]}))
        return
    where = "no configuration" if found.path is None else str(found.path)
    console = Console(standard_output())
    console.prose(f"Configuration of {printable(target)}: {printable(where)}")
    console.line()
    rows = [(each.name, printable(each.origin), printable(_text(each.value))) for each in shown]
    console.table(("Key", "From", "Value"), rows)


def _shown(settings: ScanSettings, config: RepositoryConfig) -> Iterator[_ConfiguredValue]:
    from beca_core.cli.configuration.configuration_keys import KEYS

    file = "" if config.path is None else config.path.name
    for name, key in KEYS.items():
        given = _given_by_user(settings, name, key)
        if given is not None:
            yield _ConfiguredValue(name, given, "the environment or the settings file")
        elif name in config.values:
            yield _ConfiguredValue(name, config.values[name], file)
        else:
            yield _ConfiguredValue(name, _default(settings, name, key), "default")
    for number, entry in enumerate(config.entries, 1):
        said = {field.name: getattr(entry, field.name) for field in fields(entry)}
        given = {name: value for name, value in said.items() if value and name not in ("origin", "standing")}
        yield _ConfiguredValue(f"allow {number}", given, file)
    for plugin, table in {**config.plugins, **settings.plugin_settings}.items():
        origin = "the environment or the settings file" if plugin in settings.plugin_settings else file
        yield _ConfiguredValue(f"plugins.{plugin}", sorted(table), origin)  # values may be credentials


def _given_by_user(settings: ScanSettings, name: str, key: Key) -> Any:
    from beca_core.cli.configuration.config_effects import SETTINGS

    if key.limit:
        return getattr(settings.limits, key.limit) if SETTINGS[key.limit] in settings.given else None
    return getattr(settings.choice, _CHOICES[name]) or None if name in _CHOICES else None


def _default(settings: ScanSettings, name: str, key: Key) -> Any:
    from beca_core.scanning.suppression.inline_comments import OWN_MARKER

    if key.limit:
        return getattr(settings.limits, key.limit)
    return (OWN_MARKER,) if name == "inline-comments" else None


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(item)}" for name, item in value.items())
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _document(shown: _ConfiguredValue) -> dict[str, Any]:
    value = shown.value
    if isinstance(value, dict):
        value = {name: item if isinstance(item, tuple) else str(item) for name, item in value.items()}
    return {"name": shown.name, "value": value, "origin": shown.origin}


def print_schema() -> None:
    """Print the JSON Schema of `.beca.toml`, for editors."""
    import json

    from beca_core.cli.configuration.configuration_keys import configuration_schema

    say(json.dumps(configuration_schema(), indent=2))


COMMANDS: Final = {
    "config": Group(
        "Show the configuration of a repository, with origins.",
        {"show": Command(show_config, _declare_show), "schema": Command(print_schema)},
    )
}
