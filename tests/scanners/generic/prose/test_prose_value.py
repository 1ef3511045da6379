"""Secrets in sentences, comments, logs and chats; hashes, ids and public values in them are none."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Engine, explain, random_text
from beca_scanners.generic.prose.prose_rule import RULE_ID, prose_rule
from tests.scanners.conftest import every_rule

HEX = string.digits + "abcdef"
ALPHANUMERIC = string.ascii_letters + string.digits
SECRET = f"k{random_text(ALPHANUMERIC, 29, 'secret')}7q"
HEX_SECRET = f"{random_text(HEX, 38, 'hexadecimal secret')}7a"
RULE = prose_rule(rule.provider for rule in every_rule())
ENGINE = Engine(rules=[RULE])


def uuid(seed: str) -> str:
    digits = random_text(HEX, 32, seed)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def confidences(text: str) -> list[str]:
    return [finding.confidence.name for finding in ENGINE.scan_text(text)]


@pytest.mark.parametrize(
    "form",
    [
        "You can find a pinata secret {} within",
        "the API key is {}",
        "token {}\n",
        "the token is `{}`.",
        "use the access key '{}' here",
        "// credentials: user bob, password is {}",
        "my password was set to {}!",
        "[bob] api-key - {} (until friday)",
        "here is our new token: see below; token is: {}",
        "AUTH KEY {}",
        "Tokens are [{}]",
        "secrets ({})",
        "Passwd - {} ...",
        "The API key for mailgun is {}.",
    ],
)
@pytest.mark.parametrize("value", [SECRET, HEX_SECRET])
def test_sentences(form: str, value: str) -> None:
    (finding,) = ENGINE.scan_text(form.format(value))
    assert finding.secret == value.encode()
    assert finding.confidence is Confidence.MEDIUM


@pytest.mark.parametrize("seed", range(12))
def test_short_values_with_a_late_digit(seed: int) -> None:
    value = f"{random_text(string.ascii_letters, 21 + seed % 3, f'late {seed}')}7Q2"
    assert confidences(f"the secret is {value} now") == ["MEDIUM"]


@pytest.mark.parametrize("form", ["the token that bob brought {}", "secret sauce recipe {}"])
def test_other_words_between_make_it_low(form: str) -> None:
    assert confidences(form.format(SECRET)) == ["LOW"]


@pytest.mark.parametrize(
    "text",
    [
        f"token {HEX_SECRET} of this commit\n",
        f"git: the token {HEX_SECRET}\n",
        f"the sha256 of the password is {HEX_SECRET}",
        f"The key fingerprint is SHA256:{SECRET}",
        f"secret {uuid('request')} (request id)",
        f"your public API key is {SECRET}",
        f"the next page token is {SECRET}",
        f"an example token {SECRET}",
        f"an encrypted password {SECRET}",
        f"token = {SECRET}",
        f"update_credentials: {SECRET}",
        f"Passwd => {SECRET}",
        f"<password>{{{SECRET}}}</password>",
        f'token: "{SECRET}"',
        f'<input name="authenticity_token" value="{SECRET}">',
        f'"token" value="{SECRET}"',
        f"token {SECRET}(1)",
        f"token {SECRET}: string",
        f"token {SECRET}::new()",
        f"secret AAAAB3NzaC1yc2EAAAADAQABAAAB{SECRET}",
        "token getToken2FromRequestHeaders is returned",
        "secret projects/shop2/secrets/database-2024-06",
        "the password is correct-horse-2-battery-staple",
        "password 12345678901234567890123456",
        f"token {SECRET[:21]}7q",
        f"tokenizer {SECRET}",
        f"the token comes from the very long text that nobody reads {SECRET}",
        "Das Passwort ist zu kurz, Token2FuerDieAnmeldung fehlt",
    ],
)
def test_traps(text: str) -> None:
    assert confidences(text) == []


def test_a_uuid_needs_the_name_of_a_provider() -> None:
    assert confidences(f"the secret is {uuid('alone')}") == ["LOW"]
    assert confidences(f"a finnhub secret {uuid('provider')}") == ["MEDIUM"]
    assert confidences(f"the new relic API key {uuid('two words')}") == ["MEDIUM"]
    assert confidences(f"the notion secret {uuid('ordinary word')}") == ["LOW"]


def test_the_end_of_a_sentence_is_no_part_of_the_value() -> None:
    (finding,) = ENGINE.scan_text(f"The token is {SECRET}.\n")
    assert finding.secret == SECRET.encode()


def test_an_assignment_is_left_to_its_rules() -> None:
    assert "it is assigned, which other rules judge" in str(explain(RULE, f"token: '{SECRET}'"))


@pytest.mark.parametrize(
    ("form", "rule_id"),
    [
        ("the token is {}", RULE_ID),
        ("token: '{}'", "generic-token"),
        ("join --token k7{} --name node", "generic-command-line-password"),
    ],
)
def test_one_secret_is_one_finding(form: str, rule_id: str, engine: Engine) -> None:
    (finding,) = engine.scan_text(form.format(SECRET))
    assert finding.rule_id == rule_id
    assert finding.secret.endswith(SECRET.encode())


@given(
    before=st.text("ab tokenscr'\"\n(", max_size=60),
    link=st.text(" :=is`'(\n-", max_size=12),
    value=st.text(ALPHANUMERIC + "-_+/=.~", max_size=60),
    after=st.text("ab ;,'\"\n)=([:", max_size=60),
)
def test_any_text_may_be_around_a_word(before: str, link: str, value: str, after: str) -> None:
    text = f"{before}token{link}{value}{after}"
    for finding in ENGINE.scan_text(text):
        assert finding.secret in text.encode()
        assert len(finding.secret) >= 24
