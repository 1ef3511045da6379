"""Banks, cards for companies, access to accounts at banks, and data of markets."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from beca_core import Confidence, Severity
from beca_core.checks import Charset
from beca_scanners.building import (
    Provider,
    base62,
    base64,
    base64url,
    either,
    hexadecimal,
    run,
    uuid,
)
from beca_scanners.building.provider import LESS_SPECIFIC

_CATEGORY: Final = "finance"
_STRIPE_LIKE: Final = (*LESS_SPECIFIC, "stripe-*")
"""Highnote's keys have the prefixes of Stripe's."""

PLAID: Final = Provider(
    name="Plaid",
    category=_CATEGORY,
    reference="https://plaid.com/docs/quickstart/glossary/",
    remediation="Rotate the secret in the dashboard; replace an access token with /item/access_token/invalidate.",
)
MERCURY: Final = Provider(
    name="Mercury",
    category=_CATEGORY,
    reference="https://docs.mercury.com/docs/getting-started",
    remediation="Revoke the API token in the settings, under API Tokens, and create a new one.",
)
RAMP: Final = Provider(
    name="Ramp",
    category=_CATEGORY,
    reference="https://docs.ramp.com/developer-api/v1/authorization",
    remediation="Rotate the client secret on the page of the app, under Company, Developer.",
)
BREX: Final = Provider(
    name="Brex",
    category=_CATEGORY,
    reference="https://developer.brex.com/docs/authentication/",
    remediation="Revoke the user token in the dashboard, under Developer, Settings, and create a new one.",
)
WISE: Final = Provider(
    name="Wise",
    category=_CATEGORY,
    reference="https://docs.wise.com/api-docs/features/authentication-access",
    remediation="Delete the API token in the settings, under API tokens, and create a new one.",
)
FINICITY: Final = Provider(
    name="Finicity",
    category=_CATEGORY,
    reference="https://developer.mastercard.com/open-finance-us/documentation/access-and-config/",
    remediation="Ask Mastercard Open Finance to replace the app key, and reset the partner secret in the dashboard.",
)
HIGHNOTE: Final = Provider(
    name="Highnote",
    category=_CATEGORY,
    reference="https://docs.highnote.com/docs/developers/api/authentication",
    remediation="Revoke the API key in the dashboard, under Developers, API keys, and create a new one.",
)
RAINFOREST: Final = Provider(
    name="Rainforest Pay",
    category=_CATEGORY,
    reference="https://docs.rainforestpay.com/docs/api-keys",
    remediation="Revoke the API key in the platform portal and create a new one.",
)
UNIT: Final = Provider(
    name="Unit",
    category=_CATEGORY,
    reference="https://docs.unit.co/#authentication",
    remediation="Revoke the API token in the dashboard, under Developer, API Tokens.",
)
MONZO: Final = Provider(
    name="Monzo",
    category=_CATEGORY,
    reference="https://docs.monzo.com/#authentication",
    remediation="Delete or replace the client in the developer portal.",
)
UP: Final = Provider(
    name="Up",
    category=_CATEGORY,
    reference="https://developer.up.com.au/#authentication",
    remediation="Create a new personal access token; the old one ceases to work.",
)
DATABENTO: Final = Provider(
    name="Databento",
    category=_CATEGORY,
    reference="https://databento.com/docs/portal/api-keys",
    remediation="Deactivate the API key in the portal, under API keys, and create a new one.",
)

RULES: Final = (
    PLAID.token(
        "plaid-access-token",
        "Plaid access token of a bank account",
        either("access-production-", "access-development-"),
        *uuid(),
        severity=Severity.CRITICAL,
    ),
    PLAID.token(
        "plaid-sandbox-access-token",
        "Plaid access token of the sandbox",
        "access-sandbox-",
        *uuid(),
        severity=Severity.LOW,
    ),
    PLAID.named("plaid-secret", "Plaid secret", "plaid", hexadecimal(30), severity=Severity.CRITICAL),
    PLAID.named(
        "plaid-client-id",
        "Plaid client id",
        "plaid",
        hexadecimal(24),
        said=("client_id", "clientid", "client-id"),
        severity=Severity.LOW,
    ),
    MERCURY.token(
        "mercury-api-token",
        "Mercury API token of production",
        "mercury_production_",
        run("a-z", 2, 6),
        "_",
        base62(20, 120),
        either("_yrucrem", ""),
        severity=Severity.CRITICAL,
    ),
    MERCURY.token(
        "mercury-test-api-token",
        "Mercury API token of another environment than production",
        either("mercury_sandbox_", "mercury_staging_", "mercury_development_", "mercury_demo_"),
        run("a-z", 2, 6),
        "_",
        base62(20, 120),
        either("_yrucrem", ""),
        severity=Severity.LOW,
    ),
    RAMP.token("ramp-client-id", "Ramp id of an OAuth client", "ramp_id_", base62(32, 64), severity=Severity.LOW),
    RAMP.token(
        "ramp-client-secret", "Ramp secret of an OAuth client", "ramp_sec_", base62(32, 64), severity=Severity.CRITICAL
    ),
    RAMP.token(
        "ramp-token",
        "Ramp OAuth access token or refresh token",
        either("ramp_tok_", "ramp_business_tok_", "ramp_refresh_tok_"),
        base62(32, 64),
        severity=Severity.CRITICAL,
    ),
    BREX.token("brex-user-token", "Brex token of a user", "bxt_", base62(20, 64), severity=Severity.CRITICAL),
    WISE.named(
        "wise-api-token",
        "Wise API token",
        ("transferwise", "wise_api", "wise_access"),
        *uuid(),
        severity=Severity.CRITICAL,
    ),
    FINICITY.named("finicity-app-key", "Finicity app key", "finicity", hexadecimal(32), said=("key",)),
    replace(
        HIGHNOTE.named(
            "highnote-live-key",
            "Highnote secret or restricted key of live mode",
            "highnote",
            either("sk_live_", "rk_live_"),
            base62(20, 160),
            severity=Severity.CRITICAL,
            confidence=Confidence.HIGH,
        ),
        supersedes=_STRIPE_LIKE,
    ),
    replace(
        HIGHNOTE.named(
            "highnote-test-key",
            "Highnote secret or restricted key of test mode",
            "highnote",
            either("sk_test_", "rk_test_"),
            base62(20, 160),
            severity=Severity.LOW,
        ),
        supersedes=_STRIPE_LIKE,
    ),
    RAINFOREST.token(
        "rainforest-api-key", "Rainforest API key of production", "apikey_", hexadecimal(64), severity=Severity.CRITICAL
    ),
    RAINFOREST.token(
        "rainforest-sandbox-api-key",
        "Rainforest API key of the sandbox",
        "sbx_apikey_",
        hexadecimal(64),
        severity=Severity.LOW,
    ),
    UNIT.token(
        "unit-api-token",
        "Unit API token",
        "v2.public.eyJ",
        base64url(200, 1000),
        severity=Severity.CRITICAL,
        confidence=Confidence.MEDIUM,
    ),
    MONZO.token(
        "monzo-client-secret",
        "Monzo secret of an OAuth client",
        either("mnzconf.", "mnzpub."),
        base64(60, 120),
        severity=Severity.HIGH,
    ),
    UP.token("up-access-token", "Up personal access token", "up:yeah:", base62(128, 136)),
    DATABENTO.token(
        "databento-api-key",
        "Databento API key",
        "db-",
        base62(29),
        checks=(Charset(digits=1, upper=1, lower=1),),
        counter_examples=("db-zqwxvkjhgfpmnbtrlcydoeuiaszqw",),
    ),
)
