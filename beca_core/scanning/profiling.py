"""What each rule costs on a target: the target is read in this process, and what is found is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from beca_core.matching.rule_costs import RuleCosts
from beca_core.scanning.examiner import Examiner
from beca_core.sources.limits import Stop
from beca_core.sources.target import open_source

if TYPE_CHECKING:
    from collections.abc import Collection

    from beca_core.plugins.registry import PluginRegistry
    from beca_core.sources.limits import Limits, Scope


class Profile(NamedTuple):
    """What a scan of a target costs.

    Args:
        blobs: How many contents were read.
        bytes: Their size.
        costs: What each rule has cost.
    """

    blobs: int
    bytes: int
    costs: RuleCosts


def profile(
    registry: PluginRegistry, target: str, scope: Scope | None, limits: Limits, rule_ids: Collection[str] | None = None
) -> Profile:
    """Read a target, and return what each rule costs.

    Args:
        registry: The plugins.
        target: As for `Engine.scan`.
        scope: As for `Engine.scan`.
        limits: Bounds of the scan.
        rule_ids: The rules that take part; None: all.

    Raises:
        InvalidTarget: If there is nothing to scan at the target.
        SourceError: If the target cannot be read at all.
    """
    rule_set = registry.compile(rule_ids, plugin_seconds=limits.plugin_seconds)
    rule_set.prepare()
    rule_set.costs = RuleCosts()
    examiner, stop = Examiner(rule_set, limits), Stop(limits.scan_seconds)
    blobs = size = 0
    with open_source(target, scope=scope, limits=limits) as source:
        for share in source.start(limits).shares:
            for outcome in examiner.read(share, stop):
                blobs += outcome.blobs
                size += outcome.bytes
    return Profile(blobs, size, rule_set.costs)
