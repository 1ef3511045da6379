"""Services that check who a person or a company is, or whether somebody is a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Severity
from beca_scanners.building import base36, base62, base64url, either, hexadecimal, uuid
from beca_scanners.building.single import single

if TYPE_CHECKING:
    from beca_core import Rule

RULES: Final[tuple[Rule, ...]] = (
    single(
        "Persona",
        "identity",
        "https://docs.withpersona.com/api-keys",
        "persona-api-key",
        "API key of production",
        "persona_production_",
        *uuid(),
        severity=Severity.CRITICAL,
    ),
    single(
        "Persona",
        "identity",
        "https://docs.withpersona.com/api-keys",
        "persona-sandbox-api-key",
        "API key of the sandbox",
        "persona_sandbox_",
        *uuid(),
        severity=Severity.LOW,
    ),
    single(
        "Onfido",
        "identity",
        "https://documentation.onfido.com/api/latest/#api-tokens",
        "onfido-live-token",
        "live API token",
        either("api_live.", "api_live_us.", "api_live_ca.", "api_live_eu."),
        base64url(8, 14),
        ".",
        base64url(28, 40),
        severity=Severity.CRITICAL,
    ),
    single(
        "Onfido",
        "identity",
        "https://documentation.onfido.com/api/latest/#api-tokens",
        "onfido-sandbox-token",
        "sandbox API token",
        either("api_sandbox.", "api_sandbox_us.", "api_sandbox_ca.", "api_sandbox_eu."),
        base64url(8, 14),
        ".",
        base64url(28, 40),
        severity=Severity.LOW,
    ),
    single(
        "Sumsub",
        "identity",
        "https://docs.sumsub.com/reference/authentication",
        "sumsub-app-token",
        "app token",
        either("prd:", "sbx:"),
        base62(24, 32),
        ".",
        base62(28, 36),
    ),
    single(
        "Middesk",
        "identity",
        "https://docs.middesk.com/",
        "middesk-api-key",
        "API key",
        either("mk_live_", "mk_test_"),
        base36(20, 48),
    ),
    single(
        "hCaptcha",
        "identity",
        "https://docs.hcaptcha.com/#siteverify-error-codes-table",
        "hcaptcha-secret",
        "secret for verifying",
        "ES_",
        hexadecimal(32),
        severity=Severity.MEDIUM,
    ),
    single(
        "reCAPTCHA",
        "identity",
        "https://developers.google.com/recaptcha/docs/verify",
        "recaptcha-secret-key",
        "secret key for verifying",
        "6L",
        base64url(38),
        words=("recaptcha", "captcha", "g_captcha"),
        said=("secret", "private", "priv"),
        severity=Severity.MEDIUM,
    ),
    single(
        "Turnstile",
        "identity",
        "https://developers.cloudflare.com/turnstile/get-started/server-side-validation/",
        "turnstile-secret-key",
        "secret key for verifying",
        "0x4AAAAAA",
        base64url(24, 27),
        severity=Severity.MEDIUM,
    ),
)
