"""Help desks, conversations with customers, announcements and feedback."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence
from beca_core.checks import Charset
from beca_scanners.building import Provider, base62, base64, base64url, either, hexadecimal, run

_CATEGORY: Final = "support"

INTERCOM: Final = Provider(
    name="Intercom",
    category=_CATEGORY,
    reference="https://developers.intercom.com/docs/build-an-integration/learn-more/authentication",
    remediation="Regenerate the access token on the page Authentication of the app in the Developer Hub.",
)
ZENDESK: Final = Provider(
    name="Zendesk",
    category=_CATEGORY,
    reference="https://developer.zendesk.com/api-reference/introduction/security-and-auth/",
    remediation="Delete the API token in the Admin Center, under Apps and integrations, and create a new one.",
)
FRESHDESK: Final = Provider(
    name="Freshworks",
    category=_CATEGORY,
    reference="https://developers.freshdesk.com/api/#authentication",
    remediation="Reset the API key in the profile settings.",
)
LIVECHAT: Final = Provider(
    name="LiveChat",
    category=_CATEGORY,
    reference="https://platform.text.com/docs/authorization/authorization-in-practice",
    remediation="Delete the personal access token in the developer console and create a new one.",
)
BEAMER: Final = Provider(
    name="Beamer",
    category=_CATEGORY,
    reference="https://www.getbeamer.com/api",
    remediation="Delete the API key in the settings, under API, and create a new one.",
)
PLAIN: Final = Provider(
    name="Plain",
    category=_CATEGORY,
    reference="https://www.plain.com/docs/api-reference/graphql/authentication",
    remediation="Delete the API key of the machine user in the settings and create a new one.",
)
PYLON: Final = Provider(
    name="Pylon",
    category=_CATEGORY,
    reference="https://docs.usepylon.com/pylon-docs/developer/api/authentication",
    remediation="Delete the API token in the settings, under API Tokens, and create a new one.",
)

RULES: Final = (
    INTERCOM.token("intercom-access-token", "Intercom access token", "dG9rO", run("g-v", 1), base64(50, 100), "="),
    ZENDESK.named("zendesk-api-token", "Zendesk API token", "zendesk", base62(40)),
    ZENDESK.named("zendesk-oauth-secret", "Zendesk OAuth client secret or access token", "zendesk", hexadecimal(64)),
    FRESHDESK.named(
        "freshworks-api-key",
        "Freshworks API key of Freshdesk, Freshservice or Freshsales",
        ("freshdesk", "freshservice", "freshsales", "freshworks"),
        base62(18, 24),
    ),
    LIVECHAT.token(
        "livechat-personal-access-token",
        "LiveChat personal access token",
        either("dal:", "fra:"),
        base64url(30, 60),
        confidence=Confidence.MEDIUM,
        checks=(Charset(digits=1, upper=1, lower=1),),
        counter_examples=("dal:zqwxvkjhgfpmnbtrlcydoeuiaszqwxvk",),
    ),
    BEAMER.named("beamer-api-key", "Beamer API key", ("beamer_", "getbeamer", "beamer-"), "b_", base64url(43), "="),
    PLAIN.token("plain-api-key", "Plain API key of a machine user", "plainApiKey_", base64url(40, 80)),
    PYLON.token("pylon-api-token", "Pylon API token", "pylon_api_", hexadecimal(64)),
)
