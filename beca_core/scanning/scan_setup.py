"""`Setup`: what an engine sets up once for all of its scans."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from beca_core.scanning.examiner import Examiner
from beca_core.scanning.results.precedence import Precedence
from beca_core.scanning.results.threshold import Threshold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from beca_core.matching.ruleset import RuleSet
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule import RuleInfo
    from beca_core.sources.limits import Limits


@dataclass(frozen=True)
class Setup:
    """The configuration that all scans of an engine share; made once.

    Args:
        registry: The plugins.
        rules: The rules that take part, by id.
        compiled: Returns the rule set of some of them.
        limits: Bounds of a scan.
        key: Key of the fingerprints.
        processes: How many processes read at most; None: as many as there are processors.
        threshold: What a finding must reach to be reported.
    """

    registry: PluginRegistry
    rules: Mapping[str, RuleInfo]
    compiled: Callable[[Collection[str]], RuleSet]
    limits: Limits
    key: bytes
    processes: int | None
    threshold: Threshold = field(default_factory=Threshold)

    @cached_property
    def versions(self) -> Mapping[str, int]:
        """The versions of the rules, by id."""
        return {rule_id: rule.version for rule_id, rule in self.rules.items()}

    @cached_property
    def former_names(self) -> Mapping[str, str]:
        """The ids with which the fingerprints of renamed rules are made, by id."""
        return {rule.id: rule.fingerprint_id for rule in self.rules.values() if rule.former_ids}

    @cached_property
    def ids_by_former(self) -> Mapping[str, str]:
        """The present ids of the rules, by the ids that they had before."""
        return {name: rule.id for rule in self.rules.values() for name in rule.former_ids}

    @cached_property
    def precedence(self) -> Precedence:
        """Which of several rules has a secret that they have found."""
        return Precedence(lambda: self.registry.rules)

    def examiner(self, rule_ids: Collection[str], *, with_dropped: bool) -> Examiner:
        """Return what examines contents for some rules.

        Args:
            rule_ids: The ids of the rules.
            with_dropped: Whether what steps of the rules drop is wanted too.
        """
        return Examiner(self.compiled(rule_ids), self.limits, with_dropped=with_dropped, keeps_text=True)
