"""The private keys of wallets: their checksums agree with published values, and refuse every other character."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Candidate, Confidence, Dropped
from beca_core.checks import Base58Check
from beca_scanners.consumer.blockchains import blockchain_keys
from beca_scanners.consumer.blockchains.wallet_checksums import (
    BECH32,
    RIPPLE58,
    RIPPLE_SEED,
    as_stellar_seed,
    check_bech32,
    check_ripple,
    check_stellar,
    in_base58check,
    in_bech32,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from beca_core import Rule

    Check = Callable[[Candidate], Candidate | Dropped | None]

WITH_CHECKSUM = [rule for rule in blockchain_keys.RULES if len(rule.checks) == 1]


def is_kept(check: Check, text: str) -> bool:
    data = text.encode()
    return not isinstance(check(Candidate(data, 0, len(data), Confidence.HIGH)), Dropped)


def test_bech32_agrees_with_a_valid_text_of_bip_173() -> None:
    assert in_bech32("abcdef", BECH32) == f"abcdef1{BECH32}mqqqxw"
    assert is_kept(check_bech32, "a12uel5l")
    assert not is_kept(check_bech32, "a12uel5p")


def test_the_seed_of_the_xrp_ledger_agrees_with_that_of_its_first_account() -> None:
    """Its passphrase is published, and so are the ends of its seed."""
    seed = in_base58check(bytes([RIPPLE_SEED]) + hashlib.sha512(b"masterpassphrase").digest()[:16], RIPPLE58)
    assert (seed[:6], seed[-4:], len(seed)) == ("snoPBr", "SUTb", 29)
    assert is_kept(check_ripple, seed)


@given(st.binary(min_size=32, max_size=32))
def test_a_seed_of_stellar_begins_with_its_letter_and_has_a_right_checksum(data: bytes) -> None:
    seed = as_stellar_seed(data)
    assert (seed[0], len(seed)) == ("S", 56)
    assert is_kept(check_stellar, seed)


@given(st.binary(min_size=1, max_size=80).filter(lambda data: data[0] > 0))
def test_base58check_is_what_the_check_of_that_name_requires(data: bytes) -> None:
    assert is_kept(Base58Check(versions=(data[0],), lengths=(len(data) - 1,)), in_base58check(data))


@given(st.text(st.sampled_from(BECH32), min_size=1, max_size=60), st.sampled_from(["suiprivkey", "addr_xsk", "x"]))
def test_bech32_refuses_any_other_character(digits: str, prefix: str) -> None:
    text = in_bech32(prefix, digits)
    assert is_kept(check_bech32, text)
    for place in range(len(prefix) + 1, len(text)):
        other = BECH32[(BECH32.index(text[place]) + 1) % len(BECH32)]
        assert not is_kept(check_bech32, text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("rule", WITH_CHECKSUM, ids=lambda rule: rule.id)
def test_a_key_with_another_character_is_refused(rule: Rule) -> None:
    (check,) = rule.checks
    for example in rule.examples:
        key = example.secret_bytes.decode()
        assert is_kept(check, key)
        for place in range(len(key) - 40 if len(key) > 60 else 1, len(key)):
            other = next(each for each in key[-20:] if each != key[place])
            assert not is_kept(check, key[:place] + other + key[place + 1 :]), (rule.id, place)


def test_there_are_rules_with_a_checksum_for_each_of_these_blockchains() -> None:
    assert {rule.provider for rule in WITH_CHECKSUM} == {
        "Bitcoin",
        "Cardano",
        "Stellar",
        "Sui",
        "Tezos",
        "XRP Ledger",
    }
