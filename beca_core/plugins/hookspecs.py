"""The whole plugin contract. Hooks register rules, scanners, filters and reporters; every call of them is guarded.

A plugin is a module (or any object) with functions marked `@beca_core.hookimpl`. An entry point in the group
`beca.plugins` names it. All hooks are optional; each is called once, when a `PluginRegistry` is built.
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

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of the hook that has its name."""


@hookspec
def beca_register_rules() -> Iterable[Rule]:  # type: ignore[empty-body]
    """Return declarative rules; one pass over a blob matches the rules of all plugins."""


@hookspec
def beca_register_scanners() -> Iterable[Scanner]:  # type: ignore[empty-body]
    """Return scanners: code for secrets that a pattern cannot describe."""


@hookspec
def beca_register_filters() -> Iterable[Filter]:  # type: ignore[empty-body]
    """Return filters: functions that take a finding and return True to keep it or False to remove it.

    One False is enough to remove a finding. Anything else that a filter returns, None for example, is reported as a
    problem, and the finding stays. The coverage counts what each plugin removed.
    """


@hookspec
def beca_register_reporters() -> Iterable[Reporter]:  # type: ignore[empty-body]
    """Return reporters: output formats for `beca scan --format`."""
