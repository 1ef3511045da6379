"""Stripe's keys, whose prefix names their kind and mode.

Secret keys had 24 characters after the prefix at first, then 34, and have 99 with the id of the account now.
"""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, either, run

STRIPE: Final = Provider(
    name="Stripe",
    category="payments",
    reference="https://docs.stripe.com/keys",
    remediation="Roll the key on the page API keys of the dashboard, and look for its use in the logs.",
)
_WEBHOOKS: Final = "https://docs.stripe.com/webhooks/signature"

RULES: Final = (
    STRIPE.token(
        "stripe-secret-key",
        "Stripe secret key of live mode, or of a provider that uses the same prefix",
        "sk_live_",
        base62(24, 250),
        boundary="0-9A-Za-z_-",
        severity=Severity.CRITICAL,
    ),
    STRIPE.token(
        "stripe-restricted-key",
        "Stripe restricted key of live mode, or of a provider that uses the same prefix",
        "rk_live_",
        base62(24, 250),
        boundary="0-9A-Za-z_-",
        severity=Severity.HIGH,
        reference="https://docs.stripe.com/keys/restricted-api-keys",
    ),
    STRIPE.token(
        "stripe-test-secret-key",
        "Stripe secret key of test mode, or of a provider that uses the same prefix",
        "sk_test_",
        base62(24, 250),
        boundary="0-9A-Za-z_-",
        severity=Severity.MEDIUM,
    ),
    STRIPE.token(
        "stripe-test-restricted-key",
        "Stripe restricted key of test mode, or of a provider that uses the same prefix",
        "rk_test_",
        base62(24, 250),
        boundary="0-9A-Za-z_-",
        severity=Severity.LOW,
        reference="https://docs.stripe.com/keys/restricted-api-keys",
    ),
    STRIPE.token(
        "stripe-organization-key",
        "Stripe secret key of an organization",
        either("sk_org_live_", "sk_org_test_"),
        base62(24, 250),
        boundary="0-9A-Za-z_-",
        severity=Severity.CRITICAL,
        reference="https://docs.stripe.com/keys#organization-api-keys",
    ),
    STRIPE.token(
        "stripe-ephemeral-key",
        "Stripe ephemeral key, which acts for a customer for an hour",
        either("ek_live_", "ek_test_"),
        base62(40, 250),
        severity=Severity.MEDIUM,
        reference="https://docs.stripe.com/api/ephemeral_keys",
    ),
    STRIPE.token(
        "stripe-webhook-secret",
        "Secret with which Stripe, or a sender that follows Standard Webhooks, signs webhooks",
        "whsec_",
        run("0-9A-Za-z+/", 32, 88),
        severity=Severity.MEDIUM,
        reference=_WEBHOOKS,
        remediation="Roll the secret on the page of the webhook endpoint.",
    ),
    STRIPE.token(
        "stripe-payment-client-secret",
        "Stripe client secret of one payment or setup",
        either("pi_", "seti_"),
        base62(24, 32),
        "_secret_",
        base62(24, 32),
        severity=Severity.MEDIUM,
        reference="https://docs.stripe.com/api/payment_intents/object#payment_intent_object-client_secret",
        remediation="Cancel the payment or setup to which the secret belongs, if it is not complete.",
    ),
)
