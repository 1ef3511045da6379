"""Rules of secrets in a place, and of providers with one secret: they prove themselves, and find nothing elsewhere."""

from __future__ import annotations

import pytest

from beca_core import Confidence, Engine, PluginRegistry, Rule, Severity, random_text
from beca_core.testing import prove
from beca_scanners.building import Provider, base62, either, hexadecimal
from beca_scanners.building.placed import TokenPlace
from beca_scanners.building.single import single

ACME = Provider(
    name="Acme",
    category="cloud",
    reference="https://docs.acme.com/keys",
    remediation="Delete the key in the console.",
)
DIGITS = random_text("0123456789abcdef", 32, "placed")


def place(**fields: str) -> TokenPlace:
    return TokenPlace(
        before=r"Host=(?P<host>[a-z]+)\.acme\.com;Key=",
        after=fields.get("after", ""),
        lines=("Host=shop.acme.com;Key={};", '"Host=shop.acme.com;Key={}"'),
    )


def is_proven(rule: Rule) -> bool:
    return prove(PluginRegistry(cache_dir=False).with_rules([rule]))[rule.id] == []


def found(rule: Rule, text: str) -> list[bytes]:
    return [finding.secret for finding in Engine(rules=[rule], cache_dir=False).scan_text(text)]


@pytest.mark.parametrize("after", ["", "(?:[;\"'\\n]|$)"])
def test_a_rule_of_a_place_proves_itself(after: str) -> None:
    assert is_proven(place(after=after).rule(ACME, "acme-connection", "Acme key", hexadecimal(32)))


def test_the_secret_alone_is_found_with_what_is_shown_beside_it() -> None:
    rule = place().rule(ACME, "acme-connection", "Acme key", hexadecimal(32), attributes=("host",))
    (finding,) = Engine(rules=[rule], cache_dir=False).scan_text(f"Host=shop.acme.com;Key={DIGITS};")
    assert finding.secret == DIGITS.encode()
    assert dict(finding.attributes) == {"host": "shop"}


@pytest.mark.parametrize(
    "text",
    [
        f"Key={DIGITS}",
        f"Host=shop.acme.org;Key={DIGITS}",
        f"Host=shop.acme.com;Key={DIGITS}0",
        f"Host=shop.acme.com;Key={DIGITS[:-1]}",
        f"Host=shop.acme.com;Key={'0' * 32}",
    ],
)
def test_elsewhere_and_in_another_form_nothing_is_found(text: str) -> None:
    assert found(place().rule(ACME, "acme-connection", "Acme key", hexadecimal(32)), text) == []


def test_what_follows_has_to_follow() -> None:
    rule = place(after=";").rule(ACME, "acme-connection", "Acme key", hexadecimal(32))
    assert found(rule, f"Host=shop.acme.com;Key={DIGITS};")
    assert not found(rule, f"Host=shop.acme.com;Key={DIGITS},")


def test_every_line_and_every_choice_is_an_example() -> None:
    rule = place().rule(ACME, "acme-connection", "Acme key", either("a_", "b_", "c_"), hexadecimal(32))
    assert {example.secret_bytes[:2] for example in rule.examples} == {b"a_", b"b_", b"c_"}
    assert any(example.data.startswith(b'"') for example in rule.examples)


def test_the_secret_of_a_provider_with_a_form_of_its_own() -> None:
    rule = single("Acme", "cloud", "https://docs.acme.com", "acme-key", "API key", "acme_", base62(40))
    assert (rule.description, rule.provider, rule.confidence) == ("Acme API key", "Acme", Confidence.HIGH)
    assert rule.severity is Severity.HIGH
    assert is_proven(rule)


def test_the_secret_of_a_provider_that_is_known_by_a_name() -> None:
    rule = single(
        "Acme",
        "cloud",
        "https://docs.acme.com",
        "acme-key",
        "API key",
        hexadecimal(32),
        words=("acme", "acmecorp"),
        severity=Severity.CRITICAL,
        supersedes=("other-key",),
    )
    assert (rule.confidence, rule.severity) == (Confidence.MEDIUM, Severity.CRITICAL)
    assert {"other-key", "secret-key"} <= {*rule.supersedes}
    assert found(rule, f"ACME_KEY={DIGITS}") == [DIGITS.encode()]
    assert found(rule, f"KEY={DIGITS}") == []
    assert is_proven(rule)
