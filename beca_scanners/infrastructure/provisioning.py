"""Tokens of services that build infrastructure, deploy to it and run workflows on it."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, hexadecimal, run, upper36
from beca_scanners.building.web_token import web_token

_INFRASTRUCTURE: Final = "infrastructure"
_WORKFLOWS: Final = "automation"

PULUMI: Final = Provider(
    name="Pulumi",
    category=_INFRASTRUCTURE,
    reference="https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/",
    remediation="Delete the token in Pulumi Cloud, under Access tokens. Rotate the secrets of "
    "the stacks that it could read.",
)
SCALR: Final = Provider(
    name="Scalr",
    category=_INFRASTRUCTURE,
    reference="https://docs.scalr.io/reference/api-tokens",
    remediation="Delete the token in the profile of the user or of the service account.",
)
OCTOPUS: Final = Provider(
    name="Octopus Deploy",
    category=_INFRASTRUCTURE,
    reference="https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key",
    remediation="Revoke the key in the profile, under My API keys.",
)
TEMPORAL: Final = Provider(
    name="Temporal",
    category=_WORKFLOWS,
    reference="https://docs.temporal.io/cloud/api-keys",
    remediation="Disable and delete the key in the profile or in that of the service account.",
)
WORKATO: Final = Provider(
    name="Workato",
    category=_WORKFLOWS,
    reference="https://docs.workato.com/workato-api/api-clients.html",
    remediation="Refresh the token of the API client in the administration of the workspace.",
)
PALANTIR: Final = Provider(
    name="Palantir",
    category="data-platform",
    reference="https://www.palantir.com/docs/foundry/platform-security-third-party/user-generated-tokens",
    remediation="Disable the token in the account settings, under Tokens.",
)

RULES: Final = (
    PULUMI.token("pulumi-access-token", "Pulumi access token", "pul-", hexadecimal(40), severity=Severity.CRITICAL),
    web_token(
        SCALR,
        "scalr-api-token",
        "Scalr API token of a person or of a service account",
        {"iss": "user", "jti": "at-v0o1"},
        said=('"jti":"at-',),
        severity=Severity.CRITICAL,
    ),
    OCTOPUS.token(
        "octopus-deploy-api-key", "Octopus Deploy API key", "API-", upper36(25, 36), severity=Severity.CRITICAL
    ),
    web_token(
        TEMPORAL,
        "temporal-cloud-api-key",
        "Temporal Cloud API key",
        {"iss": "temporal.io", "aud": ["temporal.io"], "account_id": "a1b2c"},
        issuers=("temporal.io",),
    ),
    WORKATO.token(
        "workato-api-token",
        "Workato API token of a client; its prefix names the data centre",
        "wrk",
        run("a-z", 2, 8),
        "-",
        run("0-9A-Za-z._-", 40, 1000),
        confidence=Confidence.MEDIUM,
    ),
    web_token(
        PALANTIR,
        "palantir-json-web-token",
        "Palantir Foundry token of a user",
        {"jti": "a0b1", "org": "foundry"},
        header={"plntr": "v1", "alg": "ES256", "typ": "JWT"},
        headers=("plntr",),
    ),
)
