"""What `{{...}}` stands for in the examples of a rule file."""

from __future__ import annotations

import base64
import re
import uuid
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core.plugins.rule_files.templates import GENERATORS, GeneratedRoom, WrongTemplate, alphabet, expand

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def made(text: str, seed: str = "s", **values: str) -> str:
    return expand(text, seed, GeneratedRoom(1_000_000), values)


@pytest.mark.parametrize(
    ("template", "pattern"),
    [
        ("acme_{{random 0-9a-f 32}}", "acme_[0-9a-f]{32}"),
        ("{{ random  A-Za-z0-9_- 5 }}", "[A-Za-z0-9_-]{5}"),
        ("{{uuid}}", "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("{{base64 24}}", "[A-Za-z0-9+/]{32}"),
        ("{{base64url 16}}", "[A-Za-z0-9_-]{22}"),
        ("{{base58check 128 32}}", "5[1-9A-HJ-NP-Za-km-z]{50}"),
        ("{{hex-bytes 3}}", "0x[0-9a-f]{2}, 0x[0-9a-f]{2}, 0x[0-9a-f]{2}"),
        ("{{decimal-bytes 2}}", "[0-9]{1,3}, [0-9]{1,3}"),
        ("{{jwt}}", r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{43}"),
        ("{{encode percent a b/}}", "a%20b%2F"),
        ("{{encode hex ab}}", "6162"),
        ("{{encode base64url ~~~}}", "fn5-"),
        ("{{{{ x }} and }}", r"\{\{ x \}\} and \}\}"),
        ("{a {{secret}}}", r"\{a S\}"),
    ],
)
def test_what_a_template_stands_for(template: str, pattern: str) -> None:
    assert re.fullmatch(pattern, made(template, secret="S"))


def test_a_checksum_covers_what_is_random_or_everything() -> None:
    text = made("acme_{{random 0-9A-Za-z 30}}{{checksum crc32 base62 6}}")
    number = 0
    for digit in text[35:]:
        number = number * 62 + BASE62.index(digit)
    assert number == zlib.crc32(text[5:35].encode())
    assert (
        made("acme_{{random 0-9 5}}{{checksum crc32 base62 6 all}}")[10:]
        != made("{{random 0-9 5}}{{checksum crc32 base62 6}}")[5:]
    )


def test_a_check_digit_is_right() -> None:
    digits = [int(digit) for digit in made("4{{random 0-9 14}}{{luhn}}")]
    doubled = [digit if number % 2 else sum(divmod(2 * digit, 10)) for number, digit in enumerate(digits)]
    assert sum(doubled) % 10 == 0


def test_the_same_template_stands_for_the_same_text() -> None:
    template = "{{random a-z 9}} {{random a-z 9}} {{uuid}}"
    assert made(template) == made(template)
    assert made(template) != made(template, "another")
    one, other, _ = made(template).split()
    assert one != other
    assert made("{{random a-z 9 7}}") == made("{{random a-z 9 7}}", "another")


def test_text_in_another_form() -> None:
    assert base64.b64decode(made("{{encode base64 user: pass}}")) == b"user: pass"
    assert uuid.UUID(made("{{uuid}}")).version == 4


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{rando 1}}", "{{rando}}, which is not known Did you mean random?"),
        ("{{secert}}", "Did you mean secret?"),
        ("{{}}", "which is not known There are random, "),
        ("{{ x", "has {{ without }} Write {{{{ for two braces."),
        ("{{random}}", "Write {{random ALPHABET LENGTH [SEED]}}."),
        ("{{random a-z x}}", "has a wrong {{random}}"),
        ("{{random z-a 5}}", "has a wrong {{random}}"),
        ("{{random a-z 0}}", "has a wrong {{random}}"),
        ("{{random a-z 65537}}", "has a wrong {{random}}"),
        ("{{random a-z 99999999999999999999}}", "has a wrong {{random}}"),
        ("{{base64 -1}}", "has a wrong {{base64}}"),
        ("{{uuid 4}}", "has a wrong {{uuid}}"),
        ("{{checksum crc33 base62 6}}", "has a wrong {{checksum}}"),
        ("{{checksum crc32 base62 6 some}}", "has a wrong {{checksum}}"),
        ("{{encode rot13 a}}", "has a wrong {{encode}}"),
        ("{{uuid}}" * 201, "more than 200 times"),
    ],
)
def test_what_cannot_be_expanded_is_refused(template: str, message: str) -> None:
    with pytest.raises(WrongTemplate) as caught:
        made(template, secret="S")
    assert message in str(caught.value)


def test_a_small_file_does_not_become_a_huge_one() -> None:
    room = GeneratedRoom(200_000)
    assert len(expand("{{secret}}" * 100, "s", room, {"secret": "x" * 1000})) == 100_000
    with pytest.raises(WrongTemplate, match="makes too much text"):
        expand("{{secret}}" * 200, "s", room, {"secret": "x" * 1000})


@pytest.mark.parametrize("name", GENERATORS)
def test_each_generator_says_how_it_is_written(name: str) -> None:
    assert GENERATORS[name].usage.split()[0] == name
    assert GENERATORS[name].text


@given(st.text("ab-z09_", min_size=1, max_size=10))
def test_an_alphabet_has_each_character_once(text: str) -> None:
    try:
        characters = alphabet(text)
    except ValueError:
        return
    assert len(set(characters)) == len(characters) > 0


@given(st.text("{}ab randomuid09- ", max_size=40))
def test_any_text_is_expanded_or_refused(text: str) -> None:
    try:
        assert "{{" in text or made(text) == text
        made(text)
    except WrongTemplate:
        assert "{{" in text
