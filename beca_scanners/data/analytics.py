"""Keys of services that count and follow what users do."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base62, hexadecimal

_ANALYTICS: Final = "analytics"

AMPLITUDE: Final = Provider(
    name="Amplitude",
    category=_ANALYTICS,
    reference="https://amplitude.com/docs/apis/authentication",
    remediation="Rotate the secret key in the settings of the project.",
)
MIXPANEL: Final = Provider(
    name="Mixpanel",
    category=_ANALYTICS,
    reference="https://developer.mixpanel.com/reference/authentication",
    remediation="Reset the API secret in the settings of the project, or delete the service account.",
)
BRANCH: Final = Provider(
    name="Branch",
    category=_ANALYTICS,
    reference="https://help.branch.io/developers-hub/reference/branch-api-overview",
    remediation="Reset the secret in the account settings, under Profile.",
)
SIMPLE_ANALYTICS: Final = Provider(
    name="Simple Analytics",
    category=_ANALYTICS,
    reference="https://docs.simpleanalytics.com/api/authenticate",
    remediation="Delete the key in the account, under API.",
)

RULES: Final = (
    AMPLITUDE.named(
        "amplitude-secret-key", "Amplitude secret key of a project", "amplitude", hexadecimal(32), said=("secret",)
    ),
    AMPLITUDE.named(
        "amplitude-api-key",
        "Amplitude API key of a project, which apps have in them",
        "amplitude",
        hexadecimal(32),
        said=("api_key", "apikey", "api-key"),
        severity=Severity.LOW,
    ),
    MIXPANEL.named(
        "mixpanel-api-secret", "Mixpanel API secret of a project", "mixpanel", hexadecimal(32), said=("secret",)
    ),
    MIXPANEL.named(
        "mixpanel-service-account-secret",
        "Mixpanel secret of a service account",
        "mixpanel",
        base62(32),
        said=("service", "password"),
    ),
    BRANCH.token("branch-secret", "Branch secret of an app", "secret_live_", base62(32)),
    SIMPLE_ANALYTICS.token("simple-analytics-api-key", "Simple Analytics API key", "sa_api_key_", base62(32, 64)),
)
