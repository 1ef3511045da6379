"""Tokens of Atlassian's cloud, of Bitbucket, and of Jira and Confluence on servers of one's own."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, base64, base64url, run
from beca_scanners.building.web_token import web_token

ATLASSIAN: Final = Provider(
    name="Atlassian",
    category="code-hosting",
    reference="https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/",
    remediation="Revoke the token in the settings of the Atlassian account or the organisation that owns it.",
)
BITBUCKET: Final = Provider(
    name="Bitbucket",
    category="code-hosting",
    reference="https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/",
    remediation="Revoke the token in the settings of the account, the repository, the project or the workspace.",
)

RULES: Final = (
    ATLASSIAN.token(
        "atlassian-api-token",
        "Atlassian API token of an account, which is valid for Jira, Confluence and Bitbucket",
        "ATATT3x",
        base64url(100, 300),
        "=",
        run("0-9A-F", 8),
        severity=Severity.CRITICAL,
    ),
    ATLASSIAN.token(
        "atlassian-access-token",
        "Atlassian access token of a repository, project or workspace, or API key of an organisation",
        "ATCTT3x",
        base64url(100, 300),
        "=",
        run("0-9A-F", 8),
        severity=Severity.CRITICAL,
        reference="https://support.atlassian.com/organization-administration/docs/manage-an-organization-with-the-admin-apis/",
    ),
    ATLASSIAN.token(
        "atlassian-oauth-secret",
        "Atlassian client secret of an OAuth 2.0 app",
        "ATOA",
        base64url(60, 90),
        reference="https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/",
        remediation="Rotate the secret in the developer console, under the settings of the app.",
    ),
    web_token(
        ATLASSIAN,
        "atlassian-json-web-token",
        "Atlassian access token of an OAuth 2.0 app",
        {"iss": "https://auth.atlassian.com", "client_id": "app", "scope": "read:jira-work"},
        issuers=("https://auth.atlassian.com", "https://id.atlassian.com", "https://atlassian-account-prod"),
        reference="https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/",
        remediation="Remove the app's access from the account, under Connected apps, and rotate the app's secret.",
    ),
    BITBUCKET.token(
        "bitbucket-app-password",
        "Bitbucket Cloud app password",
        "ATBB",
        base62(24),
        run("0-9A-F", 8),
        reference="https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/",
    ),
    BITBUCKET.token(
        "bitbucket-server-token",
        "Bitbucket Data Center HTTP access token",
        "BBDC-",
        base64(40, 60),
        reference="https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html",
    ),
    BITBUCKET.named(
        "bitbucket-oauth-secret",
        "Bitbucket Cloud secret of an OAuth consumer",
        "bitbucket",
        base62(32),
        reference="https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/",
    ),
    BITBUCKET.named(
        "bitbucket-oauth-key",
        "Bitbucket Cloud key of an OAuth consumer, the public half of a pair",
        "bitbucket",
        base62(18),
        said=("client_id", "clientid", "client-id", "consumer_key", "oauth_key", "key"),
        severity=Severity.LOW,
        reference="https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/",
    ),
)
