"""Shopify's tokens, whose prefix names their kind since 2020, and 32 hexadecimal digits.

Sources: https://shopify.dev/changelog/length-of-the-shopify-access-token-is-increasing and
https://shopify.dev/changelog/app-secret-key-length-has-increased.
"""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, hexadecimal

SHOPIFY: Final = Provider(
    name="Shopify",
    category="e-commerce",
    reference="https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens",
    remediation="Uninstall the app or rotate its credentials, in the admin or in the Partner Dashboard.",
)

RULES: Final = (
    SHOPIFY.token(
        "shopify-access-token",
        "Shopify access token of an app, or of a merchant's own app",
        "shpat_",
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    SHOPIFY.token(
        "shopify-custom-app-access-token",
        "Shopify access token of a custom app",
        "shpca_",
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    SHOPIFY.token(
        "shopify-private-app-password",
        "Shopify password of a private app",
        "shppa_",
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    SHOPIFY.token(
        "shopify-shared-secret",
        "Shopify shared secret or client secret of an app",
        "shpss_",
        hexadecimal(32),
        reference="https://shopify.dev/docs/apps/build/authentication-authorization/client-secrets",
    ),
    SHOPIFY.token("shopify-user-access-token", "Shopify access token of a user of an app", "shpua_", hexadecimal(32)),
    SHOPIFY.token(
        "shopify-theme-access-password", "Shopify password of the app Theme Access", "shptka_", hexadecimal(32)
    ),
    SHOPIFY.token(
        "shopify-refresh-token",
        "Shopify refresh token of an app",
        "shprt_",
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    SHOPIFY.token(
        "shopify-partner-api-token",
        "Shopify token of the Partner API",
        "prtapi_",
        hexadecimal(32),
        reference="https://shopify.dev/docs/api/partner",
        remediation="Delete the Partner API client in the Partner Dashboard, under Settings, and create a new one.",
    ),
    SHOPIFY.token(
        "shopify-automation-token",
        "Shopify token of the command-line tool for automation",
        "atkn_",
        hexadecimal(40, 80),
        reference="https://shopify.dev/docs/apps/launch/deployment/deploy-in-ci-cd-pipeline",
        remediation="Delete the CLI token in the Partner Dashboard, under Settings, CLI token.",
    ),
    SHOPIFY.named(
        "shopify-api-secret",
        "Shopify API key's secret or access token of before 2020",
        "shopify",
        hexadecimal(32),
        said=("secret", "password", "access_token", "accesstoken"),
    ),
    SHOPIFY.named(
        "shopify-storefront-token",
        "Shopify access token of the Storefront API, which is public",
        ("storefront", "shopify_storefront"),
        hexadecimal(32),
        said=("token",),
        severity=Severity.LOW,
        reference="https://shopify.dev/docs/api/usage/authentication#access-tokens-for-the-storefront-api",
    ),
)
