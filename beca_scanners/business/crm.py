"""Relations with customers: sales, leads and contacts."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, base62, base64, digits, either, hexadecimal, run, uuid
from beca_scanners.building.web_token import web_token

_CATEGORY: Final = "crm"

HUBSPOT: Final = Provider(
    name="HubSpot",
    category=_CATEGORY,
    reference="https://developers.hubspot.com/docs/guides/apps/authentication/intro-to-auth",
    remediation="Rotate the token of the private app, or deactivate the personal access key, in the settings.",
)
SALESFORCE: Final = Provider(
    name="Salesforce",
    category=_CATEGORY,
    reference="https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_tokens_scopes.htm",
    remediation="Revoke the token in the setup, under Connected Apps OAuth Usage, or rotate the app's secret.",
)
PIPEDRIVE: Final = Provider(
    name="Pipedrive",
    category=_CATEGORY,
    reference="https://pipedrive.readme.io/docs/core-api-concepts-authentication",
    remediation="Generate a new API token in the personal preferences, under API.",
)
CLOSE: Final = Provider(
    name="Close",
    category=_CATEGORY,
    reference="https://developer.close.com/topics/authentication/",
    remediation="Delete the API key in the settings, under Developer, and create a new one.",
)
ZOHO: Final = Provider(
    name="Zoho",
    category=_CATEGORY,
    reference="https://www.zoho.com/accounts/protocol/oauth.html",
    remediation="Revoke the token with /oauth/v2/token/revoke, or regenerate the client secret in the API console.",
)
KEAP: Final = Provider(
    name="Keap",
    category=_CATEGORY,
    reference="https://developer.infusionsoft.com/pat-and-sak/",
    remediation="Delete the personal access token or the service account key and create a new one.",
)
SALESLOFT: Final = Provider(
    name="Salesloft",
    category=_CATEGORY,
    reference="https://developer.salesloft.com/docs/api/",
    remediation="Delete the API key in the settings, under API Keys, and create a new one.",
)
CLEARBIT: Final = Provider(
    name="Clearbit",
    category=_CATEGORY,
    reference="https://dashboard.clearbit.com/docs#authentication",
    remediation="Replace the secret API key in the dashboard, under API.",
)
HIGHLEVEL: Final = Provider(
    name="HighLevel",
    category=_CATEGORY,
    reference="https://help.gohighlevel.com/support/solutions/articles/155000003054",
    remediation="Rotate the token of the private integration in the settings.",
)

FRONT: Final = Provider(
    name="Front",
    category=_CATEGORY,
    reference="https://dev.frontapp.com/docs/create-and-revoke-api-tokens",
    remediation="Delete the API token in the settings, under Developers, and create a new one.",
)

RULES: Final = (
    HUBSPOT.token(
        "hubspot-private-app-token",
        "HubSpot access token of a private app",
        either("pat-na1-", "pat-eu1-", "pat-na2-", "pat-ap1-", "pat-na3-"),
        *uuid(),
    ),
    HUBSPOT.token(
        "hubspot-personal-access-key",
        "HubSpot personal access key of the command-line tool",
        either("CiRuYTEt", "CiRldTEt", "CiRuYTIt", "CiRhcDEt"),
        base64(60, 400),
        reference="https://developers.hubspot.com/docs/guides/cms/personal-access-key",
    ),
    HUBSPOT.named(
        "hubspot-api-key",
        "HubSpot API key, which private apps have replaced",
        ("hubspot", "hapi"),
        *uuid(),
        severity=Severity.HIGH,
    ),
    SALESFORCE.token(
        "salesforce-access-token",
        "Salesforce access token or id of a session",
        "00D",
        base62(12, 15),
        "!",
        run("0-9A-Za-z._", 80, 130),
        severity=Severity.CRITICAL,
    ),
    SALESFORCE.token(
        "salesforce-refresh-token",
        "Salesforce refresh token",
        "5Aep861",
        run("0-9A-Za-z._", 60, 100),
        severity=Severity.CRITICAL,
    ),
    SALESFORCE.token(
        "salesforce-consumer-key",
        "Salesforce consumer key of a connected app",
        "3MVG9",
        run("0-9A-Za-z._", 60, 100),
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
    ),
    PIPEDRIVE.named("pipedrive-api-token", "Pipedrive API token", "pipedrive", hexadecimal(40)),
    CLOSE.token(
        "close-api-key", "Close API key", "api_", base62(20, 24), ".", base62(20, 24), severity=Severity.CRITICAL
    ),
    ZOHO.token(
        "zoho-oauth-token",
        "Zoho access token, refresh token or grant",
        "1000.",
        hexadecimal(32),
        ".",
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    ZOHO.named("zoho-client-secret", "Zoho client secret", "zoho", hexadecimal(42), said=("secret",)),
    KEAP.token("keap-access-key", "Keap personal access token or service account key", "KeapAK-", hexadecimal(50, 80)),
    SALESLOFT.token(
        "salesloft-api-key", "Salesloft API key", either("v2_ak_", "ak_"), digits(3, 8), "_", hexadecimal(64)
    ),
    CLEARBIT.token(
        "clearbit-secret-key",
        "Clearbit secret API key",
        "sk_",
        hexadecimal(32),
        confidence=Confidence.MEDIUM,
        severity=Severity.MEDIUM,
    ),
    HIGHLEVEL.token("highlevel-private-token", "HighLevel token of a private integration", "pit-", *uuid()),
    web_token(
        SALESFORCE,
        "salesforce-marketing-cloud-token",
        "Salesforce OAuth token of the Marketing Cloud API",
        {"access_token": "t", "client_id": "c", "eid": 10, "stack_key": "S7", "scope": "???>>>"},
        header={"alg": "HS256", "kid": "4", "ver": "1", "typ": "JWT"},
        said=('"stack_key":',),
        reference="https://developer.salesforce.com/docs/marketing/marketing-cloud/guide/access-token-s2s.html",
        remediation="Rotate the client secret of the package; the token expires after 20 minutes.",
    ),
    web_token(
        FRONT,
        "front-api-token",
        "Front API token",
        {"iss": "front", "scopes": ["private:*", "shared:*"]},
        issuers=("front",),
        said=('"scopes":',),
    ),
)
