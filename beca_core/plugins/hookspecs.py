"""The whole plugin contract. Hooks register what a plugin brings, and hear of scans; every call of them is guarded.

A plugin is a module (or any object) with functions marked `@beca_core.hookimpl`. An entry point in the group
`beca.plugins` names it. All hooks are optional. Those that begin with `beca_register_` are called once, when a
`PluginRegistry` is built: `beca_register_settings` first, the others in the order of this page. Every other hook takes
the argument `settings` if it wants it: a mapping with the value of each setting that the plugin has declared.
A hook that this BECA does not know is a problem of the plugin, unless it is marked `@hookimpl(optionalhook=True)`.

**An installed plugin runs in a process of its own.** Its import, its hooks, and later its checks, scanners, processors,
filters, decoders, sources and reporters run there; what they return is copied and checked. So a plugin that blocks,
exits, crashes, takes too much memory, prints, starts threads or changes other modules costs its own contribution to the
content that it was asked about, and the coverage names it. What follows for its code:

- Each process that reads, and each of up to four threads, has a process of the plugin of its own. It is started when it
  is needed, and again after a failure, so state that is kept between calls is lost.
- One call, on one content, has `Limits.plugin_seconds` (`beca scan --plugin-time`; 5 seconds by default, 2 in
  `POST /scan`), and never more than a sixth of the time that is left to the scan. Loading has 10 seconds, or a third of
  the time of the scan. After three failures in one process of a scan, the plugin is not asked again in that scan.
- A process has 1 GiB of memory beside what it has at its start and room for one content.
- Standard input is empty, and what is printed goes to standard error. Ctrl-C does not reach the plugin.
- Of one scanner, 10,000 matches in one content are taken; of one decoder, 10,000 parts.
- A reporter gets the report without its `state`.
- A command is the exception: it runs in the process of `beca`, because the user typed its name.

Plugins of BECA's own distribution run in the process of their user. So does an object that a program passes to
`PluginRegistry.register`, to `Engine(rules=[...])` or to `beca_core.testing.assert_plugin`: such code is already there,
and cannot be contained. What it raises costs its own matches, but it can block its process, end it, or change it.

What plugins can rely on, and how long, is in `docs/explanation/compatibility.md`. A plugin may say for which version of
that contract it is written, with `BECA_API = 1` in its module; a BECA with an older one does not load it, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beca_core.matching.decoding.plugin_decoders import Decoder
    from beca_core.plugins.contributions.notices import ScanFinished, ScanStarted, ServerEvent
    from beca_core.plugins.contributions.plugin_commands import PluginCommand
    from beca_core.plugins.contributions.plugin_settings import Setting, SettingValue
    from beca_core.plugins.contributions.plugin_sources import TextOrigin
    from beca_core.plugins.contributions.processors import Processor
    from beca_core.report import Filter, Reporter
    from beca_core.rules.rule import Rule
    from beca_core.rules.scanner import Scanner

PROJECT: Final = "beca"
ENTRY_POINT_GROUP: Final = "beca.plugins"

NOTICES: Final = ("beca_scan_started", "beca_scan_finished")
"""The hooks that are called for each scan."""
SERVER_EVENT: Final = "beca_server_event"
LISTENING: Final = (*NOTICES, SERVER_EVENT)
"""The hooks with which a plugin hears of something."""

hookspec: Final = pluggy.HookspecMarker(PROJECT)
hookimpl: Final = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of the hook that has its name."""


@hookspec
def beca_register_settings() -> Iterable[Setting]:  # type: ignore[empty-body]
    """Return the settings that a user can give the plugin, before any other hook is called.

    The values come from the table `[plugins.NAME]` of the settings file, from `BECA_PLUGINS__NAME__SETTING` in the
    environment, which wins, or from `PluginRegistry.load(settings=...)`. A plugin with an unknown, wrong or missing
    setting is not loaded, and its problem says which. `beca plugins show NAME` shows the values, except secret ones.
    """


