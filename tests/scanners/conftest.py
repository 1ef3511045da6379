"""Runs built-in rules one at a time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

import beca_scanners
from beca_core import Confidence, Rule
from tests.core.matching.plain import PlainRules

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import RuleInfo, Scanner


Found = list[tuple[bytes, Confidence]]


@cache
def _scanners() -> dict[str, tuple[RuleInfo, Scanner]]:
    scanners = {rule.id: (rule, PlainRules([rule])) for rule in beca_scanners.beca_register_rules()}
    own = {rule.id: (rule, scanner) for scanner in beca_scanners.beca_register_scanners() for rule in scanner.rules}
    return {**scanners, **own}


@pytest.fixture(scope="session")
def find() -> Callable[[str, str | bytes], Found]:
    """`find(rule_id, text)` gives the secrets that a rule finds and how sure it is, in order."""

    def find_secrets(rule_id: str, text: str | bytes) -> Found:
        data = text.encode() if isinstance(text, str) else text
        rule, scanner = _scanners()[rule_id]
        assert isinstance(rule, Rule) or any(anchor in data for anchor in scanner.anchors) or not scanner.anchors
        return [
            (data[match.begin : match.end], match.confidence or rule.confidence)
            for match in sorted(scanner.scan(data))
            if match.rule_id == rule_id
        ]

    return find_secrets
