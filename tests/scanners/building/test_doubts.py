"""Checks that doubt a candidate, by the rules that have them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest

from beca_core import Confidence, Engine, random_text

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGINE = Engine()
BASE64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
HASH = f"$5${random_text(BASE64, 16, 'salt')}${random_text(BASE64, 43, 'hash')}"
PASSWORD = random_text("bcdfghjkmnpqrstvwxz23456789", 14, "doubts")


def confidence_of(text: str, rule_id: str) -> Confidence | None:
    """Return the confidence of the only finding of a rule; None: there is none."""
    found = [finding.confidence for finding in ENGINE.scan_text(text) if finding.rule_id == rule_id]
    assert len(found) <= 1
    return found[0] if found else None


def jwt(claims: Mapping[str, Any]) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    encoded = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, random_text(BASE64[2:], 43, "signature")))


MAIL_ADDRESS = "mailto:" + "robot@acme.dev"


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        (f"app:{HASH}:19000:0:99999:7:::\n", Confidence.MEDIUM),
        (f"{HASH}\n", Confidence.MEDIUM),
        (f"# an example follows\n{HASH}\n", Confidence.MEDIUM),
        (f"an example of a hash: {HASH}\n", Confidence.LOW),
        (f'assert.Equal(t, "{HASH}", crypted)\n', Confidence.LOW),
        (f"test_user: {HASH}\n", Confidence.LOW),
        (f"'{HASH}',  # dummy\n", Confidence.LOW),
    ],
)
def test_a_hash_on_the_line_of_an_example_is_doubted(text: str, confidence: Confidence) -> None:
    assert confidence_of(text, "sha256-crypt-hash") is confidence


@pytest.mark.parametrize(
    ("claims", "confidence"),
    [
        ({"sub": "app", "iat": 1_700_000_000}, Confidence.MEDIUM),
        ({"sub": "app", "iat": 1_700_000_000, "exp": 1_700_086_400}, Confidence.MEDIUM),
        ({"sub": "app", "iat": 1_700_000_000, "exp": 1_700_000_601}, Confidence.MEDIUM),
        ({"sub": "app", "iat": 1_700_000_000, "exp": 1_700_000_600}, Confidence.LOW),
        ({"sub": "app", "nbf": 1_700_000_000, "exp": 1_700_000_300}, Confidence.LOW),
        ({"sub": "app", "iat": "today", "exp": 1_700_000_300}, Confidence.MEDIUM),
        ({"sub": "1234567890", "iat": 1_516_239_022}, Confidence.LOW),
        ({"sub": "1234567890", "iat": 1_516_239_022, "iss": "https://login.acme.dev"}, Confidence.MEDIUM),
    ],
)
def test_a_token_that_was_valid_for_minutes_is_doubted(claims: dict[str, Any], confidence: Confidence) -> None:
    assert confidence_of(f"log: {jwt(claims)}\n", "json-web-token") is confidence


@pytest.mark.parametrize(
    ("url", "rule_id", "confidence"),
    [
        (f"https://app:{PASSWORD}@git.acme.dev", "web-url-password", Confidence.HIGH),
        (f"https://{MAIL_ADDRESS}", "web-url-password", Confidence.LOW),
        (f"https://tel:{PASSWORD}@acme.dev", "web-url-password", Confidence.LOW),
        (f"postgres://app:{PASSWORD}@localhost/shop", "postgresql-url-password", Confidence.MEDIUM),
    ],
)
def test_addresses_for_mail_are_doubted(url: str, rule_id: str, confidence: Confidence) -> None:
    assert confidence_of(f'url = "{url}"\n', rule_id) is confidence


@pytest.mark.parametrize("value", ["config['pypi']['password']", "read(file)", "os.environ[KEY]"])
def test_an_expression_is_no_password_of_a_file(value: str) -> None:
    assert confidence_of(f"[pypi]\nusername = robot\npassword = {value}\n", "pypirc-password") is None
    assert confidence_of(f"[pypi]\nusername = robot\npassword = {PASSWORD}(\n", "pypirc-password") is Confidence.HIGH
