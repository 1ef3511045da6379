"""Runs built-in rules one at a time, and tests over all rules at once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

import beca_scanners
from beca_core import Confidence, Engine, PluginRegistry, Rule
from tests.conftest import PROFILE
from tests.core.matching.plain import PlainRules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from beca_core import RuleInfo, Scanner


Found = list[tuple[bytes, Confidence]]


def every_rule() -> list[RuleInfo]:
    """Return the declarative rules and those of the scanners."""
    scanners = beca_scanners.beca_register_scanners()
    return [*beca_scanners.beca_register_rules(), *(rule for scanner in scanners for rule in scanner.rules)]


def all_rules(rules: Sequence[RuleInfo]) -> pytest.MarkDecorator:
    """Give a test all rules at once, as `rules`, and in the nightly profile each rule alone as well.

    So a test that looks at hundreds of rules compiles them once, and says which rule is wrong in its assertion.
    """
    each = [pytest.param((rule,), id=rule.id) for rule in rules] if PROFILE == "nightly" else []
    return pytest.mark.parametrize("rules", [pytest.param(tuple(rules), id="all"), *each])


@pytest.fixture(scope="session")
def registry() -> PluginRegistry:
    """The built-in rules, and no others that are installed."""
    registry = PluginRegistry()
    assert registry.register(beca_scanners, "builtin").problems == []
    return registry


@pytest.fixture(scope="session")
def engine(registry: PluginRegistry) -> Engine:
    """All built-in rules that are enabled, compiled once for all tests."""
    return Engine(registry)


@cache
def _scanner(rule_id: str) -> tuple[RuleInfo, Scanner]:
    for rule in beca_scanners.beca_register_rules():
        if rule.id == rule_id:
            return rule, PlainRules([rule])
    return next(
        (rule, scanner)
        for scanner in beca_scanners.beca_register_scanners()
        for rule in scanner.rules
        if rule.id == rule_id
    )


@pytest.fixture(scope="session")
def find() -> Callable[[str, str | bytes], Found]:
    """`find(rule_id, text)` returns the secrets that a rule finds and their confidences, in order."""

    def find_secrets(rule_id: str, text: str | bytes) -> Found:
        data = text.encode() if isinstance(text, str) else text
        rule, scanner = _scanner(rule_id)
        assert isinstance(rule, Rule) or any(anchor in data for anchor in scanner.anchors) or not scanner.anchors
        return [
            (data[match.begin : match.end], match.confidence or rule.confidence)
            for match in sorted(scanner.scan(data))
            if match.rule_id == rule_id
        ]

    return find_secrets
