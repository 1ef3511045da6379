"""`beca plugins`: the installed plugins, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.framework.command import Command, Group
from beca_core.cli.framework.options import add_list_format
from beca_core.cli.framework.standard_streams import say, standard_output
from beca_core.cli.rules.rules import warnings_with_cost
from beca_core.errors import InvalidInput, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.cli.framework.arguments import CommandParser
    from beca_core.plugins.contributions.plugin_settings import Setting
    from beca_core.plugins.registration import Plugin


def list_plugins(output_format: str) -> int:
    """List all plugins, with what is wrong with them, and what those rules cost that are tried on every content.

    Exits with 2 if a plugin has problems, because a scan would be incomplete.
    """
    from beca_core.cli.scans.scan_settings import installed_plugins
    from beca_core.reports.json_document import to_json

    registry = installed_plugins()
    if output_format == "json":
        say(to_json({"items": [_document(plugin) for plugin in registry.plugins]}))
    else:
        _print(registry.plugins)
    return 2 if registry.problems else 0


def _document(plugin: Plugin) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "rules": plugin.rule_ids,
        "scanners": len(plugin.scanners),
        "filters": len(plugin.filters),
        "processors": len(plugin.processors),
        "decoders": [decoder.name for decoder in plugin.decoders],
        "schemes": [source.scheme for source in plugin.sources],
        "formats": [reporter.name for reporter in plugin.reporters],
        "commands": [command.name for command in plugin.commands],
        "hears": sorted(plugin.listeners),
        "problems": list(plugin.problems),
        "warnings": warnings_with_cost(plugin),
    }


def _declare_show(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", help="Name of the plugin.")
    add_list_format(parser)


def show_plugin(name: str, output_format: str) -> int:
    """Show everything that a plugin registers, and its settings; secret ones are masked.

    Exits with 2 if it has problems.
    """
    from beca_core.cli.scans.scan_settings import installed_plugins
    from beca_core.reports.json_document import to_json

    plugins = installed_plugins().plugins
    found = [plugin for plugin in plugins if plugin.name == name]
    if not found:
        raise InvalidInput(
            f"There is no plugin {name!r:.80}.",
            hint=did_you_mean(name, [plugin.name for plugin in plugins], otherwise="`beca plugins list` shows all."),
        )
    for plugin in found:
        document = _document(plugin) | {"settings": [_setting(each, plugin) for each in plugin.declared_settings]}
        if output_format == "json":
            say(to_json(document))
        else:
            _print_details(document)
    return 2 if any(plugin.problems for plugin in found) else 0


def _setting(setting: Setting, plugin: Plugin) -> dict[str, Any]:
    return {
        "name": setting.name,
        "kind": setting.kind.__name__,
        "value": setting.shown(plugin.settings.get(setting.name)),
        "default": setting.shown(setting.default),
        "description": setting.description,
        "secret": setting.secret,
    }


def _print_details(document: dict[str, Any]) -> None:
    """Print a line for each member, and for each item of a list."""
    from beca_core.reports.console import Console, Style
    from beca_core.reports.escaping import printable

    console = Console(standard_output())
    rows = [
        ("" if index else console.paint(name, Style.DIM), printable(_line(item)))
        for name, value in document.items()
        if value not in ("", [], 0)
        for index, item in enumerate(value if isinstance(value, list) else [value])
    ]
    lines, hang = console.aligned(rows)
    for line in lines:
        console.prose(line, hang=hang)


def _line(item: object) -> str:
    if not isinstance(item, dict):
        return str(item)
    default = "needed" if not item["default"] and not item["value"] else f"default: {item['default'] or 'empty'}"
    return f"{item['name']} = {item['value']} ({default}) {item['description']}".rstrip()


def _print(plugins: Sequence[Plugin]) -> None:
    """Print a line for each plugin, and after the table every problem and every warning in full."""
    from beca_core.reports.console import Console, Style
    from beca_core.reports.escaping import printable

    console = Console(standard_output())
    titles = ("Plugin", "Distribution", "Rules", "Scanners", "Filters", "Formats", "Problems")
    styles = [Style.RED if plugin.problems else Style.PLAIN for plugin in plugins]
    console.table(titles, map(_row, plugins), right=range(2, 7), styles=styles)
    for plugin in plugins:
        for problem in (*plugin.problems, *(f"warning: {text}" for text in warnings_with_cost(plugin))):
            console.line()
            console.prose(console.paint(f"{printable(plugin.name)} ({printable(plugin.distribution)}):", Style.BOLD))
            console.prose(f"  {printable(problem)}", hang=2)


def _row(plugin: Plugin) -> tuple[str, ...]:
    from beca_core.reports.escaping import printable

    counts = (plugin.rule_ids, plugin.scanners, plugin.filters, plugin.reporters, plugin.problems)
    return printable(plugin.name), printable(plugin.distribution), *(str(len(each)) for each in counts)


COMMANDS: Final = {
    "plugins": Group(
        "Show the installed plugins.",
        {
            "list": Command(list_plugins, add_list_format),
            "show": Command(show_plugin, _declare_show, needs_arguments=True),
        },
    )
}
