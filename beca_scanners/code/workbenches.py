"""Tokens of places where code is kept, searched and written: forges, editors in the cloud, documentation."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base36, base62, base64, base64url, either, hexadecimal

_HOSTING: Final = "code-hosting"
_TOOLS: Final = "developer-tools"

SOURCEGRAPH: Final = Provider(
    name="Sourcegraph",
    category=_TOOLS,
    reference="https://sourcegraph.com/docs/cli/how-tos/creating-an-access-token",
    remediation="Delete the token in the settings of the user, under Access tokens.",
)
GITEA: Final = Provider(
    name="Gitea",
    category=_HOSTING,
    reference="https://docs.gitea.com/development/api-usage",
    remediation="Delete the token in the settings of the user, under Applications.",
)
JETBRAINS: Final = Provider(
    name="JetBrains",
    category=_TOOLS,
    reference="https://www.jetbrains.com/help/youtrack/server/manage-permanent-token.html",
    remediation="Delete the permanent token in the profile, under Account security.",
)
TEAMCITY: Final = Provider(
    name="TeamCity",
    category="continuous-integration",
    reference="https://www.jetbrains.com/help/teamcity/configuring-your-user-profile.html",
    remediation="Delete the token in the profile, under Access tokens.",
)
GITPOD: Final = Provider(
    name="Gitpod",
    category=_TOOLS,
    reference="https://www.gitpod.io/docs/classic/user/integrations/personal-access-token",
    remediation="Delete the token in the settings of the user, under Access tokens.",
)
CODESANDBOX: Final = Provider(
    name="CodeSandbox",
    category=_TOOLS,
    reference="https://codesandbox.io/docs/sdk/getting-started",
    remediation="Delete the token in the settings of the workspace, under API.",
)
GITBOOK: Final = Provider(
    name="GitBook",
    category="developer-tools",
    reference="https://gitbook.com/docs/developers/gitbook-api/authentication",
    remediation="Delete the token in the settings of the user, under Developer.",
)
README: Final = Provider(
    name="ReadMe",
    category="developer-tools",
    reference="https://docs.readme.com/main/reference/intro/authentication",
    remediation="Delete the key in the dashboard, under Configuration, API keys.",
)
THUNDERSTORE: Final = Provider(
    name="Thunderstore",
    category="games",
    reference="https://thunderstore.io/api/docs/",
    remediation="Delete the service account in the settings of the team.",
)

RULES: Final = (
    SOURCEGRAPH.token(
        "sourcegraph-access-token",
        "Sourcegraph access token",
        "sgp_",
        hexadecimal(40),
        severity=Severity.CRITICAL,
    ),
    SOURCEGRAPH.token(
        "sourcegraph-instance-token",
        "Sourcegraph access token with the identifier of its instance",
        "sgp_",
        base62(5, 32),
        "_",
        hexadecimal(40),
        severity=Severity.CRITICAL,
    ),
    SOURCEGRAPH.token(
        "sourcegraph-gateway-token", "Sourcegraph.com token of a user for the gateway", "sgd_", hexadecimal(64)
    ),
    SOURCEGRAPH.token(
        "sourcegraph-license-token", "Sourcegraph token made from a licence key", "slk_", hexadecimal(64)
    ),
    SOURCEGRAPH.token(
        "sourcegraph-subscription-token", "Sourcegraph token of a product subscription", "sgs_", hexadecimal(64)
    ),
    GITEA.named(
        "gitea-access-token", "Access token of Gitea or Forgejo", ("gitea", "forgejo", "codeberg"), hexadecimal(40)
    ),
    JETBRAINS.token(
        "jetbrains-permanent-token",
        "JetBrains permanent token, of YouTrack, Hub or the Marketplace",
        either("perm:", "perm-"),
        base64(4, 64),
        either("", "=", "=="),
        ".",
        base64(4, 64),
        either("", "=", "=="),
        ".",
        base62(42),
        boundary="0-9A-Za-z_",
    ),
    TEAMCITY.token(
        "teamcity-access-token",
        "TeamCity access token",
        "eyJ0eXAiOiAiVENWMiJ9.",
        base64url(24, 60),
        ".",
        base64url(36, 60),
        severity=Severity.CRITICAL,
    ),
    GITPOD.token("gitpod-access-token", "Gitpod personal access token", "gitpod_pat_", base64url(43), ".", base62(40)),
    CODESANDBOX.token("codesandbox-token", "CodeSandbox API token", "csb_v1_", base64url(40, 64)),
    GITBOOK.token("gitbook-api-token", "GitBook API token", "gb_api_", base62(36, 48)),
    README.token("readme-api-key", "ReadMe API key", "rdme_", base36(68, 72)),
    THUNDERSTORE.token("thunderstore-api-token", "Thunderstore API token of a service account", "tss_", base62(32, 64)),
)
