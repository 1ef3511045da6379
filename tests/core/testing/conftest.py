"""A sound rule, and what the kit says of it after a change."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from beca_core import Confidence, Example, PluginRegistry, Rule, Severity, random_text
from beca_core.testing import prove_rule

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "acme_" + random_text("0123456789abcdef", 32)
SOUND = Rule(
    id="acme-token",
    version=1,
    description="ACME internal token",
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    pattern="(?P<secret>acme_[0-9a-f]{32})",
    boundary="0-9A-Za-z_",
    examples=(Example(f"token = {TOKEN}", secret=TOKEN),),
    counter_examples=("acme_readme",),
)


@pytest.fixture
def failures() -> Callable[..., list[str]]:
    """Return what the kit says of the sound rule with other fields."""

    def changed(**changes: Any) -> list[str]:
        rule = dataclasses.replace(SOUND, **changes)
        return prove_rule(rule, PluginRegistry(cache_dir=False).with_rules([rule]))

    return changed


@pytest.fixture
def token() -> str:
    """Return the secret of the example of the sound rule."""
    return TOKEN
