"""Providers of telephone calls and short messages."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, Severity, random_text
from beca_core.checks import Charset
from beca_scanners.building import (
    Provider,
    base36,
    base62,
    base64,
    either,
    hexadecimal,
    run,
    upper36,
)
from beca_scanners.building.web_token import web_token

_CATEGORY: Final = "telephony"

TWILIO: Final = Provider(
    name="Twilio",
    category=_CATEGORY,
    reference="https://www.twilio.com/docs/iam/api-keys",
    remediation="Delete the API key in the console, or promote the secondary auth token and delete the primary one.",
)
PLIVO: Final = Provider(
    name="Plivo",
    category=_CATEGORY,
    reference="https://www.plivo.com/docs/account/api/authentication",
    remediation="Reset the auth token on the overview page of the console.",
)
TELNYX: Final = Provider(
    name="Telnyx",
    category=_CATEGORY,
    reference="https://developers.telnyx.com/development/authentication",
    remediation="Delete the key under API Keys in the portal and create a new one.",
)
MESSAGEBIRD: Final = Provider(
    name="MessageBird",
    category=_CATEGORY,
    reference="https://developers.messagebird.com/api/#authentication",
    remediation="Delete the access key in the dashboard, under Developers, and create a new one.",
)
VONAGE: Final = Provider(
    name="Vonage",
    category=_CATEGORY,
    reference="https://developer.vonage.com/en/getting-started/concepts/authentication",
    remediation="Revoke the secret in the API settings of the dashboard and create a second one before.",
)
AFRICAS_TALKING: Final = Provider(
    name="Africa's Talking",
    category=_CATEGORY,
    reference="https://developers.africastalking.com/docs/authentication",
    remediation="Generate a new API key in the settings of the app; the old one ceases to work.",
)
BANDWIDTH: Final = Provider(
    name="Bandwidth",
    category=_CATEGORY,
    reference="https://dev.bandwidth.com/docs/credentials/",
    remediation="Rotate the API credentials on the page Account in the dashboard.",
)

_AUTH_TOKEN: Final = TWILIO.named(
    "twilio-auth-token",
    "Twilio auth token, which gives access to the whole account",
    "twilio",
    hexadecimal(32),
    said=("auth", "token", "secret", "pass"),
    severity=Severity.CRITICAL,
    reference="https://www.twilio.com/docs/iam/access-tokens",
)
RULES: Final = (
    TWILIO.token(
        "twilio-api-key",
        "Twilio API key: the id of a key, whose secret is beside it",
        either(*(f"SK{digit}" for digit in "0123456789abcdef")),
        hexadecimal(31),
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
    ),
    TWILIO.token(
        "twilio-account-sid",
        "Twilio account SID, which identifies an account",
        either(*(f"AC{digit}" for digit in "0123456789abcdef")),
        hexadecimal(31),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        reference="https://www.twilio.com/docs/glossary/what-is-a-sid",
        remediation="The identifier itself is no secret; replace the auth token if that has leaked with it.",
    ),
    _AUTH_TOKEN,
    TWILIO.named(
        "twilio-api-secret",
        "Twilio secret of an API key",
        "twilio",
        base62(32),
        said=("secret",),
        severity=Severity.CRITICAL,
        checks=(Charset(upper=1),),
        counter_examples=(f"twilio_secret = {random_text('0123456789abcdef', 32, 'hash')}",),
    ),
    PLIVO.named(
        "plivo-auth-id",
        "Plivo auth ID, which identifies an account",
        "plivo",
        either("MA", "SA"),
        upper36(18),
        said=("id", "user", "account", "auth"),
        severity=Severity.LOW,
    ),
    PLIVO.named("plivo-auth-token", "Plivo auth token", "plivo", base64(40, 60)),
    TELNYX.token(
        "telnyx-api-key",
        "Telnyx API key of version 2",
        "KEY",
        run("0-9A-F", 32),
        "_",
        base62(22),
        severity=Severity.CRITICAL,
    ),
    MESSAGEBIRD.named(
        "messagebird-access-key",
        "MessageBird access key",
        ("messagebird", "message_bird"),
        either("", "live_", "test_"),
        base62(25),
    ),
    VONAGE.named("vonage-api-secret", "Vonage API secret", ("vonage", "nexmo"), base62(16), said=("secret", "token")),
    AFRICAS_TALKING.token(
        "africas-talking-api-key", "Africa's Talking API key", "atsk_", hexadecimal(64), severity=Severity.CRITICAL
    ),
    BANDWIDTH.named(
        "bandwidth-api-secret",
        "Bandwidth API secret of an account",
        ("bandwidth_api", "bandwidth_client", "bandwidth_account"),
        base36(40, 56),
        said=("secret", "token", "pass"),
    ),
    web_token(
        TWILIO,
        "twilio-access-token",
        "Twilio access token of a client, which expires after a day at most",
        {"jti": "key-1", "iss": "key", "exp": 1700000000, "grants": {"identity": "somebody ???>>>"}},
        header={"typ": "JWT", "alg": "HS256", "cty": "twilio-fpa;v=1"},
        headers=("cty",),
        said=('"grants":',),
        severity=Severity.MEDIUM,
        reference="https://www.twilio.com/docs/iam/access-tokens",
        remediation="Delete the API key with which the token is signed, if the token has not expired.",
    ),
)
