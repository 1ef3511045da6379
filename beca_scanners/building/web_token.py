"""JSON Web Tokens of one issuer, which are known by what their header or their claims say."""

from __future__ import annotations

import json
import string
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any, Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step, random_text
from beca_core.checks import Encoded, Jwt
from beca_core.rules.example import deferred
from beca_scanners.building.provider import LESS_SPECIFIC

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from beca_core.rules.candidate import Check
    from beca_scanners.building.provider import Provider

_PATTERN: Final = r"(?P<secret>eyJ[\w-]+\.(?P<claims>eyJ[\w-]+)\.[\w-]{20,})"
_MAX_BYTES: Final = 5120
_LETTERS: Final = string.ascii_letters + string.digits
_HEADER: Final = {"alg": "RS256", "typ": "JWT"}


def web_token(
    provider: Provider,
    rule_id: str,
    description: str,
    claims: Mapping[str, Any],
    *,
    header: Mapping[str, Any] | None = None,
    issuers: tuple[str, ...] = (),
    headers: tuple[str, ...] = (),
    said: tuple[str, ...] = (),
    unless: tuple[str, ...] = (),
    severity: Severity = Severity.HIGH,
    reference: str = "",
    remediation: str = "",
) -> Rule:
    """Return a rule for the signed JSON Web Tokens of a provider.

    Args:
        provider: Who issues the tokens.
        rule_id: The id; it begins with the provider's name.
        description: What the rule finds, in one line.
        claims: The claims of the examples; one more, `sub`, is random.
        header: The header of the examples; None: that of a token signed with RS256.
        issuers: Beginnings of the claim `iss`, of which a token has to have one; empty: any.
        headers: Names of members that its header has to have.
        said: Texts of which its claims, as JSON, have to hold one; empty: any.
        unless: Claims, as JSON without spaces, of which a token may not have one: those of public examples.
        severity: Harm that a leak can do.
        reference: URL of the documentation, if it is another one than the provider's.
        remediation: What to do, if it is something else than for the provider's other secrets.
    """
    checks: tuple[Check, ...] = (Jwt(issuers=issuers, headers=headers),)
    if said:
        checks = (*checks, Encoded(of="claims", encoding="base64url", contains=said))
    if unless:
        checks = (
            *checks,
            Encoded(of="claims", encoding="base64url", contains=unless, then="drop", otherwise="keep"),
        )

    def token(number: int) -> str:
        return _token(header or _HEADER, claims, f"{rule_id} {number}")

    def examples() -> Iterator[Example]:
        first, second = token(1), token(2)
        yield Example(f'token = "{first}"', first)
        yield Example(f"Authorization: Bearer {second}\n", second)

    def without_secret() -> Iterator[CounterExample]:
        first = token(1)
        yield CounterExample(f"token = {first[:-1].rpartition('.')[0]}.{first[-12:]}")
        yield CounterExample(f"token = {first.replace('eyJ', 'eyK', 1)}")
        if issuers or headers:
            other = _token(_HEADER, {**claims, "iss": "accounts"}, rule_id)
        else:
            other = f"eyJ{random_text(_LETTERS, 30, rule_id)}.{first.partition('.')[2]}"
        yield CounterExample(other, step=Step.CHECK, check="jwt")
        if said:
            iss = {"iss": claims["iss"]} if "iss" in claims else {}
            other = _token(header or _HEADER, {**iss, "aud": "accounts"}, rule_id)
            yield CounterExample(other, step=Step.CHECK, check="encoded")
        for text in unless:
            other = _token(header or _HEADER, {**claims, **json.loads(f"{{{text}}}")}, rule_id)
            yield CounterExample(other, step=Step.CHECK, check="encoded")

    return Rule(
        id=rule_id,
        version=1,
        description=description,
        severity=severity,
        confidence=Confidence.HIGH,
        pattern=_PATTERN,
        boundary="0-9A-Za-z_-",
        max_bytes=_MAX_BYTES,
        checks=checks,
        supersedes=(*LESS_SPECIFIC, "json-web-token"),
        provider=provider.name,
        category=provider.category,
        examples=deferred(examples),
        counter_examples=deferred(without_secret),
        references=(reference or provider.reference,),
        remediation=remediation or provider.remediation,
    )


def _token(header: Mapping[str, Any], claims: Mapping[str, Any], seed: str) -> str:
    subject = {"sub": random_text(_LETTERS, 24, seed)}
    parts = (_encoded(header), _encoded({**claims, **subject}), random_text(_LETTERS + "-_", 86, seed))
    return ".".join(parts)


def _encoded(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")
