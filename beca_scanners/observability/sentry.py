"""Sentry: tokens of users, organisations and integrations, and the addresses to which errors are sent (DSN)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, base64, digits, either, hexadecimal
from beca_scanners.building.placed import TokenPlace

if TYPE_CHECKING:
    from beca_core import Rule

SENTRY: Final = Provider(
    name="Sentry",
    category="error-tracking",
    reference="https://docs.sentry.io/account/auth-tokens/",
    remediation="Revoke the token under Auth Tokens or Custom Integrations in the settings, and create a new one.",
)
_DSN: Final = "https://docs.sentry.io/concepts/key-terms/dsn-explainer/"
_DISABLE: Final = "Disable or delete the client key under Client Keys of the project, and create a new one."

RULES: Final[tuple[Rule, ...]] = (
    SENTRY.token("sentry-user-token", "Sentry personal token", "sntryu_", hexadecimal(64), severity=Severity.CRITICAL),
    SENTRY.token(
        "sentry-organization-token",
        "Sentry organization token",
        "sntrys_eyJ",
        base64(40, 400),
        "_",
        base64(43),
        boundary="0-9A-Za-z_+/",
    ),
    SENTRY.token("sentry-integration-token", "Sentry token of an internal integration", "sntryi_", hexadecimal(64)),
    SENTRY.token("sentry-user-app-token", "Sentry token of a user for an application", "sntrya_", hexadecimal(64)),
    SENTRY.token("sentry-refresh-token", "Sentry refresh token of an application", "sntryr_", hexadecimal(64)),
    SENTRY.named(
        "sentry-auth-token",
        "Sentry auth token without a prefix",
        "sentry",
        hexadecimal(64),
        said=("auth", "token"),
    ),
    TokenPlace(
        before=r"https?://[0-9a-f]{32}:",
        after=r"@(?:[\w-]{1,30}\.){0,3}(?:sentry|getsentry|ingest)\.[\w.-]{2,60}/[0-9]{1,20}",
        lines=(
            "SENTRY_DSN=https://f00dba5ef00dba5ef00dba5ef00dba5e:{}@o42.ingest.sentry.io/4711",
            'dsn: "https://f00dba5ef00dba5ef00dba5ef00dba5e:{}@sentry.io/4711"',
        ),
    ).rule(
        SENTRY,
        "sentry-dsn-secret",
        "Sentry secret key in a DSN of the form with two keys",
        hexadecimal(32),
        severity=Severity.MEDIUM,
        supersedes=("sentry-dsn", "web-url-password"),
        reference=_DSN,
        remediation=_DISABLE,
    ),
    SENTRY.token(
        "sentry-dsn",
        "Sentry DSN, with which anyone can send errors; it is part of applications",
        "https://",
        hexadecimal(32),
        "@o",
        digits(3, 20),
        ".ingest",
        either(".sentry.io/", ".us.sentry.io/", ".de.sentry.io/"),
        digits(3, 20),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        reference=_DSN,
        remediation=_DISABLE,
    ),
)
