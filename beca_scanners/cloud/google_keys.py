"""Google's API keys, OAuth credentials and tokens, the key files of service accounts, and the keys of its storage.

The documentation of API keys shows one, which is ignored.
"""

from __future__ import annotations

import string
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from beca_core import Allow, Confidence, CounterExample, Example, Part, Rule, Severity, Step, random_text
from beca_core.checks import Entropy
from beca_core.rules.example import deferred
from beca_scanners.building import (
    Provider,
    TokenShape,
    base36,
    base62,
    base64,
    base64url,
    digits,
    either,
    hexadecimal,
    upper36,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOGLE: Final = Provider(
    name="Google",
    category="cloud",
    reference="https://cloud.google.com/docs/authentication/api-keys",
    remediation="Delete the key in the Google Cloud console under credentials, and restrict the new one.",
)

_SHOWN: Final = "SyDaGmWKa4J"
"""The beginning of the key in the documentation."""
_KEY: Final = GOOGLE.token(
    "google-api-key",
    "Google API key, of Maps, YouTube, Firebase, Gemini and others",
    "AIza",
    base64url(35),
)
API_KEY: Final = replace(
    _KEY,
    allow=Allow(words=(_SHOWN,)),
    counter_examples=deferred(
        lambda: (
            *_KEY.counter_examples,
            CounterExample(f"key=AIza{_SHOWN}{base62(24).sample('documentation')}", step=Step.ALLOW),
        )
    ),
)

_DASHES: Final = "-" * 5
_LABEL: Final = "PRIVATE KEY"
_DIGITS: Final = string.ascii_letters + string.digits + "+/"
_ADDRESS: Final = "deploy@acme-1.iam.gserviceaccount.com"


def _private_key(lines: int, seed: str) -> str:
    """Return a private key as the value of a member of a JSON object: line ends are written as two characters."""
    body = "".join(rf"{random_text(_DIGITS, 64, f'{seed} {number}')}\n" for number in range(lines))
    return rf"{_DASHES}BEGIN {_LABEL}{_DASHES}\n{body}{_DASHES}END {_LABEL}{_DASHES}\n"


def _file(key: str, address: str = _ADDRESS) -> str:
    return f'{{\n  "type": "service_account",\n  "private_key": "{key}",\n  "client_email": "{address}"\n}}\n'


def _examples() -> Iterator[Example]:
    for lines, seed in ((12, "short"), (26, "long")):
        key = _private_key(lines, seed)
        yield Example(_file(key), key, parts={"client-email": _ADDRESS})
    yield Example(f'{{"client_email": "{_ADDRESS}", "private_key": "{key}"}}', key, parts={"client-email": _ADDRESS})


def _counter_examples() -> Iterator[CounterExample]:
    yield CounterExample(_file(_private_key(12, "of another"), "deploy@acme.test"), step=Step.PARTS)
    yield CounterExample(_file(_private_key(1, "too short")))
    worthless = "A" * 76 + rf"\n{'A' * 76}" * 30
    worthless = rf"{_DASHES}BEGIN {_LABEL}{_DASHES}\n{worthless}\n{_DASHES}END {_LABEL}{_DASHES}\n"
    yield CounterExample(_file(worthless), step=Step.CHECK, check="entropy")


_BODY: Final = r"[0-9A-Za-z+/=\\]{400,1000}" + r"[0-9A-Za-z+/=\\]{0,1000}" * 3
"""Up to 4,000 digits of base 64, with line ends written as a backslash and `n`."""

SERVICE_ACCOUNT: Final = Rule(
    id="google-service-account-key",
    version=1,
    description="Google Cloud service account credentials: the private key in a key file",
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    pattern=rf'"private_key": ?"(?P<secret>-{{5}}BEGIN {_LABEL}-{{5}}\\n{_BODY}-{{5}}END {_LABEL}-{{5}}(?:\\n)?)"',
    max_bytes=8192,
    parts=(
        Part(
            name="client-email",
            pattern=r"[a-z0-9-]{1,63}@[a-z0-9.-]{1,63}\.gserviceaccount\.com",
            boundary="0-9A-Za-z_.@-",
            within_bytes=1024,
            public=True,
        ),
    ),
    checks=(Entropy(min_share=0.6),),
    supersedes=("secret-key", "generic-*", "pem-*"),
    provider="Google",
    category="cloud",
    examples=deferred(_examples),
    counter_examples=deferred(_counter_examples),
    references=("https://cloud.google.com/iam/docs/keys-create-delete",),
    remediation="Disable and delete the key of the service account in IAM, and look through the audit log for its use.",
)

RULES: Final[tuple[Rule, ...]] = (
    API_KEY,
    SERVICE_ACCOUNT,
    GOOGLE.token(
        "google-bound-api-key",
        "Google API key that is bound to a service account, also of Gemini",
        "AQ.Ab",
        base64url(40, 80),
        severity=Severity.CRITICAL,
    ),
    GOOGLE.token(
        "google-oauth-client-secret",
        "Google OAuth client secret",
        "GOCSPX-",
        base64url(28),
        reference="https://support.google.com/cloud/answer/6158849",
        remediation="Add a new client secret in the Google Cloud console under credentials, and delete the old one.",
    ),
    GOOGLE.token(
        "google-oauth-client-id",
        "Google OAuth client id, the public half of a pair",
        digits(12),
        "-",
        base36(32),
        ".apps.googleusercontent.com",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        reference="https://support.google.com/cloud/answer/6158849",
        remediation="Nothing, as long as the client secret that belongs to it is not known.",
    ),
    GOOGLE.token(
        "google-oauth-access-token",
        "Google OAuth access token, valid for an hour",
        "ya29.",
        either("c.", "d.", ""),
        base64url(40, 900),
        reference="https://developers.google.com/identity/protocols/oauth2",
        remediation="Revoke the token at Google's endpoint for revocation, or wait an hour until it has expired.",
    ),
    GOOGLE.token(
        "google-oauth-refresh-token",
        "Google OAuth refresh token",
        "1//0",
        base64url(40, 180),
        reference="https://developers.google.com/identity/protocols/oauth2",
        remediation="Remove the access of the application on the security page of the Google account.",
    ),
    GOOGLE.token(
        "google-storage-service-account-key-id",
        "Google Cloud Storage HMAC access id of a service account",
        "GOOG1E",
        upper36(55),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        reference="https://cloud.google.com/storage/docs/authentication/hmackeys",
        remediation="Look for the secret that belongs to it, and deactivate the HMAC key if it is known.",
    ),
    GOOGLE.token(
        "google-storage-user-key-id",
        "Google Cloud Storage HMAC access id of a user",
        "GOOG",
        upper36(20),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        reference="https://cloud.google.com/storage/docs/authentication/hmackeys",
        remediation="Look for the secret that belongs to it, and deactivate the HMAC key if it is known.",
    ),
    GOOGLE.paired(
        "google-storage-hmac-secret",
        "Google Cloud Storage HMAC secret beside its access id",
        TokenShape("GOOG", upper36(20, 57)),
        base64(40),
        reference="https://cloud.google.com/storage/docs/authentication/hmackeys",
        remediation="Deactivate and delete the HMAC key in the settings of Cloud Storage, and create a new one.",
    ),
    GOOGLE.token(
        "google-fcm-server-key",
        "Google Firebase Cloud Messaging server key",
        "AAAA",
        base64url(7),
        ":APA91b",
        base64url(134),
        reference="https://firebase.google.com/docs/cloud-messaging/auth-server",
        remediation="Delete the server key in the settings of the Firebase project.",
    ),
    GOOGLE.named(
        "google-firebase-database-secret",
        "Google Firebase Realtime Database secret",
        "firebase",
        base62(40),
        said=("secret",),
        reference="https://firebase.google.com/docs/database/rest/auth",
        remediation="Revoke the secret in the settings of the Firebase project under service accounts.",
    ),
    GOOGLE.named(
        "google-ads-developer-token",
        "Google Ads developer token",
        ("google_ads", "googleads", "google-ads", "adwords"),
        base64url(22),
        said=("developer", "token"),
        severity=Severity.MEDIUM,
        reference="https://developers.google.com/google-ads/api/docs/get-started/dev-token",
        remediation="Reset the developer token in the API centre of the manager account.",
    ),
    GOOGLE.named(
        "google-dialogflow-client-token",
        "Google Dialogflow access token of version 1",
        ("dialogflow", "api_ai", "apiai"),
        hexadecimal(32),
        reference="https://cloud.google.com/dialogflow/es/docs",
        remediation="Delete the agent's version 1 tokens: that interface has been shut down.",
    ),
)
