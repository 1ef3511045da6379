"""Tokens of tools for interfaces and apps: clients and gateways of APIs, builds of mobile apps, simulated clouds."""

from __future__ import annotations

from typing import Final

from beca_core import Confidence, Severity
from beca_scanners.building import Provider, base62, base64url, hexadecimal, upper36

_APIS: Final = "developer-tools"
_APPS: Final = "developer-tools"

POSTMAN: Final = Provider(
    name="Postman",
    category=_APIS,
    reference="https://learning.postman.com/docs/developer/postman-api/authentication/",
    remediation="Delete the key in the account, under Settings, API keys. Look for other "
    "secrets in the collections that it can read.",
)
WSO2: Final = Provider(
    name="WSO2",
    category=_APIS,
    reference="https://wso2.com/choreo/docs/",
    remediation="Revoke the token in the Choreo console, in the settings of the user.",
)
LOCALSTACK: Final = Provider(
    name="LocalStack",
    category="developer-tools",
    reference="https://docs.localstack.cloud/aws/getting-started/auth-token/",
    remediation="Rotate the token in the web application, under Auth tokens.",
)
LIMBAR: Final = Provider(
    name="Limbar",
    category=_APPS,
    reference="https://docs.limrun.com/",
    remediation="Delete the token in the console of the organisation.",
)
IONIC: Final = Provider(
    name="Ionic",
    category=_APPS,
    reference="https://ionic.io/docs/appflow/personal-access-tokens",
    remediation="Delete the token in the account's settings, under Personal access tokens.",
)

RULES: Final = (
    POSTMAN.token("postman-api-key", "Postman API key", "PMAK-", hexadecimal(24), "-", hexadecimal(34)),
    POSTMAN.token(
        "postman-collection-key",
        "Postman access key of a collection",
        "PMAT-",
        upper36(24, 28),
        severity=Severity.MEDIUM,
    ),
    WSO2.token("wso2-choreo-token", "WSO2 Choreo personal access token", "chk_eyJ", base64url(60, 400)),
    LOCALSTACK.token(
        "localstack-auth-token",
        "LocalStack auth token",
        "ls-",
        base62(8),
        "-",
        base62(4),
        "-",
        base62(4),
        "-",
        base62(4),
        "-",
        base62(12),
    ),
    LOCALSTACK.named(
        "localstack-api-key",
        "LocalStack API key, legacy or of a CI system",
        "localstack",
        base62(10),
        said=("api_key", "api-key", "apikey"),
    ),
    LIMBAR.token("limbar-token", "Limbar token", "lim_", base62(40, 96), confidence=Confidence.MEDIUM),
    IONIC.token("ionic-access-token", "Ionic personal access token", "ion_", base62(42)),
)
