"""Accounting, payrolls, staff and recruiting."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_core.checks import Charset
from beca_scanners.building import (
    Provider,
    base36,
    base62,
    base64url,
    digits,
    either,
    uuid,
)

_CATEGORY: Final = "finance"
_STAFF: Final = "business"

INTUIT: Final = Provider(
    name="Intuit",
    category=_CATEGORY,
    reference="https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0",
    remediation="Rotate the client secret in the developer portal; revoke tokens at the revocation endpoint.",
)
REMOTE: Final = Provider(
    name="Remote",
    category=_STAFF,
    reference="https://developer.remote.com/docs/auth-and-authorization",
    remediation="Delete the API token in the settings, under Integrations, and create a new one.",
)
PERSONIO: Final = Provider(
    name="Personio",
    category=_STAFF,
    reference="https://developer.personio.de/docs/getting-started-with-the-personio-api",
    remediation="Delete the API credentials in the settings, under Integrations, and create new ones.",
)
APIDECK: Final = Provider(
    name="Apideck",
    category=_STAFF,
    reference="https://developers.apideck.com/guides/authentication",
    remediation="Regenerate the API key in the dashboard, under API keys.",
)

RULES: Final = (
    INTUIT.token(
        "intuit-refresh-token",
        "Intuit refresh token of QuickBooks",
        "AB11",
        base62(46),
        checks=(Charset(digits=4, lower=4),),
        counter_examples=("AB11" + "ZQWXVKJHGFPMNBTRLCYDOEUIAS" + "ZQWXVKJHGFPMNBTRLCYD",),
        severity=Severity.CRITICAL,
    ),
    INTUIT.token(
        "intuit-rotating-refresh-token",
        "Intuit refresh token of QuickBooks since 2024",
        "RT1-",
        digits(1, 4),
        "-H0-",
        digits(8, 12),
        base36(20),
        severity=Severity.CRITICAL,
    ),
    REMOTE.token(
        "remote-api-token",
        "Remote API token",
        either("ra_live_", "ra_test_"),
        base64url(40, 120),
        severity=Severity.CRITICAL,
    ),
    PERSONIO.token(
        "personio-credentials",
        "Personio client id or client secret",
        "papi-",
        base64url(36, 70),
        severity=Severity.MEDIUM,
    ),
    APIDECK.token("apideck-api-key", "Apideck API key", "sk_live_", *uuid(), "-", base62(20, 24)),
)
