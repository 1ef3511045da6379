"""Which rules win over which, because they say that they supersede them."""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from beca_core.rules.rule import RuleInfo


def superiors(rules: Iterable[RuleInfo]) -> dict[str, frozenset[str]]:
    """Return for each rule that others supersede the ids of these, transitively, without those of a cycle with it.

    Args:
        rules: All rules; former ids are names of a rule too.
    """
    rules = list(rules)
    names = {name: rule.id for rule in rules for name in (*rule.former_ids, rule.id)}
    written = {each for rule in rules for each in rule.supersedes}
    named = {each: _named(each, names) for each in written}
    below = {
        rule.id: set().union(*map(named.__getitem__, rule.supersedes)) - {rule.id} for rule in rules if rule.supersedes
    }
    reached = {rule_id: _reached(rule_id, below) for rule_id in below}
    above: dict[str, set[str]] = defaultdict(set)
    for rule_id, inferior in reached.items():
        for other in inferior:
            if rule_id not in reached.get(other, ()):
                above[other].add(rule_id)
    return {rule_id: frozenset(of_rule) for rule_id, of_rule in above.items()}


def _named(written: str, names: Mapping[str, str]) -> set[str]:
    """Return the ids of the rules that a name or a pattern of names means, such as `generic-*`."""
    if "*" not in written:
        return {names[written]} if written in names else set()
    matching = re.compile(fnmatch.translate(written)).match
    return {rule_id for name, rule_id in names.items() if matching(name)}


def _reached(rule_id: str, below: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [rule_id]
    while waiting:
        new = below.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
