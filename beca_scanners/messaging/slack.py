"""Slack's tokens, whose prefix names their kind, and the URLs to which messages are posted.

Slack documents the prefixes; the lengths are those of tokens in use, with room on both sides.
"""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, base64, digits, either, hexadecimal, run, upper36

SLACK: Final = Provider(
    name="Slack",
    category="messaging",
    reference="https://docs.slack.dev/authentication/tokens/",
    remediation="Revoke the token with the method auth.revoke or in the settings of the app, and install the app anew.",
)
_WEBHOOKS: Final = "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/"
_WEBHOOK_REMEDIATION: Final = "Remove the webhook in the settings of the app or workflow, and create a new one."

RULES: Final = (
    SLACK.token(
        "slack-bot-token",
        "Slack bot token",
        "xoxb-",
        digits(9, 15),
        "-",
        digits(9, 15),
        "-",
        base62(18, 34),
    ),
    SLACK.token(
        "slack-legacy-bot-token", "Slack token of a bot of before 2018", "xoxb-", digits(8, 14), "-", base62(18, 26)
    ),
    SLACK.token(
        "slack-user-token",
        "Slack user token, which acts as a person",
        either("xoxp-", "xoxs-", "xoxo-"),
        digits(9, 15),
        "-",
        digits(9, 15),
        "-",
        digits(9, 15),
        "-",
        hexadecimal(10, 64),
        severity=Severity.CRITICAL,
    ),
    SLACK.token(
        "slack-workspace-token",
        "Slack token of a workspace app",
        either("xoxa-2-", "xoxr-"),
        digits(9, 15),
        "-",
        digits(9, 15),
        "-",
        run("0-9-", 9, 32),
        "-",
        hexadecimal(20, 64),
    ),
    SLACK.token(
        "slack-session-token",
        "Slack session token of a browser or of the desktop app",
        "xoxc-",
        digits(9, 15),
        "-",
        digits(9, 15),
        "-",
        digits(9, 15),
        "-",
        hexadecimal(64),
        severity=Severity.CRITICAL,
    ),
    SLACK.token(
        "slack-session-cookie",
        "Slack session cookie",
        "xoxd-",
        run("0-9A-Za-z%+/", 80, 400),
        severity=Severity.CRITICAL,
    ),
    SLACK.token(
        "slack-app-level-token",
        "Slack app-level token",
        "xapp-1-A",
        upper36(8, 12),
        "-",
        digits(9, 15),
        "-",
        hexadecimal(64),
    ),
    SLACK.token(
        "slack-rotated-token",
        "Slack token that expires, of a bot, of a user or of an app's configuration",
        either("xoxe.xoxb-1-", "xoxe.xoxp-1-"),
        base64(100, 250),
        severity=Severity.CRITICAL,
    ),
    SLACK.token(
        "slack-refresh-token",
        "Slack refresh token",
        "xoxe-1-",
        base64(100, 250),
        severity=Severity.CRITICAL,
    ),
    SLACK.token(
        "slack-incoming-webhook",
        "Slack incoming webhook",
        either("https://hooks.slack.com/services/T", "https://hooks.slack-gov.com/services/T"),
        upper36(7, 14),
        "/B",
        upper36(7, 14),
        "/",
        base62(22, 26),
        severity=Severity.MEDIUM,
        reference=_WEBHOOKS,
        remediation=_WEBHOOK_REMEDIATION,
    ),
    SLACK.token(
        "slack-workflow-webhook",
        "Slack webhook that starts a workflow",
        "https://hooks.slack.com/workflows/T",
        upper36(7, 14),
        "/A",
        upper36(7, 14),
        "/",
        digits(12, 20),
        "/",
        base62(22, 26),
        severity=Severity.MEDIUM,
        reference="https://slack.com/help/articles/360041352714",
        remediation=_WEBHOOK_REMEDIATION,
    ),
    SLACK.token(
        "slack-trigger-webhook",
        "Slack webhook that starts a workflow, of Workflow Builder since 2023",
        either("https://hooks.slack.com/triggers/T", "https://hooks.slack.com/triggers/E"),
        upper36(7, 14),
        "/",
        digits(10, 16),
        "/",
        hexadecimal(32),
        severity=Severity.MEDIUM,
        reference="https://slack.com/help/articles/360041352714",
        remediation=_WEBHOOK_REMEDIATION,
    ),
)
