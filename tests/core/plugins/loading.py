"""Loading of the installed plugins that a test has made."""

from __future__ import annotations

from typing import Any

from beca_core import PluginRegistry


def without_builtin(**options: Any) -> PluginRegistry:
    """Load all plugins but the built-in rules: to register these takes longer than most of what is tested here."""
    return PluginRegistry.load(disabled=["builtin"], **options)
