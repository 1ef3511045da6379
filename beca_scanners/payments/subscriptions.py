"""Billing of subscriptions, sales of software, and purchases within apps."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import (
    Provider,
    base36,
    base62,
    either,
    hexadecimal,
    run,
)

_CATEGORY: Final = "payments"

PADDLE: Final = Provider(
    name="Paddle",
    category=_CATEGORY,
    reference="https://developer.paddle.com/api-reference/about/api-keys",
    remediation="Revoke the API key in the dashboard, under Developer tools, Authentication, and create a new one.",
)
KEYGEN: Final = Provider(
    name="Keygen",
    category=_CATEGORY,
    reference="https://keygen.sh/docs/api/authentication/",
    remediation="Revoke the token on the page Tokens of the dashboard and create a new one.",
)
AUTUMN: Final = Provider(
    name="Autumn",
    category=_CATEGORY,
    reference="https://docs.useautumn.com/api-reference",
    remediation="Delete the secret key in the dashboard, under Developer, and create a new one.",
)

RULES: Final = (
    PADDLE.token(
        "paddle-api-key",
        "Paddle API key of production",
        "pdl_live_apikey_",
        base36(26),
        "_",
        base62(22),
        "_",
        base62(3),
        severity=Severity.CRITICAL,
    ),
    PADDLE.token(
        "paddle-sandbox-api-key",
        "Paddle API key of the sandbox",
        "pdl_sdbx_apikey_",
        base36(26),
        "_",
        base62(22),
        "_",
        base62(3),
        severity=Severity.LOW,
    ),
    PADDLE.token(
        "paddle-webhook-secret",
        "Paddle secret key of a notification destination",
        "pdl_ntfset_",
        base36(26),
        "_",
        run("0-9A-Za-z+/", 24, 64),
        severity=Severity.MEDIUM,
        reference="https://developer.paddle.com/webhooks/signature-verification",
    ),
    KEYGEN.token(
        "keygen-token",
        "Keygen token of an admin, product, environment, user or license",
        either("admin-", "prod-", "env-", "user-", "activ-"),
        hexadecimal(64),
        either("v3", "v2"),
        severity=Severity.CRITICAL,
    ),
    AUTUMN.token(
        "autumn-secret-key",
        "Autumn secret key",
        either("am_sk_live_", "am_sk_test_"),
        base62(40, 48),
        severity=Severity.HIGH,
    ),
)
