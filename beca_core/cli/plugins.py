"""`beca plugins`."""

from __future__ import annotations

from typing import Final

from beca_core.cli.command import Command, Group
from beca_core.cli.options import add_list_format
from beca_core.cli.standard_streams import say


def list_plugins(output_format: str) -> int:
    """List all plugins, with what is wrong with them.

    Ends with 2 if a plugin has problems: a scan would then be incomplete.
    """
    from beca_core.cli.plugin_views import plugin_document, print_plugins
    from beca_core.cli.scan_settings import installed_plugins
    from beca_core.reports.escaping import to_json

    registry = installed_plugins()
    if output_format == "json":
        say(to_json({"items": [plugin_document(plugin) for plugin in registry.plugins]}))
    else:
        print_plugins(registry.plugins)
    return 2 if registry.problems else 0


COMMAND: Final = Group("Show the installed plugins.", {"list": Command(list_plugins, add_list_format)})
