"""`beca plugins`."""

from __future__ import annotations

import typer

from beca_core.cli.command import Command, new_app
from beca_core.cli.options import ListFormat  # noqa: TC001 - typer looks it up at run time

app = new_app("Show the installed plugins.")


@app.callback()
def plugins() -> None:
    """Show the installed plugins."""


@app.command("list", cls=Command)
def list_plugins(output_format: ListFormat = "table") -> None:
    """List all plugins, with what is wrong with them.

    Ends with 2 if a plugin has problems: a scan would then be incomplete.
    """
    from beca_core.cli.plugin_views import plugin_document, print_plugins
    from beca_core.cli.scan_settings import ScanSettings
    from beca_core.plugins import PluginRegistry
    from beca_core.reports.escaping import to_json

    registry = PluginRegistry.load(disabled=ScanSettings.load().disabled_plugins)
    if output_format == "json":
        typer.echo(to_json({"items": [plugin_document(plugin) for plugin in registry.plugins]}))
    else:
        print_plugins(registry.plugins)
    raise typer.Exit(2 if registry.problems else 0)
