"""Plugins as JSON and as a table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from beca_core.reports.console import console_for, plain_table
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.plugins import Plugin


def plugin_document(plugin: Plugin) -> dict[str, Any]:
    """Return a plugin in its documented JSON shape."""
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "rules": _rule_ids(plugin),
        "scanners": len(plugin.scanners),
        "filters": len(plugin.filters),
        "formats": [reporter.name for reporter in plugin.reporters],
        "problems": list(plugin.problems),
    }


def print_plugins(plugins: Sequence[Plugin]) -> None:
    """Print a line for each plugin, and then every problem in full."""
    table = plain_table()
    table.add_column("Plugin", overflow="fold")
    table.add_column("Distribution", overflow="fold")
    for title in ("Rules", "Scanners", "Filters", "Formats"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Problems", justify="right", no_wrap=True)
    for plugin in plugins:
        counts = (_rule_ids(plugin), plugin.scanners, plugin.filters, plugin.reporters, plugin.problems)
        cells = (printable(plugin.name), printable(plugin.distribution), *(str(len(each)) for each in counts))
        table.add_row(*map(Text, cells), style="red" if plugin.problems else "")
    console = console_for(sys.stdout)
    console.print(table)
    for plugin in plugins:
        for problem in plugin.problems:
            console.print()
            console.print(Text(f"{printable(plugin.name)} ({printable(plugin.distribution)}):", style="bold"))
            console.print(Padding(Text(printable(problem), overflow="fold"), (0, 0, 0, 2)))


def _rule_ids(plugin: Plugin) -> list[str]:
    own = [rule.id for rule in plugin.rules]
    return sorted({*own, *(rule.id for scanner in plugin.scanners for rule in scanner.rules)})
