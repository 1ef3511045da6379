"""Documents, tables, files and signatures."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_core.checks import Charset
from beca_scanners.building import Provider, base36, base62, base64url, digits, hexadecimal, run, uuid

_CATEGORY: Final = "documents"

AIRTABLE: Final = Provider(
    name="Airtable",
    category=_CATEGORY,
    reference="https://airtable.com/developers/web/api/authentication",
    remediation="Regenerate or delete the token on the page Personal access tokens of the builder hub.",
)
NOTION: Final = Provider(
    name="Notion",
    category=_CATEGORY,
    reference="https://developers.notion.com/reference/authentication",
    remediation="Refresh the secret on the page of the integration, under My integrations.",
)
DROPBOX: Final = Provider(
    name="Dropbox",
    category=_CATEGORY,
    reference="https://developers.dropbox.com/oauth-guide",
    remediation="Revoke the token with /auth/token/revoke, or disconnect the app in the settings of the account.",
)
BOX: Final = Provider(
    name="Box",
    category=_CATEGORY,
    reference="https://developer.box.com/guides/authentication/",
    remediation="Reset the client secret on the page Configuration of the app, or revoke the developer token there.",
)
DOCUSIGN: Final = Provider(
    name="Docusign",
    category=_CATEGORY,
    reference="https://developers.docusign.com/platform/auth/",
    remediation="Delete the secret key of the app on the page Apps and Keys and create a new one.",
)
DROPBOX_SIGN: Final = Provider(
    name="Dropbox Sign",
    category=_CATEGORY,
    reference="https://developers.hellosign.com/api/reference/authentication/",
    remediation="Delete the API key in the settings, under API, and create a new one.",
)
EVERNOTE: Final = Provider(
    name="Evernote",
    category=_CATEGORY,
    reference="https://dev.evernote.com/doc/articles/dev_tokens.php",
    remediation="Revoke the developer token on the page Developer Tokens.",
)
NOCODB: Final = Provider(
    name="NocoDB",
    category=_CATEGORY,
    reference="https://docs.nocodb.com/account-settings/api-tokens/",
    remediation="Delete the token in the account settings, under Tokens, and create a new one.",
)
OUTLINE: Final = Provider(
    name="Outline",
    category=_CATEGORY,
    reference="https://www.getoutline.com/developers",
    remediation="Revoke the API key in the settings, under API and Apps.",
)

RULES: Final = (
    AIRTABLE.token(
        "airtable-personal-access-token", "Airtable personal access token", "pat", base62(14), ".", hexadecimal(64)
    ),
    AIRTABLE.token(
        "airtable-oauth-token", "Airtable OAuth access token", "oaa", base62(14), ".v1.", run("0-9A-Za-z_.-", 40, 600)
    ),
    AIRTABLE.named(
        "airtable-api-key",
        "Airtable API key, which personal access tokens have replaced",
        "airtable",
        "key",
        base62(14),
        severity=Severity.MEDIUM,
    ),
    NOTION.token("notion-api-token", "Notion token of an integration since 2024", "ntn_", base62(44, 50)),
    NOTION.token(
        "notion-integration-token",
        "Notion token of an integration of before 2024, or OAuth client secret",
        "secret_",
        base62(43),
        checks=(Charset(digits=1, upper=1, lower=1),),
        counter_examples=("secret_zqwxvkjhgfpmnbtrlcydoeuiaszqwxvkjhgfpmnbtrl",),
    ),
    DROPBOX.token(
        "dropbox-access-token",
        "Dropbox access token that does not expire",
        base62(11),
        "AAAAAAAAAA",
        base64url(43),
        severity=Severity.CRITICAL,
    ),
    DROPBOX.token(
        "dropbox-short-lived-access-token",
        "Dropbox access token of a few hours",
        "sl.",
        run("0-9A-Za-z_.-", 130, 1000),
    ),
    DROPBOX.named("dropbox-app-secret", "Dropbox app key or app secret", "dropbox", base36(15), said=("secret", "key")),
    BOX.named(
        "box-client-secret",
        "Box client secret or developer token",
        ("box_client", "box_developer", "box_access", "boxsdk", "box_app", "box_primary"),
        base62(32),
        said=("secret", "token", "key"),
    ),
    DOCUSIGN.named("docusign-secret-key", "Docusign secret key of an app", "docusign", *uuid(), said=("secret", "key")),
    DROPBOX_SIGN.named(
        "dropbox-sign-api-key",
        "Dropbox Sign API key, earlier called HelloSign",
        ("hellosign", "dropbox_sign", "dropboxsign"),
        hexadecimal(64),
    ),
    EVERNOTE.token(
        "evernote-developer-token",
        "Evernote developer token",
        "S=s",
        digits(1, 4),
        ":U=",
        hexadecimal(1, 10),
        ":E=",
        hexadecimal(9, 12),
        ":C=",
        hexadecimal(9, 12),
        ":P=",
        hexadecimal(2, 5),
        ":A=",
        run("0-9a-z_-", 2, 40),
        ":V=2:H=",
        hexadecimal(32),
        severity=Severity.CRITICAL,
    ),
    NOCODB.token("nocodb-api-token", "NocoDB API token", "nc_pat_", base62(40, 48)),
    OUTLINE.token("outline-api-key", "Outline API key", "ol_api_", base62(38)),
)
