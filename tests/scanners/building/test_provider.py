"""Rules of a provider: what each kind of them finds, and what it leaves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Engine, PluginRegistry, Rule, random_text
from beca_core.testing import prove
from beca_scanners.building import Provider, TokenShape, base62, digits, either, hexadecimal, upper36, uuid

if TYPE_CHECKING:
    from beca_scanners.building.shape import Piece

ACME = Provider(
    name="Acme",
    category="cloud",
    reference="https://acme.test/keys",
    remediation="Delete the key in the console.",
)
LETTERS_AND_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

KEY_ID = TokenShape("ACID", upper36(16))
PAIR = ACME.paired("acme-secret", "Acme secret", KEY_ID, base62(32), supersedes=("acme-named-secret",))
NAMED = ACME.named("acme-named-secret", "Acme secret with a name", "acme", base62(24, 40))
LED = ACME.token("acme-hook", "Acme hook", digits(6), "/", base62(24), lead="https://hooks.acme.test/in/")


def prove_rule(rule: Rule) -> list[str]:
    proof = prove(PluginRegistry(cache_dir=False).with_rules((rule,)))
    return [str(problem) for problems in proof.values() for problem in problems]


def found(text: str, *rules: Rule) -> list[str]:
    return [finding.secret.decode() for finding in Engine(rules=list(rules)).scan_text(text)]


@pytest.mark.parametrize("rule", [PAIR, NAMED, LED], ids=lambda rule: rule.id)
def test_each_kind_of_rule_proves_itself(rule: Rule) -> None:
    assert prove_rule(rule) == []


@pytest.mark.parametrize("secret", [(hexadecimal(40),), (base62(12, 20),), uuid(), ("AC", base62(30), "==")])
def test_pairs_of_many_shapes_prove_themselves(secret: tuple[Piece, ...]) -> None:
    assert prove_rule(ACME.paired("acme-other-secret", "Acme secret", TokenShape("ACID", base62(8, 12)), *secret)) == []


@given(st.text(max_size=8))
def test_a_pair_is_found_with_its_identifier_on_any_side(seed: str) -> None:
    known, secret = KEY_ID.samples(seed)[0], base62(32).sample(seed)
    engine = Engine(rules=[PAIR])
    for text in (f"{known}:{secret}", f"{secret}\n{known}", f"a = '{known}'\n\nb = '{secret}'"):
        (finding,) = engine.scan_text(text)
        assert finding.secret.decode() == secret
        assert [(part.name, part.clear, part.text) for part in finding.parts] == [("key-id", known, "ACID...(20)")]


def test_a_secret_of_a_pair_is_not_found_alone_nor_far_away() -> None:
    known, secret = KEY_ID.samples("alone")[0], base62(32).sample("alone")
    assert found(secret, PAIR) == []
    assert found(f"{known}{' ' * 300}{secret}", PAIR) == []
    assert found(f"{known}\n\n\n\n\n\n\n{secret}", PAIR) == []
    assert found(f"ACID {secret}", PAIR) == []


def test_a_hash_beside_an_identifier_is_no_secret() -> None:
    known = KEY_ID.samples("hash")[0]
    assert found(f"{known} {random_text('0123456789abcdef', 32, 'hash')}", PAIR) == []


def test_a_pair_supersedes_what_the_name_says() -> None:
    known, secret = KEY_ID.samples("both")[0], base62(32).sample("both")
    (finding,) = Engine(rules=[NAMED, PAIR]).scan_text(f"acme_id = {known}\nacme_secret = {secret}\n")
    assert finding.rule_id == "acme-secret"
    assert [other.rule_id for other in finding.superseded] == ["acme-named-secret"]


@given(st.text(max_size=8))
def test_the_lead_is_no_part_of_the_secret(seed: str) -> None:
    token = f"{digits(6).sample(seed)}/{base62(24).sample(seed)}"
    assert found(f"POST https://hooks.acme.test/in/{token}", LED) == [token]
    assert found(f"POST https://other.acme.test/in/{token}", LED) == []


@pytest.mark.parametrize(
    "value",
    ["getAccountAccessTokenFromFile", "configurationOfProductionEnvironment", "read_secret_from_the_environment"],
)
def test_a_name_of_code_is_no_value_of_a_name(value: str) -> None:
    assert found(f"acme_secret = {value}", NAMED) == []


@given(st.integers(24, 40), st.text(max_size=8))
def test_what_is_random_is_a_value_of_a_name(length: int, seed: str) -> None:
    value = random_text(LETTERS_AND_DIGITS, length, seed)
    assert found(f"acme_secret = {value}", NAMED) == [value]


def test_each_choice_of_a_named_rule_is_among_its_examples() -> None:
    rule = ACME.named("acme-key", "Acme key", "acme", either("a_", "b_", "c_"), base62(24, 40))
    assert {example.secret_bytes[:2] for example in rule.examples} == {b"a_", b"b_", b"c_"}
