"""Messengers that are used mostly in Asia: bots, apps and webhooks."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import (
    Provider,
    base62,
    base64,
    base64url,
    either,
    hexadecimal,
    uuid,
)
from beca_scanners.building.placed import TokenPlace

_CATEGORY: Final = "messaging"

LINE: Final = Provider(
    name="LINE",
    category=_CATEGORY,
    reference="https://developers.line.biz/en/docs/basics/channel-access-token/",
    remediation="Reissue the channel access token or the channel secret in the LINE Developers Console.",
)
LARK: Final = Provider(
    name="Lark",
    category=_CATEGORY,
    reference="https://open.larksuite.com/document/client-docs/bot-v3/add-custom-bot",
    remediation="Reset the secret on the page of the app, delete the custom bot, or sign out all sessions of the user.",
)
DINGTALK: Final = Provider(
    name="DingTalk",
    category=_CATEGORY,
    reference="https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages",
    remediation="Delete the robot in the settings of the group and add a new one.",
)
WECOM: Final = Provider(
    name="WeCom",
    category=_CATEGORY,
    reference="https://developer.work.weixin.qq.com/document/path/91770",
    remediation="Delete the robot in the settings of the group and add a new one.",
)
SYNOLOGY: Final = Provider(
    name="Synology Chat",
    category=_CATEGORY,
    reference="https://kb.synology.com/en-global/DSM/help/Chat/chat_integration",
    remediation="Regenerate the token of the integration.",
)

RULES: Final = (
    LINE.named(
        "line-channel-access-token",
        "LINE channel access token",
        ("line_channel", "line_access", "line_bot", "linebot", "line-bot", "line_messaging"),
        base64(140, 180),
        said=("token",),
    ),
    LINE.named(
        "line-channel-secret",
        "LINE channel secret",
        ("line_channel", "line_bot", "linebot", "line-bot", "line_secret"),
        hexadecimal(32),
        said=("secret",),
    ),
    LINE.named(
        "line-notify-token",
        "LINE Notify token, of a service that ended in 2025",
        ("line_notify", "linenotify", "line-notify"),
        base62(43),
        severity=Severity.LOW,
        said=("token", "key"),
    ),
    LARK.token(
        "lark-bot-webhook",
        "Lark or Feishu webhook of a custom bot",
        either("https://open.feishu.cn/open-apis/bot/", "https://open.larksuite.com/open-apis/bot/"),
        either("v2/hook/", "hook/"),
        *uuid(),
        severity=Severity.MEDIUM,
    ),
    LARK.token(
        "lark-user-session",
        "Lark or Feishu session of a user",
        "XN0YXJ0-",
        base64url(20, 120),
        "-WVuZA",
        severity=Severity.CRITICAL,
    ),
    DINGTALK.token(
        "dingtalk-robot-webhook",
        "DingTalk webhook of a robot",
        "https://oapi.dingtalk.com/robot/send?access_token=",
        hexadecimal(64),
        severity=Severity.MEDIUM,
    ),
    DINGTALK.token(
        "dingtalk-robot-secret",
        "DingTalk secret with which a robot signs",
        "SEC",
        hexadecimal(64),
        severity=Severity.MEDIUM,
    ),
    DINGTALK.named(
        "dingtalk-app-secret",
        "DingTalk secret of an app",
        ("dingtalk", "ding_talk", "dingding"),
        base64url(64),
        said=("secret",),
    ),
    WECOM.token(
        "wecom-robot-webhook",
        "WeCom webhook of a robot in a group",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
        *uuid(),
        severity=Severity.MEDIUM,
    ),
    TokenPlace(
        before=r"api=SYNO\.Chat\.External&method=(?:incoming|chatbot)&version=2&token=(?:%22|\")",
        lines=(
            "curl 'https://nas.acme.internal/webapi/entry.cgi?api=SYNO.Chat.External&method=incoming&version=2&token=\"{}\"'",
            'url: /webapi/entry.cgi?api=SYNO.Chat.External&method=chatbot&version=2&token="{}"\n',
        ),
    ).rule(
        SYNOLOGY,
        "synology-chat-webhook",
        "Token of a Synology Chat incoming webhook or bot",
        base62(40, 80),
        severity=Severity.MEDIUM,
        boundary="0-9A-Za-z_",
    ),
)
