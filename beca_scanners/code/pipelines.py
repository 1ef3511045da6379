"""Tokens of services for continuous integration: those that run builds, cache them and deploy what they make."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from beca_core import Severity
from beca_scanners.building import Provider, base36, base62, base64, base64url, either, hexadecimal, run
from beca_scanners.building.provider import LESS_SPECIFIC

_CI: Final = "continuous-integration"

BUILDKITE: Final = Provider(
    name="Buildkite",
    category=_CI,
    reference="https://buildkite.com/docs/platform/security/tokens",
    remediation="Revoke the token where it was created: in the personal settings, the cluster, the registry or the "
    "portal. Create a new one for the agents and scripts that use it.",
)
CIRCLECI: Final = Provider(
    name="CircleCI",
    category=_CI,
    reference="https://circleci.com/docs/managing-api-tokens/",
    remediation="Delete the token under User settings, Personal API tokens, or in the project's settings under API "
    "permissions.",
)
BITRISE: Final = Provider(
    name="Bitrise",
    category=_CI,
    reference="https://docs.bitrise.io/en/bitrise-ci/api/authenticating-with-the-bitrise-api.html",
    remediation="Delete the token under Security, in the settings of the account or of the workspace.",
)
MERGIFY: Final = Provider(
    name="Mergify",
    category=_CI,
    reference="https://docs.mergify.com/api/application-keys",
    remediation="Delete the key in the dashboard, under Settings, Security and access, API keys.",
)
TRAVIS: Final = Provider(
    name="Travis CI",
    category=_CI,
    reference="https://docs.travis-ci.com/user/triggering-builds/",
    remediation="Regenerate the token in the profile, under Settings, API authentication.",
)
DRONE: Final = Provider(
    name="Drone",
    category=_CI,
    reference="https://docs.drone.io/cli/configure/",
    remediation="Rotate the token of the user with the command line or in the account settings of the server.",
)
APPVEYOR: Final = Provider(
    name="AppVeyor",
    category=_CI,
    reference="https://www.appveyor.com/docs/api/",
    remediation="Regenerate the token in the account menu, under API keys.",
)
HARNESS: Final = Provider(
    name="Harness",
    category=_CI,
    reference="https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys/",
    remediation="Delete the token in the profile, or under the service account that owns it.",
)
SEMAPHORE: Final = Provider(
    name="Semaphore",
    category=_CI,
    reference="https://docs.semaphore.io/reference/api",
    remediation="Reset the API token in the account settings.",
)
CODEMAGIC: Final = Provider(
    name="Codemagic",
    category=_CI,
    reference="https://docs.codemagic.io/rest-api/codemagic-rest-api/",
    remediation="Regenerate the token in the personal account settings, under Integrations.",
)
EXPO: Final = Provider(
    name="Expo",
    category=_CI,
    reference="https://docs.expo.dev/accounts/programmatic-access/",
    remediation="Revoke the token in the account settings, under Access tokens.",
)
INFRACOST: Final = Provider(
    name="Infracost",
    category=_CI,
    reference="https://www.infracost.io/docs/integrations/environment_variables/",
    remediation="Revoke the key in the settings of the organisation, and create a new one.",
)
DEPOT: Final = Provider(
    name="Depot",
    category=_CI,
    reference="https://depot.dev/docs/cli/authentication",
    remediation="Delete the token in the settings of the organisation or of the project.",
)
CODESHIP: Final = Provider(
    name="CodeShip",
    category=_CI,
    reference="https://docs.cloudbees.com/docs/cloudbees-codeship/latest/pro-builds-and-configuration/aes",
    remediation="Reset the AES key of the project, and encrypt the variables again with new values.",
)

_OVER_OTHER_KINDS: Final = (*LESS_SPECIFIC, "circleci-service-token")

RULES: Final = (
    BUILDKITE.token(
        "buildkite-api-token",
        "Buildkite API access token of a user",
        "bkua_",
        base62(40, 64),
        severity=Severity.CRITICAL,
    ),
    BUILDKITE.token("buildkite-agent-session-token", "Buildkite agent session token", "bkaa_", base62(40, 90)),
    BUILDKITE.token(
        "buildkite-job-token",
        "Buildkite agent job token, valid while a job runs",
        "bkaj_",
        run("0-9A-Za-z._-", 60, 900),
        severity=Severity.MEDIUM,
    ),
    BUILDKITE.token("buildkite-unclustered-agent-token", "Buildkite unclustered agent token", "bkar_", base62(40, 90)),
    BUILDKITE.token("buildkite-agent-token", "Buildkite agent token of a cluster", "bkct_", base62(40, 90)),
    BUILDKITE.token(
        "buildkite-registry-token",
        "Buildkite token of a package registry, lasting or temporary",
        "bkpt_",
        run("0-9A-Za-z._-", 60, 400),
    ),
    BUILDKITE.token("buildkite-portal-token", "Buildkite portal token", "bkpat_", base62(36, 90)),
    BUILDKITE.token(
        "buildkite-portal-secret", "Buildkite portal secret, which makes portal tokens", "bkps_", base62(40, 90)
    ),
    BUILDKITE.named(
        "buildkite-legacy-token",
        "Buildkite token of before its prefix: of an agent, or of the API",
        "buildkite",
        hexadecimal(40, 50),
    ),
    replace(
        CIRCLECI.token(
            "circleci-personal-token",
            "CircleCI personal API token",
            "CCIPAT_",
            base62(20, 24),
            "_",
            hexadecimal(40),
            severity=Severity.CRITICAL,
        ),
        supersedes=_OVER_OTHER_KINDS,
    ),
    replace(
        CIRCLECI.token(
            "circleci-project-token", "CircleCI project API token", "CCIPRJ_", base62(20, 24), "_", hexadecimal(40)
        ),
        supersedes=_OVER_OTHER_KINDS,
    ),
    CIRCLECI.token(
        "circleci-service-token",
        "CircleCI token of another kind, such as those of bots and of releases",
        "CCI",
        run("A-Z", 2, 6),
        "_",
        base62(20, 24),
        "_",
        hexadecimal(40),
    ),
    CIRCLECI.named(
        "circleci-legacy-token",
        "CircleCI API token of before July 2023",
        "circle",
        hexadecimal(40),
        said=("token", "api_key", "api-key"),
    ),
    BITRISE.token("bitrise-personal-token", "Bitrise personal access token", "bitpat_", base64url(32, 100)),
    BITRISE.token("bitrise-workspace-token", "Bitrise workspace API token", "bitwat_", base64url(32, 100)),
    BITRISE.named("bitrise-legacy-token", "Bitrise access token of before its prefix", "bitrise", base64url(86)),
    MERGIFY.named(
        "mergify-application-key", "Mergify application key, of the API or of CI Insights", "mergify", base64url(40, 96)
    ),
    TRAVIS.named("travis-token", "Travis CI API access token", "travis", base64url(20, 22)),
    DRONE.named(
        "drone-token",
        "Drone personal token, or the secret that its runners share",
        ("drone_token", "drone_rpc_secret", "drone_secret"),
        base62(32, 64),
        said=(),
    ),
    APPVEYOR.named("appveyor-token", "AppVeyor API token", "appveyor", either("", "v2."), base36(20)),
    HARNESS.token(
        "harness-token",
        "Harness API token of a person or of a service account",
        either("pat.", "sat."),
        base64url(22),
        ".",
        hexadecimal(24),
        ".",
        base62(20),
        severity=Severity.CRITICAL,
    ),
    SEMAPHORE.named(
        "semaphore-token", "Semaphore API token", ("semaphoreci", "semaphore_api", "semaphore_auth"), base64url(20, 64)
    ),
    CODEMAGIC.named("codemagic-token", "Codemagic API token", "codemagic", base64url(40, 64)),
    EXPO.named(
        "expo-access-token",
        "Expo access token of a person or of a robot",
        ("expo_token", "expo_access", "expotoken", "eas_token"),
        base64url(40),
        said=(),
    ),
    INFRACOST.token("infracost-api-key", "Infracost API key", "ico-", base62(32), severity=Severity.MEDIUM),
    DEPOT.token(
        "depot-token",
        "Depot token of an organisation, a project or a user",
        "depot_",
        either("org_", "project_", "user_"),
        base62(32, 80),
    ),
    CODESHIP.named(
        "codeship-aes-key", "CodeShip AES key, which decrypts a project's variables", "codeship", base64(43), "="
    ),
)
