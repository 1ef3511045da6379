"""The whole plugin contract. Hooks register things; the engine then calls each registered thing guarded.

A plugin is a module (or any object) with functions marked `@beca_core.hookimpl`, named by an entry point in the
group `beca.plugins`. All hooks are optional; each is called once, when a `PluginRegistry` is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beca_core.report import Filter, Reporter
    from beca_core.rules.rule import Rule
    from beca_core.rules.scanner import Scanner

PROJECT: Final = "beca"
ENTRY_POINT_GROUP: Final = "beca.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def beca_register_rules() -> Iterable[Rule]:  # type: ignore[empty-body]
    """Return declarative rules; all rules of all plugins are matched together in one pass."""


@hookspec
def beca_register_scanners() -> Iterable[Scanner]:  # type: ignore[empty-body]
    """Return scanners: code for what no pattern can say."""


@hookspec
def beca_register_filters() -> Iterable[Filter]:  # type: ignore[empty-body]
    """Return filters: each is asked about every finding, and a finding that one of them refuses is left out."""


@hookspec
def beca_register_reporters() -> Iterable[Reporter]:  # type: ignore[empty-body]
    """Return reporters: output formats for `beca scan --format`."""
