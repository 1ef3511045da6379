"""Rules for JSON Web Tokens of one issuer: the issuer, the header and the claims decide."""

from __future__ import annotations

import json
import string
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beca_core import Engine, PluginRegistry, Rule, random_text
from beca_core.testing import prove
from beca_scanners.building import Provider
from beca_scanners.building.web_token import web_token

ACME = Provider(name="Acme", category="test", reference="https://docs.acme.com/", remediation="Revoke it.")
SIGNATURE = random_text(string.ascii_letters + string.digits + "-_", 86, "signature")
ISSUED = web_token(ACME, "acme-issued", "Acme token", {"iss": "https://acme.com/1"}, issuers=("https://acme.com/",))
MARKED = web_token(ACME, "acme-marked", "Acme token", {"a": 1}, header={"acme": 1, "alg": "RS256"}, headers=("acme",))
ADMIN = web_token(
    ACME, "acme-admin", "Acme token", {"role": "admin"}, said=('"role":"admin"',), unless=('"demo":true',)
)
names = st.text(string.ascii_letters, min_size=1, max_size=10)


def written(header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = (urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return ".".join([*(part.decode().rstrip("=") for part in parts), SIGNATURE])


def found(rule: Rule, text: str) -> list[bytes]:
    return [each.secret for each in Engine(rules=[rule]).scan_text(text)]


@pytest.mark.parametrize("rule", [ISSUED, MARKED, ADMIN], ids=lambda rule: rule.id)
def test_a_rule_proves_itself(rule: Rule) -> None:
    assert prove(PluginRegistry(cache_dir=False).with_rules([rule])) == {rule.id: []}


@given(claims=st.dictionaries(names, names, max_size=5), path=names)
def test_the_issuer_decides(claims: dict[str, str], path: str) -> None:
    own = written({"alg": "RS256"}, {**claims, "iss": f"https://acme.com/{path}"})
    other = written({"alg": "RS256"}, {**claims, "iss": f"https://other.com/{path}"})
    assert found(ISSUED, f"Authorization: Bearer {own}\nX: {other}\n") == [own.encode()]


@given(claims=st.dictionaries(names, names, min_size=1, max_size=5))
def test_the_header_decides(claims: dict[str, str]) -> None:
    own = written({"acme": 1, "alg": "RS256"}, claims)
    other = written({"alg": "RS256"}, claims)
    assert found(MARKED, f"{own} {other}") == [own.encode()]


@given(claims=st.dictionaries(names, names, max_size=5))
def test_the_claims_decide(claims: dict[str, str]) -> None:
    own = written({"alg": "RS256"}, {**claims, "role": "admin"})
    demo = written({"alg": "RS256"}, {**claims, "role": "admin", "demo": True})
    other = written({"alg": "RS256"}, {**claims, "role": "guest"})
    assert found(ADMIN, f"{own} {demo} {other}") == [own.encode()]
