"""Tokens of databases: what makes them secrets beside their form."""

from __future__ import annotations

import json
import string
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Confidence, Engine, PluginRegistry, random_text
from beca_scanners.data import search_engines

if TYPE_CHECKING:
    from collections.abc import Callable

    Find = Callable[[str, str | bytes], list[tuple[bytes, Confidence]]]

LETTERS = string.ascii_letters + string.digits
HEX32 = random_text("0123456789abcdef", 32, "key")
identifiers = st.text(LETTERS + "-_", min_size=20, max_size=20)


def web_token(claims: dict[str, object]) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    encoded = [
        urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=") for part in parts
    ]
    return ".".join([*encoded, random_text(LETTERS, 43, "signature")])


@given(ref=identifiers, at=st.integers(0, 2_000_000_000))
def test_a_service_key_of_supabase_is_found_whatever_else_it_claims(ref: str, at: int, find: Find) -> None:
    token = web_token({"iss": "supabase", "ref": ref, "role": "service_role", "iat": at, "exp": at + 1})
    assert find("supabase-service-key", f"SERVICE_ROLE_KEY={token}\n") == [(token.encode(), Confidence.HIGH)]


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "supabase", "ref": "a", "role": "anon"},
        {"iss": "supabase-demo", "role": "service_role"},
        {"iss": "another", "role": "service_role"},
        {"role": "service_role"},
    ],
)
def test_a_public_or_foreign_token_is_no_service_key(claims: dict[str, object], find: Find) -> None:
    assert find("supabase-service-key", web_token(claims)) == []


@given(key_id=identifiers, key=st.text(LETTERS + "-_", min_size=22, max_size=22))
def test_a_pair_of_elasticsearch_is_recognised_in_base64(key_id: str, key: str, find: Find) -> None:
    encoded = b64encode(f"{key_id}:{key}".encode()).decode()
    found = find("elastic-stack-api-key", f"Authorization: ApiKey {encoded}\n")
    assert found in ([], [(encoded.rstrip("=").encode(), Confidence.HIGH)])
    if len(set(key_id)) > 12 and len(set(key)) > 12:
        assert found, encoded


@pytest.mark.parametrize("secret", ["changeme", "password", "xxxxxxxxxxxx"])
@pytest.mark.parametrize(
    "host", ["abc.eu-west-1.aws.postgres.snowflake.app", "localhost", "postgres.snowflake.app.example.org"]
)
def test_no_placeholder_and_no_other_host_is_a_password_of_snowflake(secret: str, host: str, find: Find) -> None:
    assert find("snowflake-postgres-url-password", f"postgres://application:{secret}@{host}:5432/postgres") == []


def test_the_more_dangerous_key_of_algolia_is_the_finding() -> None:
    registry = PluginRegistry(cache_dir=False).with_rules(search_engines.RULES)
    (found,) = Engine(registry).scan_text(f"ALGOLIA_ADMIN_API_KEY={HEX32}\n")
    assert found.rule_id == "algolia-admin-key"
    (found,) = Engine(registry).scan_text(f"ALGOLIA_SEARCH_API_KEY={HEX32}\n")
    assert found.rule_id == "algolia-api-key"
