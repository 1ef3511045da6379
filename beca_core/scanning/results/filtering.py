"""Filters of plugins: which findings of a scan are kept."""

from __future__ import annotations

from types import CoroutineType
from typing import TYPE_CHECKING

from beca_core.matching.code_apart import FilterApart
from beca_core.report import Suppressed
from beca_core.rules.candidate import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from beca_core.findings import Finding
    from beca_core.matching.code_apart import CallLimit
    from beca_core.plugins.registration import Plugin
    from beca_core.report import Filter, ProblemLog


def kept(
    findings: Iterable[Finding],
    plugins: Iterable[Plugin],
    log: ProblemLog,
    limit: CallLimit,
    suppressed: list[Suppressed] | None = None,
) -> tuple[list[Finding], dict[str, int]]:
    """Ask the filters of all plugins about the findings of a scan, one plugin after the other.

    A filter removes a finding by returning False. One that raises, or returns anything but True or False, has a
    problem, and the finding stays: a mistake in a filter never hides a secret.

    Args:
        findings: All findings of the scan.
        plugins: The plugins, in the order in which they are asked; each is asked about what the ones before kept.
        log: Counts the filters that fail, and the findings that are removed.
        limit: Bounds the time of filters that run in other processes; these are asked about all findings at once.
        suppressed: Takes the findings that are removed; None: nothing does.

    Returns:
        The findings that are kept, and how many each plugin removed, by its name; only plugins that removed some.
    """
    left = list(findings)
    removed: dict[str, int] = {}
    for plugin in plugins:
        if plugin.filters and left:
            asked, left = left, _kept_by(plugin, left, log, limit)
            if len(left) < len(asked):
                removed[plugin.name] = len(asked) - len(left)
                log.add_dropped(Step.FILTER, removed[plugin.name])
                if suppressed is not None:
                    suppressed += _removed(asked, left, plugin.name)
    return left, removed


def _removed(asked: Iterable[Finding], left: Iterable[Finding], plugin: str) -> Iterator[Suppressed]:
    kept_ids = set(map(id, left))
    why = Step.FILTER, plugin, "a filter of the plugin removed it"
    return (Suppressed(finding, *why) for finding in asked if id(finding) not in kept_ids)


def _kept_by(plugin: Plugin, findings: Sequence[Finding], log: ProblemLog, limit: CallLimit) -> list[Finding]:
    filters = [keep.knowing(findings, limit) if isinstance(keep, FilterApart) else keep for keep in plugin.filters]
    return [finding for finding in findings if all(_keeps(plugin.name, keep, finding, log) for keep in filters)]


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
