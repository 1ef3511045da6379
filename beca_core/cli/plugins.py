"""`beca plugins`: the installed plugins, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from beca_core.cli.command import Command, Group
from beca_core.cli.options import add_list_format
from beca_core.cli.rules import warnings_with_cost
from beca_core.cli.standard_streams import say, standard_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.plugins.registration import Plugin


def list_plugins(output_format: str) -> int:
    """List all plugins, with what is wrong with them, and what those rules cost that are tried on every content.

    Exits with 2 if a plugin has problems, because a scan would be incomplete.
    """
    from beca_core.cli.scan_settings import installed_plugins
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
        "formats": [reporter.name for reporter in plugin.reporters],
        "problems": list(plugin.problems),
        "warnings": warnings_with_cost(plugin),
    }


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


COMMANDS: Final = {"plugins": Group("Show the installed plugins.", {"list": Command(list_plugins, add_list_format)})}
