"""Loading plugins in processes of their own: start all, then file what each registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beca_core.errors import PluginFailed
from beca_core.plugins.contributions.plugin_settings import settle
from beca_core.plugins.isolation.extra_proxies import IsolatedListener, proxies_of
from beca_core.plugins.isolation.plugin_process import PluginProcess
from beca_core.plugins.isolation.proxies import IsolatedFilter, IsolatedReporter, isolated_scanner, with_checks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beca_core.plugins.isolation.running_process import PluginSource
    from beca_core.plugins.registration import Registration


def start_processes(sources: Iterable[PluginSource], seconds: float) -> dict[str, PluginProcess]:
    """Start to load plugins, and return their processes by the name of the plugin; of one name, the first counts.

    Args:
        sources: The plugins.
        seconds: Time for loading each.
    """
    processes: dict[str, PluginProcess] = {}
    for source in sources:
        if source.name not in processes:
            processes[source.name] = PluginProcess(source, seconds)
            processes[source.name].begin()
    return processes


def file_description(process: PluginProcess, registration: Registration) -> None:
    """Wait until a plugin is loaded, and file what stands for the things that it registered.

    Args:
        process: The process of the plugin.
        registration: The registration of the plugin; its record gets the problems too.
    """
    record = registration.record
    try:
        description = process.describe()
    except PluginFailed as failure:
        record.problems.append(f"cannot be loaded: its process {failure.event}")
        return
    extras = description.extras
    record.problems += description.problems
    record.digests |= description.digests
    registration.take(
        with_checks(description.rules, description.apart, process),
        [isolated_scanner(process, number, scanner) for number, scanner in enumerate(description.scanners)],
        [IsolatedFilter(process, number) for number in range(description.filters)],
        [IsolatedReporter(process, number, name) for number, name in enumerate(description.formats)],
        proxies_of(process, extras),
    )
    record.declared_settings = extras.settings
    record.settings = settle(extras.settings, record.given)[0]
    record.listeners = {hook: IsolatedListener(process, hook) for hook in extras.listeners}
    record.decoding = extras.decoding
    record.process = process
    has_code = description.apart or extras.has_code
    if not (has_code or record.scanners or record.filters or record.reporters):
        process.close()  # its rules are data
