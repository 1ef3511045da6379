"""Providers of payments that work mostly in Africa, Asia and Eastern Europe."""

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
    upper36,
)
from beca_scanners.building.provider import LESS_SPECIFIC

_CATEGORY: Final = "payments"
_SAME_PREFIX: Final = (*LESS_SPECIFIC, "stripe-secret-key", "stripe-test-secret-key")
"""Some providers use Stripe's prefixes with a form of their own."""

RAZORPAY: Final = Provider(
    name="Razorpay",
    category=_CATEGORY,
    reference="https://razorpay.com/docs/payments/dashboard/account-settings/api-keys/",
    remediation="Regenerate the API key in the dashboard, under Account and Settings, API Keys.",
)
PAYSTACK: Final = Provider(
    name="Paystack",
    category=_CATEGORY,
    reference="https://paystack.com/docs/api/authentication/",
    remediation="Generate a new secret key in the dashboard, under Settings, API Keys and Webhooks.",
)
FLUTTERWAVE: Final = Provider(
    name="Flutterwave",
    category=_CATEGORY,
    reference="https://developer.flutterwave.com/docs/authentication",
    remediation="Generate new API keys in the dashboard, under Settings, API keys.",
)
MONNIFY: Final = Provider(
    name="Monnify",
    category=_CATEGORY,
    reference="https://developers.monnify.com/docs/getting-started",
    remediation="Ask Monnify to replace the API key and the secret key of the account.",
)
MIDTRANS: Final = Provider(
    name="Midtrans",
    category=_CATEGORY,
    reference="https://docs.midtrans.com/docs/midtrans-account",
    remediation="Ask Midtrans to replace the server key, and look through the transactions.",
)
XENDIT: Final = Provider(
    name="Xendit",
    category=_CATEGORY,
    reference="https://docs.xendit.co/docs/api-keys",
    remediation="Delete the API key in the dashboard, under Settings, API Keys, and generate a new one.",
)
CASHFREE: Final = Provider(
    name="Cashfree",
    category=_CATEGORY,
    reference="https://www.cashfree.com/docs/api-reference/authentication",
    remediation="Delete the API key in the merchant dashboard, under Developers, and generate a new one.",
)
OMISE: Final = Provider(
    name="Omise",
    category=_CATEGORY,
    reference="https://docs.omise.co/api-authentication",
    remediation="Roll the secret key in the dashboard, under Settings, Keys.",
)
YOOKASSA: Final = Provider(
    name="YooKassa",
    category=_CATEGORY,
    reference="https://yookassa.ru/developers/using-api/interaction-format#auth",
    remediation="Reissue the secret key in the merchant profile, under Integration, API keys.",
)
TOSS: Final = Provider(
    name="Toss Payments",
    category=_CATEGORY,
    reference="https://docs.tosspayments.com/en/api-guide",
    remediation="Reissue the secret key in the developer center, under API keys.",
)

RULES: Final = (
    RAZORPAY.named(
        "razorpay-key-secret",
        "Razorpay key secret",
        ("razorpay", "rzp"),
        base62(24),
        said=("secret",),
        severity=Severity.CRITICAL,
    ),
    RAZORPAY.token(
        "razorpay-key-id",
        "Razorpay id of an API key",
        either("rzp_live_", "rzp_test_"),
        base62(14),
        severity=Severity.LOW,
    ),
    replace(
        PAYSTACK.token(
            "paystack-secret-key",
            "Paystack secret key of live mode",
            "sk_live_",
            hexadecimal(40),
            severity=Severity.CRITICAL,
        ),
        supersedes=_SAME_PREFIX,
    ),
    replace(
        PAYSTACK.token(
            "paystack-test-secret-key",
            "Paystack secret key of test mode",
            "sk_test_",
            hexadecimal(40),
            severity=Severity.LOW,
        ),
        supersedes=_SAME_PREFIX,
    ),
    FLUTTERWAVE.token(
        "flutterwave-secret-key",
        "Flutterwave secret key of live mode",
        "FLWSECK-",
        run("0-9a-z-", 32, 50),
        "-X",
        severity=Severity.CRITICAL,
    ),
    FLUTTERWAVE.token(
        "flutterwave-test-secret-key",
        "Flutterwave secret key of test mode",
        "FLWSECK_TEST-",
        run("0-9A-Za-z-", 32, 50),
        "-X",
        severity=Severity.LOW,
    ),
    FLUTTERWAVE.token(
        "flutterwave-encryption-key",
        "Flutterwave key with which card data are encrypted",
        either("FLWSECK_TEST", "FLWSECK"),
        hexadecimal(12),
        severity=Severity.MEDIUM,
    ),
    MONNIFY.token("monnify-api-key", "Monnify API key", "MK_PROD_", upper36(10), severity=Severity.MEDIUM),
    MIDTRANS.token(
        "midtrans-server-key",
        "Midtrans server key of production",
        "Mid-server-",
        base64url(20, 40),
        severity=Severity.CRITICAL,
        boundary="0-9A-Za-z_-",
    ),
    MIDTRANS.token(
        "midtrans-sandbox-server-key",
        "Midtrans server key of the sandbox",
        "SB-Mid-server-",
        base64url(20, 40),
        severity=Severity.LOW,
    ),
    XENDIT.token(
        "xendit-secret-key",
        "Xendit secret key of production",
        "xnd_production_",
        base62(40, 80),
        severity=Severity.CRITICAL,
    ),
    XENDIT.token(
        "xendit-test-secret-key",
        "Xendit secret key of test mode",
        "xnd_development_",
        base62(40, 80),
        severity=Severity.LOW,
    ),
    CASHFREE.token(
        "cashfree-secret-key",
        "Cashfree secret key of production",
        "cfsk_ma_prod_",
        hexadecimal(32),
        "_",
        hexadecimal(8),
        severity=Severity.CRITICAL,
    ),
    CASHFREE.token(
        "cashfree-test-secret-key",
        "Cashfree secret key of the sandbox",
        "cfsk_ma_test_",
        hexadecimal(32),
        "_",
        hexadecimal(8),
        severity=Severity.LOW,
    ),
    OMISE.token("omise-secret-key", "Omise secret key of live mode", "skey_", base36(19), severity=Severity.CRITICAL),
    OMISE.token(
        "omise-test-secret-key", "Omise secret key of test mode", "skey_test_", base36(19), severity=Severity.LOW
    ),
    YOOKASSA.token(
        "yookassa-secret-key",
        "YooKassa secret key",
        "live_",
        base64url(43),
        severity=Severity.CRITICAL,
        checks=(Charset(digits=1, upper=1, lower=1),),
        counter_examples=("live_zqwxvkjhgfpmnbtrlcydoeuiaszqwxvkjhgfpmnbtrl",),
    ),
    replace(
        TOSS.token(
            "toss-payments-secret-key",
            "Toss Payments secret key",
            either("live_sk_", "live_gsk_", "test_sk_", "test_gsk_"),
            base62(28, 36),
            severity=Severity.HIGH,
        ),
        supersedes=(*LESS_SPECIFIC, "gocardless-access-token", "yookassa-secret-key"),
    ),
)
