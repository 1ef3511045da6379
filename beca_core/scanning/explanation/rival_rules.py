"""`RivalRules`: what the other rules find in a text, and which rule reports a secret that several find."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from beca_core.report import ProblemLog
from beca_core.rules.path_patterns import applies
from beca_core.scanning.results.precedence import Precedence
from beca_core.sources.positions import PositionReader
from beca_core.state.hit import Hit

if TYPE_CHECKING:
    from beca_core.plugins.registry import PluginRegistry
    from beca_core.rules.rule import RuleInfo
    from beca_core.scanning.explanation.explanation import CandidateExplanation


class RivalRules:
    """The other rules that take part in a scan; they are asked only if the rule finds something.

    Args:
        rule: The rule that is explained.
        content: The text.
        path: Where it is; empty: somewhere where all rules apply.
        registry: All rules.
    """

    def __init__(self, rule: RuleInfo, content: bytes, path: str, registry: PluginRegistry) -> None:
        self._rule = rule
        self._content = content
        self._path = os.fsencode(path)
        self._registry = registry
        self._precedence = Precedence(lambda: registry.rules)

    def compared(self, candidate: CandidateExplanation) -> CandidateExplanation:
        """Return a candidate that is found with the other rules that find it, and with the one that reports it."""
        confidence = candidate.confidence or self._rule.confidence
        own = Hit(
            self._rule.id,
            candidate.begin,
            candidate.end,
            candidate.secret,
            confidence,
            candidate.decodings,
            severity=candidate.severity,
        )
        others = [hit for hit in self._found if self._precedence.are_rivals(own, hit)]
        if not others:
            return candidate
        decision = self._precedence.decide([own, *others])[0]
        if decision.winner is not None:
            winner, reason = decision.winner.rule_id, self._precedence.reason(decision.winner, own)
        else:
            winner = own.rule_id
            reason = "; ".join(dict.fromkeys(self._precedence.reason(own, hit) for hit in others))
        ids = tuple(sorted({hit.rule_id for hit in others}))
        return replace(candidate, others=ids, winner=winner, reason=reason)

    @cached_property
    def _found(self) -> list[Hit]:
        """What the rules find that are enabled and apply at the path."""
        enabled = {rule_id: rule for rule_id, rule in self._registry.rules.items() if rule.enabled}
        rules = {
            rule_id: rule
            for rule_id, rule in enabled.items()
            if rule_id != self._rule.id and (not self._path or applies(rule.paths, self._path))
        }
        # All that are enabled, as in most scans: what is compiled is in the cache then.
        matches = self._registry.compile([*enabled]).find(self._content, ProblemLog()) if rules else []
        reader = PositionReader(self._content)
        return [
            Hit(
                match.rule_id,
                reader.position(match.begin),
                reader.position(match.end),
                b"",
                match.confidence or rules[match.rule_id].confidence,
                match.decodings,
                severity=match.severity,
            )
            for match in matches
            if match.rule_id in rules
        ]