@hookspec
def beca_register_rules(settings: Mapping[str, SettingValue]) -> Iterable[Rule]:  # type: ignore[empty-body]
    """Return declarative rules; one pass over a blob matches the rules of all plugins."""


@hookspec
def beca_register_scanners(settings: Mapping[str, SettingValue]) -> Iterable[Scanner]:  # type: ignore[empty-body]
    """Return scanners: code for secrets that a pattern cannot describe."""


@hookspec
def beca_register_decoders(settings: Mapping[str, SettingValue]) -> Iterable[Decoder]:  # type: ignore[empty-body]
    """Return decoders: what they decode is searched like base64, and a finding in it shows the decoder's name.

    A decoder is called with each content that holds one of its anchors. All decoders together decode at most eight
    times the size of a content. A finding is at the place of the whole encoded part.
    """


@hookspec
def beca_register_sources(settings: Mapping[str, SettingValue]) -> Iterable[TextOrigin]:  # type: ignore[empty-body]
    """Return sources: functions that bring the texts of targets of a scheme, such as `acme://documents`.

    They are asked by `beca scan` and by `scan` and `Engine.scan` of the library. The REST API scans repositories only.
    """


@hookspec
def beca_register_processors(settings: Mapping[str, SettingValue]) -> Iterable[Processor]:  # type: ignore[empty-body]
    """Return processors: functions that take each finding with the text around it, when all places are known.

    A processor returns the finding, or one with another severity, confidence, attributes or tags, or with a description
    that goes on, or `Dropped(reason)`, which the coverage counts like what a filter removes. Anything else is a problem
    of the plugin, and the finding stays as it was. Processors are asked before filters.
    """


@hookspec
def beca_register_filters(settings: Mapping[str, SettingValue]) -> Iterable[Filter]:  # type: ignore[empty-body]
    """Return filters: functions that take a finding and return True to keep it or False to remove it.

    One False is enough to remove a finding. Anything else that a filter returns, None for example, is reported as a
    problem, and the finding stays. The coverage counts what each plugin removed.
    """


@hookspec
def beca_register_reporters(settings: Mapping[str, SettingValue]) -> Iterable[Reporter]:  # type: ignore[empty-body]
    """Return reporters: output formats for `beca scan --format`."""


@hookspec
def beca_register_commands(settings: Mapping[str, SettingValue]) -> Iterable[PluginCommand]:  # type: ignore[empty-body]
    """Return commands: a user types `beca NAME`, with the arguments that the command declares.

    The hook is called in the process of the plugin, so that the command is known. When its name is typed, the plugin is
    imported in the process of `beca`, and the function runs there: with the user's terminal, without a limit on time.
    """


@hookspec
def beca_scan_started(scan: ScanStarted, settings: Mapping[str, SettingValue]) -> None:
    """Hear that a scan begins: of `beca scan`, of a worker of the server, or of `scan` and `Engine.scan`.

    It is called once for each scan, before anything is read, and has the time of one call. What it raises is logged as
    a warning and changes nothing. Scans of texts in memory are not announced.
    """


@hookspec
def beca_scan_finished(scan: ScanFinished, settings: Mapping[str, SettingValue]) -> None:
    """Hear that a scan has ended, with what it found, what it read, how long it took and the exit code.

    It is called for each scan that began, also for one that failed, and guarded as `beca_scan_started` is.
    """


@hookspec
def beca_server_event(event: ServerEvent, settings: Mapping[str, SettingValue]) -> None:
    """Hear of what has changed on a server: a scan has ended; an issue was opened, fixed, reopened, moved or renamed.

    It is called in a server or in a worker, for one event at a time, in the order of their ids, at least once: after a
    crash an event can come again, with the same id. If the call raises or takes too long, it is made again, up to five
    times within some minutes; then the event is skipped, and the log says so. A plugin hears of what happens after it
    was installed. If it is away, events are kept for a week (`BECA_KEEP_EVENT_DAYS`).
    """
