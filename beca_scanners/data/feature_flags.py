"""Keys of services for feature flags and experiments."""

from __future__ import annotations

from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base36, base62, base64url, run, uuid

_FLAGS: Final = "feature-flags"

LAUNCHDARKLY: Final = Provider(
    name="LaunchDarkly",
    category=_FLAGS,
    reference="https://launchdarkly.com/docs/home/account/api",
    remediation="Reset the SDK key of the environment, or delete the access token under Authorization.",
)
DEVCYCLE: Final = Provider(
    name="DevCycle",
    category=_FLAGS,
    reference="https://docs.devcycle.com/best-practices/security/api-keys-secret-scanning",
    remediation="Rotate the key in the settings of the project, under Environments and keys.",
)
STATSIG: Final = Provider(
    name="Statsig",
    category=_FLAGS,
    reference="https://docs.statsig.com/access-management/api-keys",
    remediation="Delete the key in the settings of the project, under Keys and environments.",
)
SPLIT: Final = Provider(
    name="Split",
    category=_FLAGS,
    reference="https://help.split.io/hc/en-us/articles/360019916211-API-keys",
    remediation="Revoke the key in the administration, under API keys.",
)
CONFIGCAT: Final = Provider(
    name="ConfigCat",
    category=_FLAGS,
    reference="https://configcat.com/docs/advanced/public-api/",
    remediation="Replace the SDK key, or delete the credentials of the public management API.",
)
GROWTHBOOK: Final = Provider(
    name="GrowthBook",
    category=_FLAGS,
    reference="https://docs.growthbook.io/api-overview",
    remediation="Delete the key in the settings, under API keys.",
)
OPTIMIZELY: Final = Provider(
    name="Optimizely",
    category=_FLAGS,
    reference="https://support.optimizely.com/hc/en-us/articles/4410284234893-Personal-access-tokens",
    remediation="Revoke the token in the profile, under API access.",
)

RULES: Final = (
    LAUNCHDARKLY.token(
        "launchdarkly-api-token", "LaunchDarkly API access token", "api-", *uuid(), severity=Severity.CRITICAL
    ),
    LAUNCHDARKLY.token(
        "launchdarkly-sdk-key", "LaunchDarkly SDK key of an environment", "sdk-", *uuid(), severity=Severity.MEDIUM
    ),
    LAUNCHDARKLY.token(
        "launchdarkly-mobile-key",
        "LaunchDarkly mobile key of an environment, which apps have in them",
        "mob-",
        *uuid(),
        severity=Severity.LOW,
    ),
    DEVCYCLE.token(
        "devcycle-server-key",
        "DevCycle SDK key for servers",
        "dvc_server_",
        run("0-9A-Za-z_-", 30, 90),
        severity=Severity.MEDIUM,
    ),
    DEVCYCLE.token(
        "devcycle-mobile-key",
        "DevCycle SDK key for mobile apps, which have it in them",
        "dvc_mobile_",
        run("0-9A-Za-z_-", 30, 90),
        severity=Severity.LOW,
    ),
    DEVCYCLE.token(
        "devcycle-client-key",
        "DevCycle SDK key for browsers, which is meant to be public",
        "dvc_client_",
        run("0-9A-Za-z_-", 30, 90),
        severity=Severity.LOW,
    ),
    STATSIG.token(
        "statsig-server-key", "Statsig secret key for servers", "secret-", base62(40, 48), severity=Severity.HIGH
    ),
    STATSIG.token(
        "statsig-console-key",
        "Statsig key of the console's API",
        "console-",
        base62(40, 48),
        severity=Severity.CRITICAL,
    ),
    SPLIT.named(
        "split-api-key",
        "Split API key of an administrator or for servers",
        ("split_io", "splitio", "split.io", "split_api", "split_sdk"),
        base36(36, 54),
    ),
    CONFIGCAT.token(
        "configcat-sdk-key",
        "ConfigCat SDK key",
        "configcat-sdk-1/",
        base64url(22),
        "/",
        base64url(22),
        severity=Severity.LOW,
    ),
    GROWTHBOOK.token(
        "growthbook-secret-key", "GrowthBook secret key of an organisation", "secret_admin_", base62(32, 64)
    ),
    GROWTHBOOK.token("growthbook-access-token", "GrowthBook personal access token", "secret_user_", base62(32, 64)),
    OPTIMIZELY.named(
        "optimizely-access-token", "Optimizely personal access token", "optimizely", "2:", base64url(43, 80)
    ),
)
