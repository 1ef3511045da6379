"""Messengers and the chats of organizations, besides Slack, Discord and Matrix: bots, apps and incoming webhooks."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, Severity
from beca_scanners.building import (
    Provider,
    base36,
    base62,
    base64url,
    digits,
    either,
    hexadecimal,
    run,
    uuid,
)

_CATEGORY: Final = "messaging"
_NEW_WEBHOOK: Final = "Delete the webhook in the settings of the channel or app and create a new one."

TELEGRAM: Final = Provider(
    name="Telegram",
    category=_CATEGORY,
    reference="https://core.telegram.org/bots/api#authorizing-your-bot",
    remediation="Send /revoke to @BotFather and choose the bot; the old token ceases to work.",
)
TEAMS: Final = Provider(
    name="Microsoft Teams",
    category=_CATEGORY,
    reference="https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook",
    remediation=_NEW_WEBHOOK,
)
ZOOM: Final = Provider(
    name="Zoom",
    category=_CATEGORY,
    reference="https://developers.zoom.us/docs/internal-apps/s2s-oauth/",
    remediation="Regenerate the secret on the page App Credentials of the app in the Marketplace.",
)
WEBEX: Final = Provider(
    name="Webex",
    category=_CATEGORY,
    reference="https://developer.webex.com/docs/bots",
    remediation="Regenerate the access token of the bot or the secret of the integration on the page My Webex Apps.",
)
MATTERMOST: Final = Provider(
    name="Mattermost",
    category=_CATEGORY,
    reference="https://developers.mattermost.com/integrate/reference/personal-access-token/",
    remediation="Delete the token in the profile, under Security, or the webhook under Integrations.",
)
ROCKET_CHAT: Final = Provider(
    name="Rocket.Chat",
    category=_CATEGORY,
    reference="https://developer.rocket.chat/apidocs/authentication",
    remediation="Remove the personal access token in the account, or the webhook in the administration, Integrations.",
)
GOOGLE_CHAT: Final = Provider(
    name="Google Chat",
    category=_CATEGORY,
    reference="https://developers.google.com/workspace/chat/quickstart/webhooks",
    remediation="Delete the webhook in the space, under Apps and integrations, and create a new one.",
)
GUILDED: Final = Provider(
    name="Guilded",
    category=_CATEGORY,
    reference="https://support.guilded.gg/hc/en-us/articles/360038927934",
    remediation=_NEW_WEBHOOK,
)
FLOCK: Final = Provider(
    name="Flock",
    category=_CATEGORY,
    reference="https://docs.flock.com/display/flockos/Create+An+Incoming+Webhook",
    remediation=_NEW_WEBHOOK,
)
CLIQ: Final = Provider(
    name="Zoho Cliq",
    category=_CATEGORY,
    reference="https://www.zoho.com/cliq/help/platform/webhook-tokens.html",
    remediation="Delete the webhook token in the settings, under Bots and Tools, and create a new one.",
)
PUMBLE: Final = Provider(
    name="Pumble",
    category=_CATEGORY,
    reference="https://pumble.com/help/integrations/custom-apps/incoming-webhooks-for-pumble/",
    remediation=_NEW_WEBHOOK,
)

RULES: Final = (
    TELEGRAM.token(
        "telegram-bot-token", "Telegram token of a bot", digits(8, 10), ":AA", base64url(32, 34), severity=Severity.HIGH
    ),
    TELEGRAM.named(
        "telegram-api-hash",
        "Telegram API hash of an app",
        ("telegram", "tg_api", "tgapi"),
        hexadecimal(32),
        said=("hash", "secret", "key"),
        reference="https://core.telegram.org/api/obtaining_api_id",
        remediation="An API hash cannot be changed: stop using the app's id and ask Telegram for help.",
    ),
    TEAMS.token(
        "teams-incoming-webhook",
        "Microsoft Teams incoming webhook",
        ".webhook.office.com/webhookb2/",
        *uuid(),
        "@",
        *uuid(),
        "/IncomingWebhook/",
        hexadecimal(32),
        "/",
        *uuid(),
        severity=Severity.MEDIUM,
        boundary="0-9A-Za-z_",
    ),
    TEAMS.token(
        "teams-legacy-webhook",
        "Microsoft Teams incoming webhook of before 2021",
        "https://outlook.office.com/webhook/",
        *uuid(),
        "@",
        *uuid(),
        "/IncomingWebhook/",
        hexadecimal(32),
        "/",
        *uuid(),
        severity=Severity.MEDIUM,
    ),
    ZOOM.named(
        "zoom-client-secret",
        "Zoom client secret or API secret of an app",
        ("zoom_client", "zoom_api", "zoom_sdk", "zoom_meeting", "zoom_app", "zoom_oauth", "zoom-client", "zoomclient"),
        base62(32, 36),
        said=("secret",),
    ),
    ZOOM.named(
        "zoom-webhook-secret",
        "Zoom secret token, with which webhooks are verified",
        ("zoom_webhook", "zoom_verification", "zoom_secret"),
        base64url(22),
        severity=Severity.MEDIUM,
        reference="https://developers.zoom.us/docs/api/webhooks/",
        said=("secret", "token"),
    ),
    WEBEX.named(
        "webex-access-token",
        "Webex access token of a bot, guest or person",
        ("webex", "ciscospark", "spark_"),
        base64url(64),
        "_",
        run("A-Z0-9", 4),
        "_",
        *uuid(),
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
    ),
    WEBEX.token(
        "webex-incoming-webhook",
        "Webex incoming webhook",
        either("https://webexapis.com/v1/webhooks/incoming/", "https://api.ciscospark.com/v1/webhooks/incoming/"),
        base64url(70, 120),
        severity=Severity.MEDIUM,
        reference="https://apphub.webex.com/applications/incoming-webhooks-cisco-systems-38054-23307-75252",
        remediation=_NEW_WEBHOOK,
    ),
    WEBEX.named(
        "webex-client-secret",
        "Webex client secret of an integration",
        ("webex", "ciscospark"),
        hexadecimal(64),
        said=("secret",),
    ),
    MATTERMOST.named(
        "mattermost-access-token",
        "Mattermost token of a bot or person",
        "mattermost",
        base36(26),
        severity=Severity.HIGH,
    ),
    MATTERMOST.named(
        "mattermost-webhook",
        "Mattermost incoming webhook",
        "mattermost",
        "https://",
        run("0-9a-z.-", 6, 60),
        "/hooks/",
        base36(26),
        severity=Severity.MEDIUM,
        reference="https://developers.mattermost.com/integrate/webhooks/incoming/",
        said=("hook", "url", "uri"),
    ),
    ROCKET_CHAT.named(
        "rocket-chat-token",
        "Rocket.Chat personal access token",
        ("rocketchat", "rocket_chat", "rocket.chat"),
        base64url(43),
    ),
    ROCKET_CHAT.named(
        "rocket-chat-webhook",
        "Rocket.Chat incoming webhook",
        ("rocketchat", "rocket_chat", "rocket.chat"),
        "https://",
        run("0-9a-z.-", 6, 60),
        "/hooks/",
        base62(17, 24),
        "/",
        base62(48, 64),
        severity=Severity.MEDIUM,
        reference="https://docs.rocket.chat/docs/integrations",
        said=("hook", "url", "uri"),
    ),
    GOOGLE_CHAT.token(
        "google-chat-webhook",
        "Google Chat incoming webhook",
        "https://chat.googleapis.com/v1/spaces/",
        base64url(11, 20),
        "/messages?key=AIza",
        base64url(35),
        "&token=",
        base64url(43),
        severity=Severity.MEDIUM,
        supersedes=("google-api-key",),
    ),
    GUILDED.token(
        "guilded-webhook",
        "Guilded webhook",
        "https://media.guilded.gg/webhooks/",
        *uuid(),
        "/",
        base64url(80, 90),
        severity=Severity.MEDIUM,
    ),
    FLOCK.token(
        "flock-webhook",
        "Flock incoming webhook",
        "https://api.flock.com/hooks/sendMessage/",
        *uuid(),
        severity=Severity.MEDIUM,
    ),
    CLIQ.token(
        "zoho-cliq-webhook-token",
        "Zoho Cliq webhook token",
        "zapikey=1001.",
        hexadecimal(32),
        ".",
        hexadecimal(32),
        severity=Severity.MEDIUM,
    ),
    PUMBLE.token(
        "pumble-webhook",
        "Pumble incoming webhook",
        "https://api.pumble.com/workspaces/",
        hexadecimal(24),
        "/incomingWebhooks/postMessage/",
        base62(20, 40),
        severity=Severity.MEDIUM,
    ),
)
