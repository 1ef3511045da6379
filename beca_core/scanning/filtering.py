"""Filters of plugins: which findings of a scan are kept."""

from __future__ import annotations

from types import CoroutineType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from beca_core.findings import Finding
    from beca_core.plugins.registration import Plugin
    from beca_core.report import Filter, ProblemLog


def kept(
    findings: Iterable[Finding], plugins: Iterable[Plugin], log: ProblemLog
) -> tuple[list[Finding], dict[str, int]]:
    """Ask the filters of all plugins about the findings of a scan, one plugin after the other.

    A filter removes a finding by returning False. One that raises, or returns anything but True or False, has a
    problem, and the finding stays: a mistake in a filter never hides a secret.

    Args:
        findings: All findings of the scan.
        plugins: The plugins, in the order in which they are asked; each is asked about what the ones before kept.
        log: Counts the filters that fail.

    Returns:
        The findings that are kept, and how many each plugin removed, by its name; only plugins that removed some.
    """
    left = list(findings)
    removed: dict[str, int] = {}
    for plugin in plugins:
        if plugin.filters:
            asked, left = left, _kept_by(plugin, left, log)
            if len(left) < len(asked):
                removed[plugin.name] = len(asked) - len(left)
    return left, removed


def _kept_by(plugin: Plugin, findings: Sequence[Finding], log: ProblemLog) -> list[Finding]:
    return [finding for finding in findings if all(_keeps(plugin.name, keep, finding, log) for keep in plugin.filters)]


def _keeps(plugin: str, keep: Filter, finding: Finding, log: ProblemLog) -> bool:
    try:
        answer: object = keep(finding)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a filter is a plugin's code
        log.add(plugin, "a filter", error)
        return True
    if answer is True or answer is False:
        return answer
    if isinstance(answer, CoroutineType):
        answer.close()  # otherwise Python warns that nobody awaited it
    log.add(plugin, f"a filter returned {type(answer).__name__}, not True or False, so the finding stays")
    return True
