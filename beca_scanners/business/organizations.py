"""Software of schools, churches, authorities and clubs, and tools of small makers."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_core.checks import Charset
from beca_scanners.building import Provider, base62, base64url, either, hexadecimal, run, uuid

PLANNING_CENTER: Final = Provider(
    name="Planning Center",
    category="business",
    reference="https://developer.planning.center/docs/#/overview/authentication",
    remediation="Revoke the personal access token or replace the secret of the application on the page Developers.",
)
CANADIAN_DIGITAL_SERVICE: Final = Provider(
    name="Canadian Digital Service",
    category="messaging",
    reference="https://documentation.notification.canada.ca/en/start.html",
    remediation="Revoke the API key of the service in GC Notify, under API integration, and create a new one.",
)
CHIEF_TOOLS: Final = Provider(
    name="Chief Tools",
    category="developer-tools",
    reference="https://docs.chief.app/",
    remediation="Revoke the token in the account settings, under API tokens, and create a new one.",
)
BLOCK_PROTOCOL: Final = Provider(
    name="Block Protocol",
    category="developer-tools",
    reference="https://blockprotocol.org/docs/hub/api",
    remediation="Revoke the API key in the settings, under API keys, and create a new one.",
)
HOP: Final = Provider(
    name="HOP",
    category="developer-tools",
    reference="https://docs.hop.io/reference/authorization",
    remediation="Delete the token in the settings of the project or account.",
)
HACK_CLUB: Final = Provider(
    name="Hack Club",
    category="business",
    reference="https://docs.ai.hackclub.com/",
    remediation="Revoke the key in the dashboard, under API keys, and create a new one.",
)
REDIRECT_PIZZA: Final = Provider(
    name="redirect.pizza",
    category="developer-tools",
    reference="https://redirect.pizza/docs",
    remediation="Delete the API token in the settings, under API, and create a new one.",
)
ORBIT: Final = Provider(
    name="Orbit",
    category="social-network",
    reference="https://api.orbit.love/reference/authentication",
    remediation="Delete the API token in the account settings.",
)
INCIDENT_IO: Final = Provider(
    name="Pineapple Technologies Limited",
    category="business",
    reference="https://docs.incident.io/api-reference/introduction",
    remediation="Delete the API key of incident.io in the settings, under API keys, and create a new one.",
)

RULES: Final = (
    PLANNING_CENTER.token(
        "planning-center-personal-access-token", "Planning Center personal access token", "pco_pat_", base62(40, 100)
    ),
    PLANNING_CENTER.token(
        "planning-center-oauth-token",
        "Planning Center OAuth access token",
        either("pco_tok_", "pco_at_", "pco_access_"),
        base62(40, 100),
    ),
    PLANNING_CENTER.token(
        "planning-center-oauth-secret",
        "Planning Center secret of an OAuth application",
        either("pco_app_", "pco_sec_", "pco_secret_"),
        base62(40, 100),
    ),
    CANADIAN_DIGITAL_SERVICE.token(
        "gc-notify-api-key",
        "API key of GC Notify, of the Canadian Digital Service",
        "gcntfy-",
        run("0-9A-Za-z_-", 1, 80),
        "-",
        *uuid(),
        "-",
        *uuid(),
        min_share=0.5,
    ),
    CHIEF_TOOLS.token(
        "chief-tools-token",
        "Chief Tools token",
        either("ctp_", "cto_", "ctr_"),
        base62(36, 64),
        severity=Severity.MEDIUM,
    ),
    BLOCK_PROTOCOL.token("block-protocol-api-key", "Block Protocol API key", "b10ck5.", hexadecimal(32), ".", *uuid()),
    HOP.named(
        "hop-token",
        "HOP project token, personal access token or bearer",
        ("hop_", "onehop", "hop.io"),
        either("ptk_", "pat_", "bearer_"),
        base64url(24, 160),
    ),
    HACK_CLUB.token("hack-club-ai-key", "Hack Club AI key", "sk-hc-v1-", hexadecimal(64), severity=Severity.MEDIUM),
    REDIRECT_PIZZA.named(
        "redirect-pizza-api-token",
        "redirect.pizza API token",
        ("redirect_pizza", "redirect.pizza", "redirectpizza", "redirect-pizza"),
        either("rpa_", ""),
        base62(40, 80),
        supersedes=("runpod-api-key",),
    ),
    ORBIT.token("orbit-api-token", "Orbit API token", either("obu_", "obw_"), base62(40), severity=Severity.MEDIUM),
    INCIDENT_IO.token(
        "incident-io-api-key",
        "incident.io API key",
        "inc_",
        base62(40, 80),
        checks=(Charset(digits=1),),
        counter_examples=("inc_" + "zqwxvkjhgfpmnbtrlcydoeuias" * 2,),
    ),
)
