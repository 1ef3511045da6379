"""Shop systems and market places, besides Shopify."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from beca_core import Severity
from beca_core.checks import Charset
from beca_scanners.building import (
    Provider,
    base36,
    base62,
    base64url,
    either,
    hexadecimal,
    run,
)
from beca_scanners.building.provider import LESS_SPECIFIC

_CATEGORY: Final = "e-commerce"

EBAY: Final = Provider(
    name="eBay",
    category=_CATEGORY,
    reference="https://developer.ebay.com/api-docs/static/gs_create-the-ebay-api-keysets.html",
    remediation="Rotate the Cert ID on the page Application Keys, or revoke the user's token there.",
)
SHOPEE: Final = Provider(
    name="Shopee",
    category=_CATEGORY,
    reference="https://open.shopee.com/developer-guide/16",
    remediation="Reset the partner key of the app in the Open Platform console.",
)
ETSY: Final = Provider(
    name="Etsy",
    category=_CATEGORY,
    reference="https://developers.etsy.com/documentation/essentials/authentication/",
    remediation="Replace the shared secret of the app, or delete the app, on the page Manage your apps.",
)
BIGCOMMERCE: Final = Provider(
    name="BigCommerce",
    category=_CATEGORY,
    reference="https://developer.bigcommerce.com/docs/start/authentication/api-accounts",
    remediation="Delete the API account in the settings, under Store-level API accounts, and create a new one.",
)
WOOCOMMERCE: Final = Provider(
    name="WooCommerce",
    category=_CATEGORY,
    reference="https://woocommerce.com/document/woocommerce-rest-api/",
    remediation="Revoke the key in the settings, under Advanced, REST API, and create a new one.",
)
WIX: Final = Provider(
    name="Wix",
    category=_CATEGORY,
    reference="https://dev.wix.com/docs/rest/articles/getting-started/api-keys",
    remediation="Delete the API key in the API Keys Manager and create a new one.",
)
ECWID: Final = Provider(
    name="Ecwid",
    category=_CATEGORY,
    reference="https://docs.ecwid.com/api-reference/access-tokens",
    remediation="Reinstall the app, so that the store issues a new secret token.",
)
SWELL: Final = Provider(
    name="Swell",
    category=_CATEGORY,
    reference="https://developers.swell.is/backend-api/authentication",
    remediation="Delete the secret key in the dashboard, under Developer, API keys.",
)
LIGHTSPEED: Final = Provider(
    name="Lightspeed",
    category=_CATEGORY,
    reference="https://x-series-api.lightspeedhq.com/docs/authorization",
    remediation="Delete the personal token in the setup, under Personal Tokens, and create a new one.",
)

RULES: Final = (
    EBAY.token(
        "ebay-cert-id",
        "eBay Cert ID (client secret) of production",
        "PRD-",
        hexadecimal(12),
        "-",
        hexadecimal(4),
        "-",
        hexadecimal(4),
        "-",
        hexadecimal(4),
        "-",
        hexadecimal(4),
        severity=Severity.CRITICAL,
    ),
    EBAY.token(
        "ebay-sandbox-cert-id",
        "eBay Cert ID (client secret) of the sandbox",
        "SBX-",
        hexadecimal(12),
        "-",
        hexadecimal(4),
        "-",
        hexadecimal(4),
        "-",
        hexadecimal(4),
        "-",
        hexadecimal(4),
        severity=Severity.LOW,
    ),
    EBAY.named(
        "ebay-client-id",
        "eBay App ID (client id) of production",
        "ebay",
        base62(3, 20),
        "-",
        base62(3, 20),
        "-PRD-",
        hexadecimal(9),
        "-",
        hexadecimal(8),
        severity=Severity.LOW,
        said=("app", "client", "key", "id"),
    ),
    EBAY.named(
        "ebay-sandbox-client-id",
        "eBay App ID (client id) of the sandbox",
        "ebay",
        base62(3, 20),
        "-",
        base62(3, 20),
        "-SBX-",
        hexadecimal(9),
        "-",
        hexadecimal(8),
        severity=Severity.LOW,
        said=("app", "client", "key", "id"),
    ),
    EBAY.token(
        "ebay-user-token",
        "eBay OAuth token of a user or application",
        "v^1.1#i^1#",
        run("0-9A-Za-z^#+/=", 80, 1000),
        severity=Severity.CRITICAL,
        boundary="0-9A-Za-z+/=",
    ),
    EBAY.token(
        "ebay-auth-n-auth-token",
        "eBay Auth'n'Auth token of a user",
        "AgAAAA**AQAAAA**aAAAAA**",
        run("0-9A-Za-z*+/", 80, 1000),
        severity=Severity.CRITICAL,
        boundary="0-9A-Za-z_*+/",
        reference="https://developer.ebay.com/api-docs/static/auth-n-auth-tokens.html",
    ),
    SHOPEE.token(
        "shopee-partner-key", "Shopee Open Platform partner key", "shpk", base62(60, 64), severity=Severity.CRITICAL
    ),
    ETSY.named("etsy-keystring", "Etsy keystring of an app", "etsy", base36(24), severity=Severity.MEDIUM),
    ETSY.named("etsy-shared-secret", "Etsy shared secret of an app", "etsy", base36(10), said=("secret",)),
    BIGCOMMERCE.named(
        "bigcommerce-access-token",
        "BigCommerce access token or client secret",
        "bigcommerce",
        base36(31, 64),
        severity=Severity.CRITICAL,
    ),
    WOOCOMMERCE.token(
        "woocommerce-consumer-secret", "WooCommerce consumer secret", "cs_", hexadecimal(40), severity=Severity.CRITICAL
    ),
    WOOCOMMERCE.token(
        "woocommerce-consumer-key", "WooCommerce consumer key", "ck_", hexadecimal(40), severity=Severity.MEDIUM
    ),
    WIX.token(
        "wix-api-key",
        "Wix API key",
        "IST.eyJ",
        base64url(60, 300),
        ".eyJ",
        base64url(200, 1000),
        ".",
        base64url(300, 400),
        severity=Severity.CRITICAL,
    ),
    ECWID.token(
        "ecwid-secret-token",
        "Ecwid secret access token",
        "secret_",
        base62(32),
        checks=(Charset(digits=1),),
        counter_examples=("secret_zqwxvkjhgfpmnbtrlcydoeuiaszqwxvk",),
    ),
    replace(
        SWELL.named(
            "swell-secret-key",
            "Swell secret key",
            ("swell_", "swellis"),
            either("sk_live_", "sk_test_", "sk_"),
            base62(32),
        ),
        supersedes=(*LESS_SPECIFIC, "stripe-*"),
    ),
    LIGHTSPEED.token(
        "lightspeed-personal-token",
        "Lightspeed personal token of the X-Series",
        "lsxs_pt_",
        base62(32),
        severity=Severity.CRITICAL,
    ),
)
