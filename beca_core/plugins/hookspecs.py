"""The whole plugin contract. Hooks register rules, scanners, filters and reporters; every call of them is guarded.

A plugin is a module (or any object) with functions marked `@beca_core.hookimpl`. An entry point in the group
`beca.plugins` names it. All hooks are optional; each is called once, when a `PluginRegistry` is built.

**An installed plugin runs in a process of its own.** Its import, its hooks, and later its checks, scanners, filters and
reporters run there; what they return is copied. So a plugin that blocks, exits, crashes, takes too much memory, prints,
starts threads or changes other modules costs its own matches in the content that it was asked about, and the coverage
names it. What follows for its code:

- Each process that reads, and each of up to four threads, has a process of the plugin of its own. It is started when it
  is needed, and again after a failure, so state that is kept between calls is lost.
- One call, on one content, has `Limits.plugin_seconds` (`beca scan --plugin-time`; 5 seconds by default, 2 in
  `POST /scan`), and never more than a sixth of the time that is left to the scan. Loading has 10 seconds, or a third of
  the time of the scan. After three failures in one process of a scan, the plugin is not asked again in that scan.
- A process has 1 GiB of memory beside what it has at its start and room for one content.
- Standard input is empty, and what is printed goes to standard error. Ctrl-C does not reach the plugin.
- Of one scanner, 10,000 matches in one content are taken.
- A reporter gets the report without its `state`.

Plugins of BECA's own distribution run in the process of their user. So does an object that a program passes to
`PluginRegistry.register`, to `Engine(rules=[...])` or to `beca_core.testing.assert_plugin`: such code is already there,
and cannot be contained. What it raises costs its own matches, but it can block its process, end it, or change it.
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
