"""What a value says about itself."""

from __future__ import annotations

import math
import string
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import random_text
from beca_scanners.generic.values import read_value_facts

HEX = string.digits + "abcdef"
INNER = random_text(string.ascii_letters + string.digits, 19, "inner").encode()


def numbers_of(value: str | bytes) -> dict[str, float]:
    return dict(read_value_facts(value.encode() if isinstance(value, str) else value))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("123456", "alphabet digits"),
        ("zabbix", "alphabet lower"),
        ("Passwort", "alphabet title"),
        ("welcome1", "alphabet word and number"),
        (random_text(HEX, 32), "alphabet hex"),
        ("some_name", "alphabet identifier"),
        ("Mot de passe", "alphabet many words"),
        ("contraseña", "alphabet foreign word"),
        ("пароль", "alphabet foreign word"),
        (f"a!{random_text(string.ascii_letters, 8)}1#", "alphabet printable"),
        ("abc", "length under 5"),
        ("a" * 200, "length more"),
        (f"{random_text(HEX, 8)}-1234-4123-8123-{random_text(HEX, 12)}", "shape uuid"),
        ("/etc/ssl/private.key", "shape path"),
        ("https://example.com/a", "shape url"),
        ("server.key", "shape file-name"),
        ("get_password()", "shape call"),
        ("MAX_SIZE", "shape constant"),
        (random_text(HEX, 40), "shape hash"),
        ("${PASSWORD}", "template"),
        ("{{ password }}", "template"),
        ("@DB_PASS@", "template"),
        ("<your password>", "placeholder template"),
        ("xxxxxxxxxxxx", "placeholder filler"),
        ("changeme", "says stand-in"),
        ("[omitted]", "says stand-in"),
        ("fake-password", "says test"),
        ("wrongpassword", "says otherwise"),
        ("always", "switch"),
        ("Boolean", "switch"),
        ("Contrase\\u00f1a", "speech"),
        (f"md5{random_text(HEX, 32)}", "password hash"),
        ("mQENB" + random_text(string.ascii_letters, 40), "public half"),
        ("my_secret", "says secret"),
        ("password1", "weak"),
        ("Enter your password", "speech"),
        (f"$2y$10${random_text(string.ascii_letters, 53)}", "password hash"),
        (f"$6$rounds=5000${random_text(string.ascii_letters, 16)}$x", "password hash"),
        ("ENC(abcdef)", "ciphertext"),
        ("vault:v1:abcdef", "ciphertext"),
        ("eyJ" + random_text(string.ascii_letters, 20), "json in base64"),
        ("pk_" + "live_" + random_text(string.ascii_letters, 20), "public half"),
        (random_text(string.ascii_letters + string.digits, 32), "has a digit"),
        ("user.name(x)", "code"),
    ],
)
def test_what_is_seen_in_a_value(value: str, number: str) -> None:
    assert numbers_of(value)[number] > 0


@pytest.mark.parametrize("value", ["alwaysOpen7", "on7", "truely", "md5sum", "mQENE4", "trustnone"])
def test_a_word_in_a_value_is_no_switch(value: str) -> None:
    assert {"switch", "password hash", "public half"}.isdisjoint(numbers_of(value))


@pytest.mark.parametrize("length", [12, 24, 40])
def test_random_values_are_no_words_and_no_shapes(length: int) -> None:
    for seed in range(20):
        numbers = numbers_of(random_text(string.ascii_letters + string.digits, length, seed))
        assert not [name for name in numbers if name.startswith(("shape", "placeholder", "words"))]
        assert numbers["surprise"] > 0.3


def test_a_value_has_one_alphabet_and_one_length() -> None:
    for value in ("a", "abc1", "A B", "é", "\x00\x01"):
        names = list(numbers_of(value))
        assert sum(name.startswith("alphabet ") for name in names) == 1
        assert sum(name.startswith("length ") for name in names) == 1


@given(st.binary(min_size=1, max_size=600))
def test_any_bytes_may_be_a_value(value: bytes) -> None:
    numbers = numbers_of(value)
    assert all(math.isfinite(number) and -1 <= number <= 1 for number in numbers.values())
    assert 0 not in {number for name, number in numbers.items() if name.startswith(("shape", "alphabet", "length"))}


@pytest.mark.parametrize(
    ("inner", "names"),
    [
        (INNER + b"EXAMPLE", {"encodes text", "encodes a placeholder"}),
        (b"ENC[RSA," + INNER + b"]", {"encodes text", "ciphertext"}),
        (INNER, {"encodes text"}),
        (b"robot:" + INNER, {"encodes a pair"}),
        (b"user:password", {"encodes a pair", "encodes a placeholder"}),
        (bytes(range(128, 152)), set()),
        (b"short", set()),
    ],
)
def test_what_a_value_encodes_is_looked_at(inner: bytes, names: set[str]) -> None:
    numbers = numbers_of(b64encode(inner))
    assert {name for name in numbers if name.startswith(("encodes", "ciphertext"))} == names
