"""How random a value looks: what machines make is MEDIUM, names, hashes and public values are not."""

from __future__ import annotations

import string
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, random_text
from beca_core.rules.candidate import Dropped
from beca_scanners.generic.randomness import LONGEST, SHORTEST, is_hash_like, randomness

HEX = string.digits + "abcdef"
ALPHANUMERIC = string.ascii_letters + string.digits
ALPHABETS = {
    "hexadecimal": (HEX, 32),
    "upper hexadecimal": (HEX.upper(), 40),
    "letters and digits": (ALPHANUMERIC, 24),
    "lower case and digits": (string.ascii_lowercase + string.digits, 32),
    "url-safe": (ALPHANUMERIC + "-_", 43),
    "base64": (ALPHANUMERIC + "+/", 44),
}


@pytest.mark.parametrize("kind", ALPHABETS)
def test_nearly_all_that_is_random_is_sure(kind: str) -> None:
    alphabet, length = ALPHABETS[kind]
    values = [random_text(alphabet, length - 2, f"{kind} {number}") + "7a" for number in range(300)]
    values = [value.upper() if kind.startswith("upper") else value for value in values]
    sure = [value for value in values if randomness(value.encode()) is Confidence.MEDIUM]
    assert len(sure) >= 297


@pytest.mark.parametrize(
    "value",
    [
        "getUserByAccountIdentifier2",
        "my-production-server-01-eu-west",
        "us-east-1-production-cluster1",
        "pages/settings/billing_v2/index",
        "stripe-payment-intent-2024-05",
        "20240115T103000Z-backup-db1",
        "elasticsearch7.10.2-oss-multi",
        "windows-server-2019-datacenter-gen2",
        "assets/javascripts/vendor/jquery-3.7.1",
        "com.acme.application.v2.configuration",
        "https-api.acme.dev.v1.accounts",
        "user12345678901234567890",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "xxxxxxxxxxxxxxxxxxxxxxxx1",
        "your-api-key-goes-here-123",
        "98765432109876543210987654",
    ],
)
def test_names_and_placeholders_are_not_random(value: str) -> None:
    assert isinstance(randomness(value.encode()), Dropped)


@pytest.mark.parametrize(
    ("beginning", "alphabet", "length"),
    [
        ("Qm", "123456789abcdefghijkmnopqrstuvwxyz", 44),
        ("bafybei", "abcdefghijklmnopqrstuvwxyz234567", 52),
        ("0x", HEX, 40),
        ("AAAAB3NzaC1", ALPHANUMERIC, 100),
        ("MIIBI", ALPHANUMERIC, 100),
        ("sha512-", ALPHANUMERIC, 86),
        ("eyJ", ALPHANUMERIC, 40),
        ("pk_live_", ALPHANUMERIC, 40),
        ("h1", HEX, 1),
    ],
)
def test_what_is_public_is_dropped(beginning: str, alphabet: str, length: int) -> None:
    assert isinstance(randomness((beginning + random_text(alphabet, length, beginning)).encode()), Dropped)


def test_what_is_less_sure_is_low() -> None:
    assert randomness(str(UUID(int=int(random_text(HEX, 32, "id"), 16))).encode()) is Confidence.LOW
    assert randomness(f"{random_text(HEX, 22, 'object id')}7a".encode()) is Confidence.LOW


def test_few_digits_are_not_random() -> None:
    assert isinstance(randomness(random_text("0123abc", 32, "few").encode()), Dropped)


@pytest.mark.parametrize("length", [SHORTEST - 1, LONGEST + 1])
def test_a_value_has_bounds(length: int) -> None:
    found = randomness(f"7{random_text(ALPHANUMERIC, length - 1, 'bounds')}".encode())
    assert found == Dropped("it is too short or too long")


@pytest.mark.parametrize(("length", "is_hash"), [(32, True), (40, True), (64, True), (33, False), (24, False)])
def test_hashes_have_known_lengths(length: int, is_hash: bool) -> None:
    value = random_text(HEX, length, "hash").encode()
    assert is_hash_like(value) is is_hash
    assert not is_hash_like(value[:-1] + b"g")


@given(st.binary(max_size=220))
def test_any_bytes_have_an_answer(value: bytes) -> None:
    found = randomness(value)
    assert found in (Confidence.MEDIUM, Confidence.LOW) or isinstance(found, Dropped)
    assert randomness(value) == found
