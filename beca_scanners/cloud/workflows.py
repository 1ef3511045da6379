"""Platforms for jobs, webhooks and automation, and gateways that issue keys for interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, base36, base62, base64url, digits, either, hexadecimal, run

if TYPE_CHECKING:
    from beca_core import Rule

IFTTT: Final = Provider(
    name="IFTTT",
    category="automation",
    reference="https://ifttt.com/maker_webhooks",
    remediation="Regenerate the key in the settings of the Webhooks service.",
)
INNGEST: Final = Provider(
    name="Inngest",
    category="automation",
    reference="https://www.inngest.com/docs/platform/signing-keys",
    remediation="Rotate the signing key in the settings of the environment.",
)
MAKE: Final = Provider(
    name="Make",
    category="automation",
    reference="https://www.make.com/en/help/tools/webhooks",
    remediation="Delete the webhook in Make, and create a new one.",
)
N8N: Final = Provider(
    name="n8n",
    category="automation",
    reference="https://docs.n8n.io/api/authentication/",
    remediation="Delete the key in the settings of n8n under n8n API, and create a new one.",
)
PREFECT: Final = Provider(
    name="Prefect",
    category="automation",
    reference="https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/api-keys",
    remediation="Delete the key in Prefect Cloud under API keys, and create a new one.",
)
RETOOL: Final = Provider(
    name="Retool",
    category="automation",
    reference="https://docs.retool.com/org-users/guides/retool-api/authentication",
    remediation="Revoke the access token in the settings of Retool under API, and create a new one.",
)
SVIX: Final = Provider(
    name="Svix",
    category="automation",
    reference="https://docs.svix.com/tutorials/quickstart",
    remediation="Expire the token in the dashboard of Svix under API access, and create a new one.",
)
TRIGGER: Final = Provider(
    name="Trigger.dev",
    category="automation",
    reference="https://trigger.dev/docs/apikeys",
    remediation="Regenerate the key on the page of API keys of the project.",
)
ZAPIER: Final = Provider(
    name="Zapier",
    category="automation",
    reference="https://help.zapier.com/hc/en-us/articles/8496288690317",
    remediation="Delete the trigger of the Zap and add it anew, which changes the address.",
)
TINES: Final = Provider(
    name="Tines",
    category="automation",
    reference="https://www.tines.com/docs/actions/types/webhook/",
    remediation="Give the webhook action another secret, which changes the address.",
)
KONG: Final = Provider(
    name="Kong",
    category="automation",
    reference="https://developer.konghq.com/konnect-api/",
    remediation="Revoke the token in Konnect under personal or system account tokens, and generate a new one.",
)
RAPIDAPI: Final = Provider(
    name="RapidAPI",
    category="automation",
    reference="https://docs.rapidapi.com/docs/keys",
    remediation="Delete the key in the settings of the application, and create a new one.",
)
UNKEY: Final = Provider(
    name="Unkey",
    category="automation",
    reference="https://www.unkey.com/docs/security/root-keys",
    remediation="Delete the root key in the Unkey dashboard, and create a new one.",
)
ZUPLO: Final = Provider(
    name="Zuplo",
    category="automation",
    reference="https://zuplo.com/docs/articles/api-key-best-practices",
    remediation="Delete or roll the key of the consumer in the Zuplo portal.",
)

RULES: Final[tuple[Rule, ...]] = (
    IFTTT.token(
        "ifttt-webhook-url",
        "IFTTT webhook with the key of the account",
        "https://maker.ifttt.com/trigger/",
        run("0-9A-Za-z_-", 1, 60),
        either("/with/key/", "/json/with/key/"),
        base64url(22, 43),
    ),
    INNGEST.token(
        "inngest-signing-key", "Inngest signing key of the production environment", "signkey-prod-", hexadecimal(32, 64)
    ),
    INNGEST.token(
        "inngest-test-signing-key",
        "Inngest signing key of a branch or test environment",
        either("signkey-test-", "signkey-branch-"),
        hexadecimal(32, 64),
        severity=Severity.LOW,
    ),
    MAKE.token(
        "make-webhook-url",
        "Make webhook: an address that starts a scenario",
        either(
            "https://hook.eu1.make.com/",
            "https://hook.eu2.make.com/",
            "https://hook.us1.make.com/",
            "https://hook.us2.make.com/",
        ),
        base36(32),
        severity=Severity.MEDIUM,
    ),
    N8N.token("n8n-api-key", "n8n API key in its form of before 2024", "n8n_api_", hexadecimal(80)),
    PREFECT.token("prefect-user-api-key", "Prefect Cloud API key of a user", "pnu_", base62(36)),
    PREFECT.token(
        "prefect-service-account-api-key", "Prefect Cloud API key of a service account or server", "pnb_", base62(36)
    ),
    RETOOL.token("retool-access-token", "Retool access token", "retool_01", base36(20, 28)),
    SVIX.token(
        "svix-api-token",
        "Svix API token with the region of its environment",
        either("sk_", "testsk_"),
        base64url(32, 48),
        either(".eu", ".us", ".ca", ".au", ".in"),
        confidence=Confidence.MEDIUM,
    ),
    TRIGGER.token(
        "trigger-dev-secret-key",
        "Trigger.dev secret key of the production or staging environment",
        either("tr_prod_", "tr_stg_", "tr_preview_"),
        base62(20, 24),
    ),
    TRIGGER.token(
        "trigger-dev-development-key",
        "Trigger.dev secret key of the development environment",
        "tr_dev_",
        base62(20, 24),
        severity=Severity.LOW,
    ),
    TRIGGER.token("trigger-dev-personal-token", "Trigger.dev personal access token", "tr_pat_", base36(40)),
    ZAPIER.token(
        "zapier-webhook-url",
        "Zapier webhook: the end of an address that starts a Zap",
        digits(4, 10),
        "/",
        base36(6, 10),
        lead="https://hooks.zapier.com/hooks/catch/",
        severity=Severity.MEDIUM,
    ),
    ZAPIER.token("zapier-nla-api-key", "Zapier API key of AI Actions", "sk-ak-", base62(24, 48)),
    TINES.token(
        "tines-webhook-url",
        "Tines webhook: the end of an address that starts a story",
        hexadecimal(32),
        "/",
        hexadecimal(32),
        lead=".tines.com/webhook/",
        severity=Severity.MEDIUM,
    ),
    KONG.token(
        "kong-personal-access-token",
        "Kong Konnect personal access token",
        "kpat_",
        base62(40, 56),
        severity=Severity.CRITICAL,
    ),
    KONG.token(
        "kong-system-account-token",
        "Kong Konnect system account access token",
        "spat_",
        base62(40, 56),
        severity=Severity.CRITICAL,
    ),
    RAPIDAPI.token(
        "rapidapi-key",
        "RapidAPI application key, with the marks of Mashape in it",
        base36(10),
        "msh",
        base36(14, 16),
        "p1",
        base36(6),
        "jsn",
        base36(11, 13),
        severity=Severity.MEDIUM,
    ),
    UNKEY.token(
        "unkey-root-key",
        "Unkey root key, which manages the keys of a workspace",
        "unkey_",
        run("1-9A-HJ-NP-Za-km-z", 20, 40),
        severity=Severity.CRITICAL,
    ),
    ZUPLO.token(
        "zuplo-consumer-api-key",
        "Zuplo API key of a consumer: random characters and a checksum",
        "zpka_",
        base62(24, 64),
        "_",
        hexadecimal(8),
    ),
)
