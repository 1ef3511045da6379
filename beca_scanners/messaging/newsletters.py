"""Providers of newsletters, campaigns and other marketing by e-mail."""

from __future__ import annotations

from typing import Final

from beca_scanners.building import (
    Provider,
    base62,
    digits,
    hexadecimal,
)

_CATEGORY: Final = "crm"

MAILCHIMP: Final = Provider(
    name="Mailchimp",
    category=_CATEGORY,
    reference="https://mailchimp.com/developer/marketing/guides/quick-start/",
    remediation="Revoke the API key in the profile, under Extras, API keys, and create a new one.",
)
KLAVIYO: Final = Provider(
    name="Klaviyo",
    category=_CATEGORY,
    reference="https://developers.klaviyo.com/en/docs/authenticate_",
    remediation="Delete the private key in the settings, under API keys, and create a new one.",
)
CUSTOMER_IO: Final = Provider(
    name="Customer.io",
    category=_CATEGORY,
    reference="https://docs.customer.io/accounts-and-workspaces/managing-credentials/",
    remediation="Delete the credential in the settings, under API Credentials, and create a new one.",
)
KIT: Final = Provider(
    name="Kit",
    category=_CATEGORY,
    reference="https://developers.kit.com/api-reference/authentication",
    remediation="Delete the API key in the settings, under Developer, and create a new one.",
)
EMAILOCTOPUS: Final = Provider(
    name="EmailOctopus",
    category=_CATEGORY,
    reference="https://emailoctopus.com/api-documentation",
    remediation="Delete the API key under Integrations and API and create a new one.",
)

RULES: Final = (
    MAILCHIMP.token("mailchimp-api-key", "Mailchimp API key", hexadecimal(32), "-us", digits(1, 2)),
    MAILCHIMP.named(
        "mailchimp-client-secret", "Mailchimp client secret of an app", "mailchimp", hexadecimal(50), said=("secret",)
    ),
    KLAVIYO.token("klaviyo-private-key", "Klaviyo private API key", "pk_", hexadecimal(34)),
    KLAVIYO.token(
        "klaviyo-account-private-key",
        "Klaviyo private API key with the id of its account",
        "pk_",
        base62(6),
        "_",
        hexadecimal(34),
    ),
    CUSTOMER_IO.named(
        "customer-io-tracking-key",
        "Customer.io API key of the tracking API",
        ("customerio", "customer_io", "customer.io"),
        hexadecimal(20),
    ),
    CUSTOMER_IO.named(
        "customer-io-app-key",
        "Customer.io App API key",
        ("customerio", "customer_io", "customer.io"),
        hexadecimal(32),
    ),
    KIT.token("kit-api-key", "Kit API key, earlier called ConvertKit", "kit_", hexadecimal(32)),
    EMAILOCTOPUS.token("emailoctopus-api-key", "EmailOctopus API key", "eo_", hexadecimal(64)),
)
