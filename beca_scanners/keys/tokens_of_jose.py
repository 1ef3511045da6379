"""JSON Web Tokens and JSON Web Keys, the formats of JOSE (RFC 7515 to RFC 7519)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

from beca_core import Confidence, CounterExample, Example, Rule, Severity, Step
from beca_core.checks import Jwt, Placeholder
from beca_scanners.building import base64url
from beca_scanners.building.doubts import LongLived
from beca_scanners.building.provider import LESS_SPECIFIC


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def example_jwt(seed: str, *, algorithm: str = "HS256", claims: int = 2) -> str:
    """Return a JSON Web Token that nobody has signed, for examples and tests.

    Args:
        seed: Different seeds give different tokens.
        algorithm: The value of `alg`; with `none` the token has no signature.
        claims: How many claims it has, at least one.
    """
    header = json.dumps({"alg": algorithm, "typ": "JWT"}, separators=(",", ":")).encode()
    content: dict[str, object] = {"sub": sha256(seed.encode()).hexdigest()[:12], "iat": 1_700_000_000}
    content |= {f"claim{number}": sha256(f"{seed}{number}".encode()).hexdigest() for number in range(claims - 2)}
    signature = b"" if algorithm == "none" else sha256(f"signature {seed}".encode()).digest()
    payload = json.dumps(content, separators=(",", ":")).encode()
    return ".".join(map(_encoded, (header, payload, signature)))


JWT: Final = Rule(
    id="json-web-token",
    version=1,
    description="JSON Web Token with a signature",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    pattern=r"(?P<secret>eyJ[0-9A-Za-z_-]+\.eyJ[0-9A-Za-z_-]+\.[0-9A-Za-z_-]{20,})",
    boundary="0-9A-Za-z_-",
    checks=(Jwt(), Placeholder(kinds=("filler",)), LongLived()),
    max_bytes=5100,
    category="key",
    supersedes=LESS_SPECIFIC,
    examples=(
        Example(f"Authorization: Bearer {example_jwt('header')}", example_jwt("header")),
        Example(
            f'{{"token": "{example_jwt("json", algorithm="RS256", claims=20)}"}}',
            example_jwt("json", algorithm="RS256", claims=20),
        ),
    ),
    counter_examples=(
        example_jwt("none", algorithm="none"),
        example_jwt("header only").split(".")[0],
        CounterExample(
            f"eyJ{base64url(30).sample('a')}.eyJ{base64url(30).sample('b')}.{base64url(43).sample('c')}",
            step=Step.CHECK,
            check="jwt",
        ),
        CounterExample(f"{example_jwt('filler').rpartition('.')[0]}.{'x' * 43}", step=Step.CHECK, check="placeholder"),
    ),
    references=("https://www.rfc-editor.org/rfc/rfc7519",),
    remediation="Replace the key with which the token was signed, or revoke the token, unless it has expired.",
)

RULES: Final = (JWT,)
