"""Providers of payments by card and on the web that work in many countries."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, Severity
from beca_core.checks import Charset
from beca_scanners.building import (
    Provider,
    base36,
    base62,
    base64,
    base64url,
    either,
    hexadecimal,
    run,
    upper36,
    uuid,
)

_CATEGORY: Final = "payments"

SQUARE: Final = Provider(
    name="Square",
    category=_CATEGORY,
    reference="https://developer.squareup.com/docs/build-basics/access-tokens",
    remediation="Replace the access token or the secret on the page Credentials or OAuth of the application.",
)
CHECKOUT: Final = Provider(
    name="Checkout.com",
    category=_CATEGORY,
    reference="https://www.checkout.com/docs/developer-resources/api/manage-api-keys",
    remediation="Revoke the secret key in the dashboard, under Developers, Keys, and create a new one.",
)
PAYPAL: Final = Provider(
    name="PayPal",
    category=_CATEGORY,
    reference="https://developer.paypal.com/api/rest/authentication/",
    remediation="Add a second secret to the app in the developer dashboard, move to it, and delete the leaked one.",
)
BRAINTREE: Final = Provider(
    name="Braintree",
    category=_CATEGORY,
    reference="https://developer.paypal.com/braintree/articles/control-panel/important-gateway-credentials",
    remediation="Delete the API key in the control panel, under API, and generate a new one.",
)
ADYEN: Final = Provider(
    name="Adyen",
    category=_CATEGORY,
    reference="https://docs.adyen.com/development-resources/api-credentials/",
    remediation="Generate a new API key or HMAC key for the credential in the customer area.",
)
MOLLIE: Final = Provider(
    name="Mollie",
    category=_CATEGORY,
    reference="https://docs.mollie.com/docs/authentication",
    remediation="Reset the API key in the dashboard, under Developers, API keys.",
)
KLARNA: Final = Provider(
    name="Klarna",
    category=_CATEGORY,
    reference="https://docs.klarna.com/api/authentication/",
    remediation="Disable the API credentials in the merchant portal and generate new ones.",
)
GOCARDLESS: Final = Provider(
    name="GoCardless",
    category=_CATEGORY,
    reference="https://developer.gocardless.com/getting-started/api/making-your-first-request/",
    remediation="Delete the access token in the dashboard, under Developers, and create a new one.",
)
RAPYD: Final = Provider(
    name="Rapyd",
    category=_CATEGORY,
    reference="https://docs.rapyd.net/en/get-your-api-keys.html",
    remediation="Rotate the secret key in the client portal, under Developers, Credentials.",
)
SUMUP: Final = Provider(
    name="SumUp",
    category=_CATEGORY,
    reference="https://developer.sumup.com/tools/authorization/api-keys",
    remediation="Delete the API key in the dashboard, under For developers, and create a new one.",
)
SEZZLE: Final = Provider(
    name="Sezzle",
    category=_CATEGORY,
    reference="https://docs.sezzle.com/docs/api/core/authentication",
    remediation="Replace the keys in the settings of the merchant dashboard.",
)
HYPERSWITCH: Final = Provider(
    name="Hyperswitch",
    category=_CATEGORY,
    reference="https://docs.hyperswitch.io/hyperswitch-cloud/api-key",
    remediation="Revoke the API key in the control centre, under Developers.",
)

RULES: Final = (
    SQUARE.token(
        "square-access-token",
        "Square access token",
        "EAAA",
        base64url(60),
        severity=Severity.CRITICAL,
        checks=(Charset(digits=1, upper=5, lower=1),),
        counter_examples=("EAAA" + "zqwxvkjhgfpmnbtrlcydoeuias" * 2 + "hgfpmnbt",),
    ),
    SQUARE.token(
        "square-legacy-access-token",
        "Square access token of before 2018",
        "sq0atp-",
        base64url(22),
        severity=Severity.CRITICAL,
    ),
    SQUARE.token("square-application-secret", "Square OAuth application secret", "sq0csp-", base64url(43)),
    SQUARE.token(
        "square-sandbox-secret",
        "Square application secret or access token of the sandbox",
        either("sandbox-sq0csb-", "sandbox-sq0atb-", "sq0csb-"),
        base64url(22, 50),
        severity=Severity.LOW,
    ),
    CHECKOUT.token(
        "checkout-com-secret-key",
        "Checkout.com secret key of production",
        "sk_",
        run("a-z2-7", 26),
        run("a-z2-7*#$=", 1),
        severity=Severity.CRITICAL,
        checks=(Charset(digits=1),),
        counter_examples=("sk_qwzxvkjhgfpmnbtrlcydoeuiask",),
    ),
    CHECKOUT.token(
        "checkout-com-test-secret-key",
        "Checkout.com secret key of the sandbox",
        "sk_sbox_",
        run("a-z2-7", 26),
        run("a-z2-7*#$=", 1),
        severity=Severity.MEDIUM,
    ),
    CHECKOUT.token(
        "checkout-com-legacy-secret-key",
        "Checkout.com secret key of production of before 2021",
        "sk_",
        *uuid(),
        severity=Severity.CRITICAL,
    ),
    CHECKOUT.token(
        "checkout-com-legacy-test-secret-key",
        "Checkout.com secret key of the sandbox of before 2021",
        "sk_test_",
        *uuid(),
        severity=Severity.MEDIUM,
    ),
    PAYPAL.named(
        "paypal-client-secret",
        "PayPal client secret of an app",
        "paypal",
        "E",
        base64url(79),
        severity=Severity.CRITICAL,
    ),
    PAYPAL.named(
        "paypal-client-id",
        "PayPal client id of an app",
        "paypal",
        "A",
        base64url(79),
        said=("client", "id"),
        severity=Severity.LOW,
    ),
    PAYPAL.token(
        "paypal-access-token",
        "PayPal access token",
        "A21AA",
        base64url(60, 120),
    ),
    BRAINTREE.token(
        "braintree-access-token",
        "Braintree access token of production",
        "access_token$production$",
        base36(16),
        "$",
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    BRAINTREE.token(
        "braintree-sandbox-access-token",
        "Braintree access token of the sandbox",
        "access_token$sandbox$",
        base36(16),
        "$",
        hexadecimal(32),
        severity=Severity.LOW,
    ),
    BRAINTREE.named(
        "braintree-private-key",
        "Braintree private key",
        "braintree",
        hexadecimal(32),
        said=("private",),
        severity=Severity.CRITICAL,
    ),
    ADYEN.token(
        "adyen-api-key",
        "Adyen API key",
        "AQE",
        base64(40, 200),
        either("", "=", "=="),
        "-",
        base64(43),
        "=",
        severity=Severity.CRITICAL,
    ),
    ADYEN.named(
        "adyen-hmac-key",
        "Adyen HMAC key, with which notifications are signed",
        "adyen",
        run("0-9A-F", 64),
        severity=Severity.MEDIUM,
    ),
    MOLLIE.named(
        "mollie-api-key", "Mollie API key of live mode", "mollie", "live_", base62(30, 36), severity=Severity.CRITICAL
    ),
    MOLLIE.named(
        "mollie-test-api-key", "Mollie API key of test mode", "mollie", "test_", base62(30, 36), severity=Severity.LOW
    ),
    MOLLIE.named("mollie-access-token", "Mollie organization access token", "mollie", "access_", base62(30, 50)),
    KLARNA.token(
        "klarna-api-key",
        "Klarna API key of production",
        "klarna_live_api_",
        run("0-9A-Za-z!?()_,-", 40, 400),
        severity=Severity.CRITICAL,
    ),
    KLARNA.token(
        "klarna-test-api-key",
        "Klarna API key of the playground",
        "klarna_test_api_",
        run("0-9A-Za-z!?()_,-", 40, 400),
        severity=Severity.LOW,
    ),
    GOCARDLESS.token(
        "gocardless-access-token",
        "GoCardless access token of production",
        "live_",
        base64url(40),
        severity=Severity.CRITICAL,
        checks=(Charset(digits=1, upper=1, lower=1),),
        counter_examples=("live_zqwxvkjhgfpmnbtrlcydoeuiaszqwxvkjhgfpmnb",),
    ),
    GOCARDLESS.token(
        "gocardless-sandbox-access-token",
        "GoCardless access token of the sandbox",
        "sandbox_",
        base64url(40),
        severity=Severity.LOW,
        checks=(Charset(digits=1, upper=1, lower=1),),
        counter_examples=("sandbox_zqwxvkjhgfpmnbtrlcydoeuiaszqwxvkjhgfpmnb",),
    ),
    RAPYD.token("rapyd-secret-key", "Rapyd secret key", "rsk_", hexadecimal(80), severity=Severity.CRITICAL),
    RAPYD.token(
        "rapyd-access-key",
        "Rapyd access key, which identifies a secret key",
        "rak_",
        upper36(20),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    SUMUP.token("sumup-api-key", "SumUp API key", "sup_sk_", base62(30, 60), severity=Severity.CRITICAL),
    SEZZLE.token("sezzle-private-key", "Sezzle private key", "sz_pr_", base62(30, 48), severity=Severity.CRITICAL),
    HYPERSWITCH.token(
        "hyperswitch-api-key",
        "Hyperswitch API key",
        either("snd_", "prd_", "dev_"),
        base62(64),
        severity=Severity.CRITICAL,
    ),
)
