"""A secret that a built-in rule knows is its finding, also where it is the value of a `private_key`."""

from __future__ import annotations

import pytest

from beca_core import Confidence, Engine
from beca_core.rules.rule import random_text
from beca_scanners.keys.private_keys import armour, example_key
from tests.scanners.conftest import every_rule

KEY = armour("PRIVATE KEY", example_key())
TOKEN = next(rule.examples[0].secret for rule in every_rule() if rule.id == "github-token")


@pytest.mark.parametrize(
    ("value", "rule_id"),
    [
        (KEY, "pem-private-key"),
        (KEY.replace("\n", "\\n"), "pem-private-key"),
        ("\n".join(KEY.split("\n")[:5]), "pem-private-key"),
        (armour("ENCRYPTED PRIVATE KEY", example_key()), "pem-encrypted-private-key"),
        (TOKEN, "github-token"),
        (random_text("0123456789abcdef", 40, "value"), "secret-key"),
    ],
)
@pytest.mark.parametrize("quote", ['"', '"""'])
def test_the_value_of_a_private_key_is_one_finding(value: str, rule_id: str, quote: str, engine: Engine) -> None:
    found = [
        each
        for each in engine.scan_text(f"private_key = {quote}{value}{quote}\n")
        if each.confidence is not Confidence.LOW or each.rule_id != "secret-key"
    ]
    assert [each.rule_id for each in found] == [rule_id]
    assert {other.rule_id for other in found[0].superseded} <= {"secret-key", "generic-key", "generic-token"}
