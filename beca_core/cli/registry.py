"""The plugins as every command but `scan` sees them."""

from __future__ import annotations

from beca_core.cli.scan_settings import ScanSettings
from beca_core.cli.streams import remark
from beca_core.plugins import PluginRegistry


def installed_plugins() -> PluginRegistry:
    """Load all plugins that the settings do not leave out."""
    return PluginRegistry.load(disabled=ScanSettings.load().disabled_plugins)


def load_registry() -> PluginRegistry:
    """Load them, and mention on stderr if something is wrong with them."""
    registry = installed_plugins()
    if registry.problems:
        remark("Some plugins have problems; `beca plugins list` shows them.")
    return registry
