"""Plugins as JSON and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beca_core.cli.standard_streams import standard_output
from beca_core.reports.console import Console, Style
from beca_core.reports.escaping import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.plugins.registry import Plugin


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
    console = Console(standard_output())
    titles = ("Plugin", "Distribution", "Rules", "Scanners", "Filters", "Formats", "Problems")
    styles = [Style.RED if plugin.problems else Style.PLAIN for plugin in plugins]
    console.table(titles, map(_row, plugins), right=range(2, 7), styles=styles)
    for plugin in plugins:
        for problem in plugin.problems:
            console.line()
            console.prose(console.paint(f"{printable(plugin.name)} ({printable(plugin.distribution)}):", Style.BOLD))
            console.prose(f"  {printable(problem)}", hang=2)


def _row(plugin: Plugin) -> tuple[str, ...]:
    counts = (_rule_ids(plugin), plugin.scanners, plugin.filters, plugin.reporters, plugin.problems)
    return printable(plugin.name), printable(plugin.distribution), *(str(len(each)) for each in counts)


def _rule_ids(plugin: Plugin) -> list[str]:
    own = [rule.id for rule in plugin.rules]
    return sorted({*own, *(rule.id for scanner in plugin.scanners for rule in scanner.rules)})
