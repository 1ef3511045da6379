"""What a name says about its value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_scanners.generic.names import LONGEST_NAME, name_around, read_name

KINDS = {
    "password": "password DB_PASSWORD userPassword passwd root_pwd smtp.pass passphrase keystore.password newPassword2",
    "secret": "secret clientSecret CLIENT_SECRET app-secret webhook_secret token_secret",
    "token": "token accessToken ACCESS_TOKEN x-auth-token jwt password_token",
    "key": "key apiKey API_KEY secret_key aws.access.key encryptionkey SecretKey",
    "credential": "auth oauth_nonce salt credentials AUTH_SALT",
    "": "author passenger keyboard tokenizer secretary PublicKeyToken primary_key keyId compass x",
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in KINDS.items() for name in names.split()])
def test_the_last_word_that_names_a_secret_decides_about_its_kind(kind: str, name: str) -> None:
    assert read_name(name.encode()).kind == kind


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("password_file", "name after locates"),
        ("passwordHint", "name after speaks"),
        ("api_key_id", "name after identifies"),
        ("token_expiry", "name after measures"),
        ("public_key", "name before public"),
        ("encrypted_password", "name before encrypts"),
        ("next_page_token", "name before pages"),
        ("update_password", "name before acts"),
        ("client_secret", "name before strengthens"),
        ("mysql_password", "name before stores"),
        ("secret_token", "name also secret"),
        ("API_KEY", "name upper"),
        ("spring.datasource.password", "name dotted"),
        ("password", "name only password"),
    ],
)
def test_words_beside_it_are_evidence(name: str, number: str) -> None:
    assert dict(read_name(name.encode()).numbers)[number] == 1.0


def test_a_name_without_such_a_word_is_no_evidence() -> None:
    assert read_name(b"colour").numbers == ()


@pytest.mark.parametrize("before", ["", " ", '"', "(", "{", "\n", "é "])
@pytest.mark.parametrize("after", ["", " =", '"', ")", "\n", ": 1"])
def test_the_name_around_a_word(before: str, after: str) -> None:
    text = f"{before}my.db-Password_2{after}".encode()
    begin = text.index(b"Password")
    first, last = name_around(text, begin, begin + len(b"Password"))
    assert text[first:last] == b"my.db-Password_2"


def test_a_name_is_read_up_to_a_limit() -> None:
    text = b"a" * 500 + b"password" + b"b" * 500
    assert name_around(text, 500, 508) == (500 - LONGEST_NAME, 508 + LONGEST_NAME)


@given(before=st.binary(max_size=200), word=st.sampled_from([b"password", b"key"]), after=st.binary(max_size=200))
def test_any_bytes_may_be_around_a_word(before: bytes, word: bytes, after: bytes) -> None:
    begin, end = len(before), len(before) + len(word)
    first, last = name_around(before + word + after, begin, end)
    assert begin - LONGEST_NAME <= first <= begin
    assert end <= last <= end + LONGEST_NAME


@given(st.binary(max_size=120))
def test_any_bytes_may_be_a_name(name: bytes) -> None:
    facts = read_name(name)
    assert bool(facts.kind) == bool(facts.numbers)
    assert all(value == 1.0 for _, value in facts.numbers)
