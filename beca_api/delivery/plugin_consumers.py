"""`PluginConsumers`: the plugins that hear of events with the hook `beca_server_event`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core.matching.code_apart import CallLimit
from beca_core.plugins.hookspecs import SERVER_EVENT
from beca_core.plugins.registry import PluginRegistry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beca_core.plugins.contributions.notices import ServerEvent
    from beca_core.plugins.registration import Plugin
    from beca_core.system.settings import Settings

_PREFIX: Final = "plugin:"


class PluginConsumer:
    """A plugin that wants to hear of events.

    Args:
        plugin: The plugin; it has the hook.
        seconds: Time for one call.
    """

    def __init__(self, plugin: Plugin, seconds: float) -> None:
        self._plugin = plugin
        self._seconds = seconds

    @property
    def name(self) -> str:
        """The name under which is recorded how far it has heard of events."""
        return f"{_PREFIX}{self._plugin.name}"

    def deliver(self, event: ServerEvent) -> None:
        """Call the hook."""
        listener = self._plugin.listeners[SERVER_EVENT]
        if (tell_within := getattr(listener, "tell_within", None)) is not None:
            tell_within(event, CallLimit(self._seconds))
        else:
            listener(event)


class PluginConsumers:
    """The installed plugins that have the hook; they are loaded again when others are installed.

    Args:
        registry: What is loaded now.
        settings: Which plugins are loaded, with which settings of their own.
    """

    def __init__(self, registry: PluginRegistry, settings: Settings) -> None:
        self._settings = settings
        self._found = self._in(registry)
        self._is_stale = False

    def __call__(self) -> Sequence[PluginConsumer]:
        """Return the plugins that want to hear of events now; to be called in one thread."""
        if self._is_stale:
            self._is_stale = False
            disabled, tables = self._settings.disabled_plugins, self._settings.plugin_settings
            self._found = self._in(PluginRegistry.load(disabled=disabled, settings=tables))
        return self._found

    def renew(self) -> None:
        """Have the plugins loaded again before they are called next; from any thread."""
        self._is_stale = True

    def _in(self, registry: PluginRegistry) -> Sequence[PluginConsumer]:
        """Return those of a registry; the processes of the others end with the registry."""
        seconds = self._settings.plugin_seconds
        return [PluginConsumer(plugin, seconds) for plugin in registry.plugins if SERVER_EVENT in plugin.listeners]
