"""Providers of push notifications, of messages within apps, and of channels between programs and browsers."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from beca_core import Confidence, Severity
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
from beca_scanners.building.provider import LESS_SPECIFIC

_CATEGORY: Final = "messaging"

ONESIGNAL: Final = Provider(
    name="OneSignal",
    category=_CATEGORY,
    reference="https://documentation.onesignal.com/docs/en/keys-and-ids",
    remediation="Rotate or delete the key in the settings, under Keys and IDs.",
)
PUSHER: Final = Provider(
    name="Pusher",
    category=_CATEGORY,
    reference="https://pusher.com/docs/channels/library_auth_reference/rest-api/",
    remediation="Create a new pair of key and secret on the page App Keys, and delete the leaked one.",
)
ABLY: Final = Provider(
    name="Ably",
    category=_CATEGORY,
    reference="https://ably.com/docs/auth/basic",
    remediation="Revoke the API key in the settings of the app and create a new one.",
)
PUBNUB: Final = Provider(
    name="PubNub",
    category=_CATEGORY,
    reference="https://www.pubnub.com/docs/general/setup/account-setup",
    remediation="Create a new key set in the admin portal and delete the leaked one.",
)
TALKJS: Final = Provider(
    name="TalkJS",
    category=_CATEGORY,
    reference="https://talkjs.com/docs/Features/Security/Identity_Verification/",
    remediation="Create a new secret key on the page Settings of the dashboard and delete the leaked one.",
)
COURIER: Final = Provider(
    name="Courier",
    category=_CATEGORY,
    reference="https://www.courier.com/docs/platform/workspaces/api-keys/",
    remediation="Rotate the API key in the settings of the workspace.",
)
NTFY: Final = Provider(
    name="ntfy",
    category=_CATEGORY,
    reference="https://docs.ntfy.sh/config/#access-tokens",
    remediation="Remove the token with `ntfy token remove` or on the page Account.",
)
SERVERCHAN: Final = Provider(
    name="ServerChan",
    category=_CATEGORY,
    reference="https://sct.ftqq.com/sendkey",
    remediation="Reset the SendKey on the page SendKey.",
)

RULES: Final = (
    ONESIGNAL.token(
        "onesignal-api-key",
        "OneSignal API key of an app or organization",
        either("os_v2_app_", "os_v2_org_"),
        run("a-z2-7", 90, 120),
    ),
    ONESIGNAL.named("onesignal-rest-key", "OneSignal REST API key of before 2024", "onesignal", base64(48)),
    PUSHER.named("pusher-app-secret", "Pusher secret of an app", "pusher", hexadecimal(20), said=("secret",)),
    PUSHER.named("pusher-beams-key", "Pusher Beams secret key", "pusher", run("0-9A-F", 64), said=("secret", "beams")),
    ABLY.named(
        "ably-api-key",
        "Ably API key",
        "ably",
        base64url(6),
        ".",
        base64url(6),
        ":",
        base64url(16, 43),
        said=("key", "token"),
    ),
    PUBNUB.token("pubnub-secret-key", "PubNub secret key", "sec-c-", base62(40, 60), severity=Severity.CRITICAL),
    PUBNUB.token(
        "pubnub-publish-key",
        "PubNub publish key",
        "pub-c-",
        *uuid(),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    PUBNUB.token(
        "pubnub-subscribe-key",
        "PubNub subscribe key",
        "sub-c-",
        *uuid(),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    replace(
        TALKJS.named("talkjs-secret-key", "TalkJS secret key", "talkjs", either("sk_live_", "sk_test_"), base62(32)),
        supersedes=(*LESS_SPECIFIC, "stripe-*"),
    ),
    COURIER.token(
        "courier-auth-token", "Courier API key", either("pk_prod_", "pk_test_"), upper36(28), severity=Severity.HIGH
    ),
    NTFY.token("ntfy-access-token", "ntfy access token", "tk_", base36(29), confidence=Confidence.MEDIUM),
    SERVERCHAN.token("serverchan-sendkey", "ServerChan SendKey", "SCT", run("0-9", 4, 8), "T", base62(25, 30)),
)
